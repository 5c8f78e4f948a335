/** Stories of those who are put out, or out for a while: what their own node knows of it, and what the others let it do. */
import { describe, expect, test } from 'vitest';
import { equal } from '../../src/core/base/bytes.ts';
import { DAY_MS } from '../../src/core/base/limits.ts';
import { RefusalError } from '../../src/core/base/result.ts';
import { farewellTo, readFarewell } from '../../src/node/farewell.ts';
import { until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';

const { someone } = gathering();

describe('who is removed', () => {
  test('loses its connection in that block, sees why, and nothing that it had sent takes effect', async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const ben = await someone('Ben');
    const chain = await ben.joins(await ada.invites());
    const member = chain.node.self()?.id ?? chain.id;
    const before = await ben.invites();
    await ada.chain.governance.propose({ type: 'remove', members: [member] });
    await until(ada.chain, () => ada.chain.members().some(({ left }) => left));
    expect(ada.chain.node.sessions()).toEqual([]);
    expect(ada.chain.node.standing.now()).toEqual({ type: 'member' });
    await until(chain, () => chain.node.self() === undefined);
    await expect(chain.append('Too late.')).rejects.toMatchObject({ code: 'not-a-member' });
    await expect((await someone('Cem')).joins(before)).rejects.toMatchObject({ code: 'invitation-revoked' });
    expect(equal(chain.node.ledger.tip.id, ada.chain.node.ledger.tip.id)).toBe(true);
  });
});

describe('who was away when it was put out', () => {
  async function away() {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const ben = await someone('Ben');
    const chain = await ben.joins(await ada.invites());
    const member = chain.node.self()?.id ?? chain.id;
    await until(chain, () => chain.node.ledger.complete);
    await ada.off();
    await chain.append('While nobody was there.');
    await ben.off();
    await ada.on();
    return { ada, ben, member };
  }

  test('sees who removed it, when and why, proved, and what it wrote meanwhile enters nowhere', async () => {
    const { ada, ben, member } = await away();
    const adas = ada.chain.node.self()?.id;
    await ada.chain.governance.propose({ type: 'remove', members: [member] }, 'Adverts, forty times.');
    await until(ada.chain, () => ada.chain.members().some(({ left }) => left));
    await ada.chain.append('And life goes on.');
    await until(ada.chain, () => ada.chain.pending().length === 0);
    await ben.on();
    await until(ben.chain, () => ben.chain.standing.type === 'removed');
    const at = [...ada.chain.node.ledger.state.all('proposal')][0]?.value.ended;
    expect(ben.chain.standing).toEqual({ type: 'removed', decision: { by: [adas], at, reason: 'Adverts, forty times.' } });
    expect(await ada.texts()).toEqual(['And life goes on.']);
    expect(ada.chain.node.mempool.size).toBe(0);
    expect(ada.chain.node.sessions()).toEqual([]);
  });

  test('sees until when it is suspended, and is let in again after it', async () => {
    const { ada, ben, member } = await away();
    await ada.chain.governance.propose({ type: 'suspend', members: [member] }, 'Cool down.');
    await until(ada.chain, () => ada.chain.members().some(({ suspendedUntil }) => suspendedUntil !== undefined));
    await ben.on();
    await until(ben.chain, () => ben.chain.standing.type === 'suspended');
    expect(ben.chain.standing).toMatchObject({ decision: { reason: 'Cool down.' } });
    for (const device of [ada, ben]) device.clock.aheadMs = 8 * DAY_MS;
    await until(ben.chain, () => ben.chain.standing.type === 'member');
  });

  test('believes no farewell that nobody certified: then it has only a word for it', async () => {
    const { ada, ben, member } = await away();
    await ada.chain.governance.propose({ type: 'remove', members: [member] });
    await until(ada.chain, () => ada.chain.members().some(({ left }) => left));
    await ben.on();
    const mine = ben.chain.node;
    const given = (await farewellTo(ada.chain.node.ledger, mine.signer.publicKey)) ?? expect.fail('no farewell');
    expect(await readFarewell(mine.ledger, mine.ports.verifier, mine.signer.publicKey, given)).toMatchObject({ type: 'removed' });
    const forged = given.map((byte, i) => (i === given.length - 40 ? byte ^ 1 : byte));
    for (const bytes of [forged, given.slice(1), new Uint8Array(9)])
      await expect(readFarewell(mine.ledger, mine.ports.verifier, mine.signer.publicKey, bytes)).rejects.toThrow(RefusalError);
  });
});

describe('who loses its last role', () => {
  test('reads nothing more from that block on, is told so, and is let in again with a new role', async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const ben = await someone('Ben');
    const chain = await ben.joins(await ada.invites());
    const member = chain.node.self()?.id ?? chain.id;
    await ada.chain.governance.propose({ type: 'withdraw', member, role: 'writer' });
    await until(chain, () => chain.node.standing.now().type === 'roleless');
    expect(ada.chain.node.sessions()).toEqual([]);
    await ada.chain.append('Not for Ben.');
    await until(ada.chain, () => ada.chain.pending().length === 0);
    await expect(chain.append('May I?')).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(chain.governance.requestRole('writer')).rejects.toMatchObject({ code: 'no-roles' });
    await ben.off();
    await ben.on();
    await expect(ben.chain.node.network?.connect({ peer: ada.peer, addresses: [] }, AbortSignal.timeout(9000))).rejects.toMatchObject({
      code: 'no-roles',
    });
    expect(await ben.texts()).toEqual([]);
    await ada.chain.governance.propose({ type: 'grant', member, role: 'observer' });
    await until(ben.chain, () => ben.chain.node.standing.now().type === 'member' && ben.chain.mayWrite === false);
    await until(ben.chain, () => ben.chain.node.ledger.complete && ben.chain.height === ada.chain.height);
    expect(await ben.texts()).toEqual(['Not for Ben.']);
  });
});

describe('who is suspended', () => {
  test('loses its connection, is told until when, and is let in again by itself', async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const ben = await someone('Ben');
    const chain = await ben.joins(await ada.invites());
    await ada.chain.governance.propose({ type: 'suspend', members: [chain.node.self()?.id ?? chain.id] });
    await until(chain, () => chain.node.standing.now().type === 'suspended');
    expect(ada.chain.node.sessions()).toEqual([]);
    expect(ada.chain.node.standing.now()).toEqual({ type: 'member' });
    await expect(chain.append('Not now.')).rejects.toMatchObject({ code: 'suspended' });
    for (const device of [ada, ben]) device.clock.aheadMs = 8 * DAY_MS;
    await until(chain, () => chain.node.sessions().length > 0);
    expect(chain.node.standing.now()).toEqual({ type: 'member' });
    await ada.chain.append('A block, so that time passes.');
    await until(chain, () => chain.node.roles().length > 0 && chain.mayWrite);
    await chain.append('Back again.');
    await until(chain, () => chain.pending().length === 0);
    expect(await ada.texts()).toContain('Back again.');
  });
});
