import { expect, test } from 'vitest';
import { toHex, utf8 } from '../../src/core/base/bytes.ts';
import { memoryKeyStore } from '../../src/node/memory-keys.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { seededRandom } from '../support/seeded-random.ts';

function setup() {
  const next = seededRandom(5);
  return memoryKeyStore({ bytes: (length) => Uint8Array.from({ length }, () => Math.floor(256 * next())) });
}

test('a key is made once under its name, and signs', async () => {
  const keys = setup();
  expect(await keys.get('node/1')).toBeUndefined();
  const made = await keys.make('node/1');
  expect(toHex((await keys.make('node/1')).publicKey)).toBe(toHex(made.publicKey));
  expect(toHex((await keys.make('node/2')).publicKey)).not.toBe(toHex(made.publicKey));
  const signer = await keys.get('node/1');
  const signature = await made.sign(utf8('text'));
  expect(signer?.publicKey).toEqual(made.publicKey);
  expect(await webCryptoVerifier().verify([{ key: made.publicKey, message: utf8('text'), signature }], 'message')).toEqual([true]);
});

test('a key moves to another name, and saying so twice does no harm', async () => {
  const keys = setup();
  const made = await keys.make('node/new');
  await keys.rename('node/new', 'node/abcd');
  await keys.rename('node/new', 'node/abcd');
  expect(await keys.get('node/new')).toBeUndefined();
  expect((await keys.get('node/abcd'))?.publicKey).toEqual(made.publicKey);
  await keys.rename('node/abcd', 'node/abcd');
  expect((await keys.get('node/abcd'))?.publicKey).toEqual(made.publicKey);
});

test('a key is never lost to a rename: not over another, not from nothing', async () => {
  const keys = setup();
  const [one, two] = [await keys.make('one'), await keys.make('two')];
  await expect(keys.rename('one', 'two')).rejects.toThrow('never renamed over another');
  await expect(keys.rename('nothing', 'nowhere')).rejects.toThrow('nothing');
  expect((await keys.get('one'))?.publicKey).toEqual(one.publicKey);
  expect((await keys.get('two'))?.publicKey).toEqual(two.publicKey);
});

test('a deleted key is gone; another of the name is another key', async () => {
  const keys = setup();
  const first = await keys.make('vote');
  await keys.delete('vote');
  await keys.delete('vote');
  expect(await keys.get('vote')).toBeUndefined();
  expect((await keys.make('vote')).publicKey).not.toEqual(first.publicKey);
});
