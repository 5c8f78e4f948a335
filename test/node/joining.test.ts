/** Stories of joining, on the shipped node over an in-memory network: who gets in by which link, and what the others are told. */
import { describe, expect, test } from 'vitest';
import { equal } from '../../src/core/base/bytes.ts';
import { DAY_MS, HOUR_MS } from '../../src/core/base/limits.ts';
import type { NewInvitation } from '../../src/node/chain.ts';
import { type Device, until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';

const { hub, someone } = gathering();

/** Ada, on a chain of her own. */
async function founder(): Promise<Device> {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  return ada;
}

async function withLink(options?: NewInvitation) {
  const ada = await founder();
  return { ada, link: await ada.invites(options) };
}

const membersOf = (device: Device) => device.chain.members().map(({ name }) => name);

describe('a one-time link', () => {
  test('lets one person in, who then has the whole verified record', async () => {
    const { ada, link } = await withLink();
    await ada.chain.append('Before Ben came.');
    await until(ada.chain, () => ada.chain.pending().length === 0);
    const ben = await someone('Ben');
    const chain = await ben.joins(link);
    await until(chain, () => chain.node.ledger.complete);
    expect(await ben.texts()).toEqual(['Before Ben came.']);
    expect(chain.node.ledger.tip.id).toEqual(ada.chain.node.ledger.tip.id);
    expect(membersOf(ben).toSorted()).toEqual(['Ada', 'Ben']);
    expect(chain.members().find(({ you }) => you)?.roles).toEqual(['writer']);
  });

  test('refuses the second who opens it, and says why', async () => {
    const { link } = await withLink();
    await (await someone('Ben')).joins(link);
    const cem = await someone('Cem');
    await expect(cem.joins(link)).rejects.toMatchObject({ code: 'invitation-used' });
    expect(cem.latchkey.chains()).toEqual([]);
    expect(cem.latchkey.pendingJoins()).toEqual([]);
  });

  test('of fifty who race for it admits exactly one; forty-nine are told that it was used', async () => {
    const { ada, link } = await withLink();
    const racers = await Promise.all(Array.from({ length: 50 }, (_, i) => someone(`Racer ${i}`)));
    const outcomes = await Promise.allSettled(racers.map((racer) => racer.joins(link)));
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    expect(refused).toEqual(Array.from({ length: 49 }, () => 'invitation-used'));
    expect(ada.chain.members().length).toBe(2);
  });

  test('opened again on the same device leads back to the chain, without a second join', async () => {
    const { ada, link } = await withLink();
    const ben = await someone('Ben');
    const chain = await ben.joins(link);
    expect(await ben.joins(link)).toBe(chain);
    expect(ada.chain.members().length).toBe(2);
  });
});

describe('other links', () => {
  test('a link for three lets three in, in the order of the chain, and not a fourth', async () => {
    const { ada, link } = await withLink({ uses: 3 });
    const guests = await Promise.all(['Ben', 'Cem', 'Dov', 'Eve', 'Fay'].map(someone));
    const outcomes = await Promise.allSettled(guests.map((guest) => guest.joins(link)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(3);
    expect(outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []))).toEqual(['invitation-used', 'invitation-used']);
    expect(ada.chain.members().length).toBe(4);
  });

  test('a shared link is answered by any member; a closed one only by its issuer and the validators', async () => {
    const ada = await founder();
    const [shared, closed] = [await ada.invites({ uses: 0 }), await ada.invites()];
    const ben = await someone('Ben');
    const chain = await ben.joins(shared);
    await until(chain, () => chain.node.ledger.complete);
    const throughBen = (link: typeof shared) => ({ ...link, relays: [{ peer: ben.peer, addresses: [] }] });
    await (await someone('Cem')).joins(throughBen(shared));
    await expect((await someone('Dov')).joins(throughBen(closed))).rejects.toMatchObject({ code: 'invitation-closed' });
  });

  test('an expired link is told from a revoked one', async () => {
    const { ada, link: expiring } = await withLink({ expiresMs: HOUR_MS });
    const revoked = await ada.invites();
    const invitation = ada.chain.invitations().find((one) => one.link !== undefined && equal(one.link.seed, revoked.seed));
    await ada.chain.revoke(invitation?.id ?? ada.chain.id);
    await until(ada.chain, () => !ada.chain.invitations().some(({ id }) => invitation !== undefined && equal(id, invitation.id)));
    const ben = await someone('Ben');
    await expect(ben.joins(revoked)).rejects.toMatchObject({ code: 'invitation-revoked' });
    ada.clock.aheadMs = 2 * HOUR_MS;
    await expect(ben.joins(expiring)).rejects.toMatchObject({ code: 'invitation-expired' });
  });

  test('a link whose anchor is over half a year old is not followed, and nobody is asked', async () => {
    const { link } = await withLink({ expiresMs: 300 * DAY_MS });
    const ben = await someone('Ben');
    ben.clock.aheadMs = 181 * DAY_MS;
    await expect(ben.joins(link)).rejects.toMatchObject({ code: 'stale-anchor' });
  });

  test('a link that vouches for another block than the chain has is refused as such', async () => {
    const { ada, link } = await withLink();
    const ben = await someone('Ben');
    const other = { ...link, anchor: { ...link.anchor, block: ada.chain.id } };
    await expect(ben.joins(other)).rejects.toMatchObject({ code: 'other-history' });
  });

  test('a link to a chain that its relay does not have, and one to nobody, are told apart', async () => {
    const { ada, link } = await withLink();
    const ben = await someone('Ben');
    const otherChain = { ...link, chain: link.anchor.block };
    await expect(ben.joins(otherChain)).rejects.toMatchObject({ code: 'unknown-chain' });
    await ada.off();
    await expect(ben.joins(link)).rejects.toMatchObject({ code: 'no-relay' });
  });

  test('a link with another seed than any invitation is unknown to the chain', async () => {
    const { link } = await withLink();
    const ben = await someone('Ben');
    await expect(ben.joins({ ...link, seed: new Uint8Array(16).fill(9) })).rejects.toMatchObject({ code: 'invitation-unknown' });
  });

  test('an observer reads and may not write; a writer invites observers and writers, not relays', async () => {
    const { link } = await withLink({ role: 'observer' });
    const ben = await someone('Ben');
    const chain = await ben.joins(link);
    await expect(chain.append('May I?')).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(chain.invite()).rejects.toMatchObject({ code: 'not-allowed' });
    expect(chain.inviteRoles()).toEqual([]);
  });

  test('nobody is invited to a role that the rules leave to governance', async () => {
    const ada = await founder();
    expect(ada.chain.inviteRoles()).toEqual(['writer', 'observer', 'relay']);
    const link = await ada.invites({ role: 'federation' });
    await expect((await someone('Ben')).joins(link)).rejects.toMatchObject({ code: 'not-allowed' });
  });
});

describe('interrupted', () => {
  test('a join that was asked while the chain was away is taken up after a restart, under the same key', async () => {
    const { ada, link } = await withLink();
    const ben = await someone('Ben');
    const stages: string[] = [];
    const stop = new AbortController();
    const joining = (async () => {
      for await (const stage of ben.latchkey.join(link, { name: 'Ben', signal: stop.signal })) {
        if (stage.type !== 'stage') continue;
        stages.push(stage.stage);
        // The moment the question is asked, everything stops.
        if (stage.stage === 'asking') hub().kill(ada.peer);
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 200));
    await ben.off();
    await joining.catch(() => undefined);
    await ada.off();
    await ada.on();
    await ben.on();
    await new Promise<void>((resolve) => {
      const look = () => (ben.latchkey.chains().length > 0 ? resolve() : setTimeout(look, 20));
      look();
    });
    expect(stages).toContain('asking');
    await until(ada.chain, () => ada.chain.members().length === 2);
    expect(membersOf(ben).toSorted()).toEqual(['Ada', 'Ben']);
  });

  test('cancelled before asking, a join leaves nothing behind and the link still works', async () => {
    const { ada, link } = await withLink();
    const ben = await someone('Ben');
    const stop = new AbortController();
    await expect(
      (async () => {
        for await (const stage of ben.latchkey.join(link, { name: 'Ben', signal: stop.signal })) {
          if (stage.type === 'stage' && stage.stage === 'reaching-relay') stop.abort();
        }
      })(),
    ).rejects.toMatchObject({ code: 'aborted' });
    expect(ben.latchkey.pendingJoins()).toEqual([]);
    await ben.joins(link);
    expect(ada.chain.members().length).toBe(2);
  });

  test('a second try with the same link takes the place of the first, and joins once', async () => {
    const { ada, link } = await withLink();
    const ben = await someone('Ben');
    const outcomes = await Promise.allSettled([ben.joins(link), ben.joins(link), ben.joins(link)]);
    expect(outcomes.at(-1)?.status).toBe('fulfilled');
    expect(ada.chain.members().length).toBe(2);
    expect(ben.latchkey.pendingJoins()).toEqual([]);
  });

  test('after a restart both are who they were, and go on writing', async () => {
    const { ada, link } = await withLink();
    const ben = await someone('Ben');
    await ben.joins(link);
    await ben.off();
    await ada.off();
    await ada.on();
    await ben.on();
    await ben.chain.append('Still here.');
    await ada.chain.append('Me too.');
    await until(ben.chain, () => ben.chain.node.ledger.tip.header.logSize >= 5 && ben.chain.pending().length === 0);
    expect((await ben.texts()).toSorted()).toEqual(['Me too.', 'Still here.']);
    expect(ben.chain.members().length).toBe(2);
  });

  test('what is written offline waits in the outbox, over restarts, and is final once somebody is there', async () => {
    const { ada, link } = await withLink();
    const ben = await someone('Ben');
    await ben.joins(link);
    await ada.off();
    for (const text of ['One.', 'Two.', 'Three.']) await ben.chain.append(text);
    await ben.off();
    await ben.on();
    expect(ben.chain.pending().length).toBe(3);
    ben.clock.aheadMs = 13 * HOUR_MS; // Longer than a transaction lives: each is signed again under its sequence.
    ada.clock.aheadMs = 13 * HOUR_MS;
    await ben.off();
    await ben.on();
    await ada.on();
    await until(ben.chain, () => ben.chain.pending().length === 0);
    expect(await ben.texts()).toEqual(['One.', 'Two.', 'Three.']);
  });

  test('who left cannot come back with the same key, and what it opened is closed', async () => {
    const { ada, link } = await withLink();
    const ben = await someone('Ben');
    const chain = await ben.joins(link);
    const his = await ben.invites();
    await chain.leave();
    await until(ada.chain, () => ada.chain.members().some(({ left }) => left));
    await expect((await someone('Cem')).joins(his)).rejects.toMatchObject({ code: 'invitation-revoked' });
    await expect(ada.chain.leave()).rejects.toMatchObject({ code: 'last-validator' });
  });
});

describe('a program that asks for what cannot be', () => {
  test('gets a typed refusal, whatever it is', async () => {
    const ada = await founder();
    const { chain } = ada;
    await expect(chain.append('x'.repeat(70_000))).rejects.toMatchObject({ code: 'too-large' });
    await expect(chain.append('\ud800')).rejects.toMatchObject({ code: 'malformed' });
    await expect(chain.append({ contentType: 'x'.repeat(300), bytes: new Uint8Array(1) })).rejects.toMatchObject({ code: 'malformed' });
    for (const uses of [-1, 1.5, Number.NaN]) await expect(chain.invite({ uses })).rejects.toMatchObject({ code: 'malformed' });
    for (const expiresMs of [Number.NaN, 1000.5]) await expect(chain.invite({ expiresMs })).rejects.toMatchObject({ code: 'malformed' });
    await expect(chain.invite({ expiresMs: -1 })).rejects.toMatchObject({ code: 'invitation-expired' });
    await expect(chain.revoke(chain.id)).rejects.toMatchObject({ code: 'invitation-unknown' });
    await expect(ada.latchkey.createChain({ name: ' ', yourName: 'Ada' })).rejects.toMatchObject({ code: 'malformed' });
    await expect(ada.latchkey.createChain({ name: '\ud800', yourName: 'Ada' })).rejects.toMatchObject({ code: 'malformed' });
    await chain.close();
    await expect(chain.append('Too late.')).rejects.toMatchObject({ code: 'closed' });
  });

  test('never hears a stale sequence while its own entries become final', async () => {
    const { chain } = await founder();
    for (let i = 0; i < 40; i++) {
      await chain.append(`Entry ${i}.`);
      await expect(chain.revoke(chain.id)).rejects.toMatchObject({ code: 'invitation-unknown' });
    }
  });
});
