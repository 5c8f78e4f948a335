/** Stories of lost devices: what a backup holds and what it does not, and members who come back by their phrase. */
import { afterEach, describe, expect, test } from 'vitest';
import { equal, toHex, utf8 } from '../../src/core/base/bytes.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import { createNetwork } from '../../src/net/network.ts';
import { openBackup } from '../../src/node/backup.ts';
import type { Chain } from '../../src/node/chain.ts';
import { Latchkey } from '../../src/node/latchkey.ts';
import { memoryKeyStore } from '../../src/node/memory-keys.ts';
import type { Random } from '../../src/node/ports.ts';
import { nextKeys } from '../../src/node/recovery-phrase.ts';
import { systemClock, systemRandom } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { until } from '../support/device.ts';

const PASSWORD = 'a password of some length';

let hub = memoryHub();
const open: Latchkey[] = [];
const clock = systemClock();
const verifier = webCryptoVerifier();

/** Remembers all that was drawn: what is secret is among it. */
class RecordingRandom implements Random {
  readonly drawn: Uint8Array[] = [];
  readonly #random = systemRandom();
  bytes(length: number): Uint8Array {
    const bytes = this.#random.bytes(length);
    this.drawn.push(bytes.slice());
    return bytes;
  }
}

async function device(peer: string, random: Random = systemRandom()): Promise<Latchkey> {
  const network = createNetwork({ transport: hub.transport(peer), clock, random, verifier });
  const latchkey = await Latchkey.open({ store: memoryStore(), keys: memoryKeyStore(random), network, clock, random, verifier });
  open.push(latchkey);
  return latchkey;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((latchkey) => latchkey.close()));
  expect(hub.openStreams()).toBe(0);
  hub = memoryHub();
});

async function linkTo(chain: Chain) {
  const { id, link } = await chain.invite({ uses: 0 });
  await until(chain, () => chain.node.ledger.state.get('invitation', id) !== undefined);
  if (link === undefined) throw new Error('the seed is on the device that invites');
  return link;
}

async function joins(latchkey: Latchkey, chain: Chain, name: string): Promise<Chain> {
  for await (const stage of latchkey.join(await linkTo(chain), { name, signal: AbortSignal.timeout(30_000) }))
    if (stage.type === 'joined') return stage.chain;
  throw new Error('a join ends with joined or with a refusal');
}

/** Ada's two chains, with Ben on both. */
async function twoChains(random: Random = systemRandom()) {
  const ada = await device('ada');
  const club = await ada.createChain({ name: 'Garden club', yourName: 'Ada' });
  const choir = await ada.createChain({ name: 'Choir', yourName: 'Ada' });
  const ben = await device('ben', random);
  await joins(ben, club, 'Ben');
  await joins(ben, choir, 'Ben of the tenors');
  const phrase = await ben.recovery.phrase();
  if (phrase === undefined) throw new Error('it is unconfirmed');
  return { ada, club, choir, ben, phrase };
}

async function lose(latchkey: Latchkey): Promise<void> {
  open.splice(open.indexOf(latchkey), 1);
  await latchkey.close();
}

