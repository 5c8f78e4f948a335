/** Recovery keys of a chain: made for people, named in a genesis, found again from their words. */
import { afterEach, expect, test } from 'vitest';
import { equal } from '../../src/core/base/bytes.ts';
import { DAY_MS } from '../../src/core/base/limits.ts';
import { recoveryKeyDigest, recoverySignedText } from '../../src/core/codec/recovery.ts';
import { memoryHub, openInMemory } from '../../src/memory.ts';
import type { Latchkey } from '../../src/node/latchkey.ts';
import { newRecoveryKeys, recoveryKeyOf } from '../../src/node/recovery-key.ts';
import { nextKeys } from '../../src/node/recovery-phrase.ts';
import { systemRandom } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';

const open: Latchkey[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((latchkey) => latchkey.close()));
});

test('a chain names the digests, and the words of each give the key that signs', async () => {
  const keys = await newRecoveryKeys(systemRandom(), 3);
  const latchkey = await openInMemory(memoryHub());
  open.push(latchkey);
  const recovery = { threshold: 2, delayMs: 7 * DAY_MS, keys: keys.map(({ digest }) => digest) };
  const chain = await latchkey.createChain({ name: 'Harbour', yourName: 'Ada', recovery });
  expect(chain.node.ledger.genesis.recovery).toEqual(recovery);
  for (const { phrase, digest } of keys) {
    const signer = await recoveryKeyOf(` ${phrase.toUpperCase()} `);
    expect(equal(recoveryKeyDigest(signer.publicKey), digest)).toBe(true);
    const { tip, chain: id } = chain.node.ledger;
    const plan = { chain: id, number: 1, base: tip.id, height: 0, newcomers: [], federation: [], validators: [], keys: undefined };
    const check = { key: signer.publicKey, message: recoverySignedText(plan), signature: await signer.sign(recoverySignedText(plan)) };
    expect(await webCryptoVerifier().verify([check], 'agreement')).toEqual([true]);
    // The same words kept as a member's phrase give other keys.
    expect((await nextKeys(phrase)).publicKeys.some((key) => equal(key, signer.publicKey))).toBe(false);
  }
});

test('keys that recover nothing found no chain', async () => {
  const latchkey = await openInMemory(memoryHub());
  open.push(latchkey);
  const [key] = await newRecoveryKeys(systemRandom(), 1);
  if (key === undefined) throw new Error('one was made');
  const founding = { name: 'Harbour', yourName: 'Ada', recovery: { threshold: 2, delayMs: DAY_MS, keys: [key.digest] } };
  await expect(latchkey.createChain(founding)).rejects.toMatchObject({ code: 'wrong-genesis' });
  expect(() => newRecoveryKeys(systemRandom(), 0)).toThrow();
  await expect(recoveryKeyOf('twelve words that are no phrase at all but only look like one')).rejects.toMatchObject({ code: 'malformed' });
});

test('approvals that the founder alone cannot give are refused at once', async () => {
  const latchkey = await openInMemory(memoryHub());
  open.push(latchkey);
  const founding = { name: 'Harbour', yourName: 'Ada', template: 'members-approve', approvals: 2 } as const;
  await expect(latchkey.createChain(founding)).rejects.toMatchObject({ code: 'rules-unsatisfiable' });
  expect(latchkey.chains()).toEqual([]);
});
