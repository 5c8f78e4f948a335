/** The phrase of a device: made once, ahead of time or when it is first needed, and gone once it is confirmed. */
import { expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { nextKeyDigest } from '../../src/core/base/key.ts';
import { Recovery } from '../../src/node/recovery.ts';
import { nextKeys } from '../../src/node/recovery-phrase.ts';
import { systemRandom } from '../../src/node/system-ports.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';

async function device() {
  const store = memoryStore();
  const space = await store.space('node');
  return { space, recovery: new Recovery(space, systemRandom(), () => undefined) };
}

test('a phrase made ahead leaves no trace until a chain needs it, and is then the one', async () => {
  const { space, recovery } = await device();
  await recovery.prepare();
  expect(await recovery.state()).toBe('none');
  expect(await space.range('meta', '', '\uffff', 9)).toEqual([]);
  const { index, digest } = await recovery.takeNextKey();
  const { publicKeys } = await nextKeys((await recovery.phrase()) ?? '');
  const [first] = publicKeys;
  expect(index).toBe(0);
  expect(first && toHex(nextKeyDigest(first))).toBe(toHex(digest));
});

test('two chains that begin at once, while the phrase is being made, get two keys of one phrase', async () => {
  const { recovery } = await device();
  const [, one, two] = await Promise.all([recovery.prepare(), recovery.takeNextKey(), recovery.takeNextKey()]);
  const { publicKeys } = await nextKeys((await recovery.phrase()) ?? '');
  expect([one, two].map(({ index }) => index)).toEqual([0, 1]);
  expect([one, two].map(({ digest }) => toHex(digest))).toEqual(publicKeys.slice(0, 2).map((key) => toHex(nextKeyDigest(key))));
});

test('once it is confirmed the words are gone, and preparing makes no others', async () => {
  const { recovery } = await device();
  const before = await recovery.takeNextKey();
  expect(await recovery.confirm()).toBe(true);
  await recovery.prepare();
  expect(await recovery.state()).toBe('confirmed');
  expect(await recovery.phrase()).toBeUndefined();
  expect(toHex(await recovery.digestAt(before.index))).toBe(toHex(before.digest));
});