describe('a backup', () => {
  test('holds where the chains are and public halves, and nothing secret that this device ever drew', async () => {
    const random = new RecordingRandom();
    const { club, choir, ben, phrase } = await twoChains(random);
    await linkTo(ben.chains()[0] ?? club);
    const file = await ben.backup(PASSWORD);
    const content = await openBackup(file, PASSWORD);
    expect(content.chains.map(({ chainName, yourName, nextKeyIndex }) => [chainName, yourName, nextKeyIndex])).toEqual([
      ['Garden club', 'Ben', 0],
      ['Choir', 'Ben of the tenors', 1],
    ]);
    expect(content.chains.map(({ chain }) => toHex(chain))).toEqual([club.id, choir.id].map(toHex));
    const { seeds, publicKeys } = await nextKeys(phrase);
    expect(content.nextKeys).toEqual(publicKeys);
    // As it stands in the opened file, byte for byte.
    const plain = toHex(utf8(JSON.stringify(content, (_, value) => (value instanceof Uint8Array ? toHex(value) : value))));
    const hidden = [...random.drawn.filter(({ length }) => length >= 12), ...seeds];
    expect(hidden.length).toBeGreaterThan(64);
    const sealOf = (bytes: Uint8Array) => toHex(file).includes(toHex(bytes));
    for (const secret of hidden) expect(plain).not.toContain(toHex(utf8(toHex(secret))));
    for (const word of [phrase, phrase.split(' ').slice(0, 3).join(' ')]) expect(plain).not.toContain(toHex(utf8(word)));
    // Of what was drawn only salt and nonce of the seal are in the file.
    expect(hidden.filter(sealOf).length).toBe(2);
  });

  test('opens by its password alone, and not once a byte of it was changed', async () => {
    const { ben, phrase } = await twoChains();
    const file = await ben.backup(PASSWORD);
    await expect(ben.backup('short')).rejects.toMatchObject({ code: 'malformed' });
    await expect(openBackup(file, 'another password')).rejects.toMatchObject({ code: 'wrong-password' });
    const changed = file.slice();
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    await expect(openBackup(changed, PASSWORD)).rejects.toMatchObject({ code: 'wrong-password' });
    await expect(openBackup(file.subarray(1), PASSWORD)).rejects.toMatchObject({ code: 'malformed' });
    const fresh = await device('fresh');
    const others = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
    await expect(fresh.restore(file, PASSWORD, others)).rejects.toMatchObject({ code: 'member-unknown' });
    await expect(fresh.restore(file, PASSWORD, `${phrase} more`)).rejects.toMatchObject({ code: 'malformed' });
    expect(fresh.chains()).toEqual([]);
  });

  test('makes a fresh device the members again that it names, under new keys', async () => {
    const { club, choir, ben, phrase } = await twoChains();
    await ben.chains()[0]?.append('Before');
    await until(club, () => club.pending().length === 0);
    const before = ben.chains().map((chain) => chain.node.signer.publicKey);
    const file = await ben.backup(PASSWORD);
    await lose(ben);
    const again = await device('ben-again');
    const outcomes = await again.restore(file, PASSWORD, phrase);
    expect(outcomes.map(({ chainName, refused }) => [chainName, refused])).toEqual([
      ['Garden club', undefined],
      ['Choir', undefined],
    ]);
    expect(again.chains().map((chain) => chain.you()?.name)).toEqual(['Ben', 'Ben of the tenors']);
    for (const [i, chain] of again.chains().entries()) {
      expect(chain.devices.list().length).toBe(1);
      const old = before[i];
      if (old === undefined) throw new Error('he was on both');
      expect(chain.node.ledger.state.get('device', old)).toBeUndefined();
      expect(chain.node.ledger.state.get('retired', old)).toBeDefined();
    }
    expect(club.members().length).toBe(2);
    await again.chains()[0]?.append('After');
    await until(choir, () => choir.members().length === 2);
    // The phrase is this device’s own from now on, so the next backup is restored by it as well.
    const next = await again.backup(PASSWORD);
    expect((await openBackup(next, PASSWORD)).chains.map(({ nextKeyIndex }) => nextKeyIndex)).toEqual([2, 3]);
    await lose(again);
    const third = await device('ben-third');
    expect((await third.restore(next, PASSWORD, phrase)).every(({ refused }) => refused === undefined)).toBe(true);
    expect(third.chains().map((chain) => chain.you()?.name)).toEqual(['Ben', 'Ben of the tenors']);
  });

  test('of a chain that nobody answers for says so, and restores the others', async () => {
    const { ada, choir, ben, phrase } = await twoChains();
    const eve = await device('eve');
    const elsewhere = await eve.createChain({ name: 'Elsewhere', yourName: 'Eve' });
    await joins(ben, elsewhere, 'Ben');
    const file = await ben.backup(PASSWORD);
    await lose(ben);
    await lose(eve);
    const again = await device('ben-again');
    const outcomes = await again.restore(file, PASSWORD, phrase);
    expect(outcomes.map(({ refused }) => refused !== undefined)).toEqual([false, false, true]);
    expect(again.chains().length).toBe(2);
    expect(ada.chains().length).toBe(2);
    expect(choir.members().length).toBe(2);
  });
});

describe('a validator', () => {
  test('that is restored votes again, by a key that was made on the new machine', async () => {
    const ada = await device('ada');
    const club = await ada.createChain({ name: 'Garden club', yourName: 'Ada' });
    const others = await Promise.all(['ben', 'cem', 'dov'].map((name) => device(name)));
    for (const [i, other] of others.entries()) {
      const chain = await joins(other, club, `Validator ${i}`);
      const you = chain.you();
      if (you === undefined) throw new Error('who joined is a member');
      await club.governance.propose({ type: 'grant', member: you.id, role: 'validator' });
      await until(club, () => club.node.ledger.trust.seats.length === i + 2);
    }
    const [, , dov] = others;
    const phrase = await dov?.recovery.phrase();
    if (dov === undefined || phrase === undefined) throw new Error('he has a phrase');
    const voteKey = () => club.node.ledger.trust.seats.find(({ member }) => equal(member, his))?.vote;
    const his = dov.chains()[0]?.you()?.id ?? club.id;
    const before = voteKey();
    expect(before).toBeDefined();
    const file = await dov.backup(PASSWORD);
    await lose(dov);
    const again = await device('dov-again');
    expect((await again.restore(file, PASSWORD, phrase)).map(({ refused }) => refused)).toEqual([undefined]);
    await until(club, () => voteKey() !== undefined && toHex(voteKey() ?? his) !== toHex(before ?? his));
    const [chain] = again.chains();
    if (chain === undefined) throw new Error('it was restored');
    await expect.poll(() => chain.node.isValidator).toBe(true);
    await chain.append('Back at the desk');
    await expect.poll(async () => (await club.entries()).length).toBe(1);
  });
});

describe('a recovery phrase', () => {
  test('with any link makes a fresh device the member again; stolen, what the old key left open is gone', async () => {
    const { club, ben, phrase } = await twoChains();
    const his = ben.chains()[0];
    if (his === undefined) throw new Error('he was on both');
    const left = await his.invite({ role: 'observer', uses: 0 });
    await until(club, () => club.node.ledger.state.get('invitation', left.id) !== undefined);
    const link = await linkTo(club);
    await lose(ben);
    const fresh = await device('fresh');
    for await (const _ of fresh.recover(link, { phrase, stolen: true, signal: AbortSignal.timeout(30_000) }));
    expect(fresh.chains().map((chain) => chain.you()?.name)).toEqual(['Ben']);
    await until(club, () => club.spentInvitations().some(({ id }) => equal(id, left.id)));
    expect(club.spentInvitations().find(({ id }) => equal(id, left.id))?.status).toBe('revoked');
  });

  test('rotates on the very device too: the same copy goes on under the next key, and the thief is out', async () => {
    const { club, ben, phrase } = await twoChains();
    const [his] = ben.chains();
    if (his === undefined) throw new Error('he was on both');
    await his.append('Before');
    await until(club, () => club.pending().length === 0);
    const old = his.node.signer.publicKey;
    const left = await his.invite({ role: 'observer', uses: 0 });
    await until(club, () => club.node.ledger.state.get('invitation', left.id) !== undefined);
    const others = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
    const link = await linkTo(club);
    const signal = AbortSignal.timeout(30_000);
    const wrong = async () => {
      for await (const _ of ben.recover(link, { phrase: others, signal }));
    };
    await expect(wrong()).rejects.toMatchObject({ code: 'member-unknown' });
    for await (const _ of ben.recover(link, { phrase, stolen: true, signal }));
    const again = ben.chain(club.id);
    expect(again?.you()?.name).toBe('Ben');
    expect(again?.standing).toEqual({ type: 'member' });
    expect(again?.devices.list().map(({ thisOne, full }) => [thisOne, full])).toEqual([[true, true]]);
    expect(club.node.ledger.state.get('retired', old)).toBeDefined();
    expect(club.spentInvitations().find(({ id }) => equal(id, left.id))?.status).toBe('revoked');
    await again?.append('After');
    await expect.poll(async () => (await club.entries()).length).toBe(2);
  });
});
