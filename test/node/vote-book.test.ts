/** Votes are on the disk before anybody has them: together with their block in one write, and never twice. */
import { expect, test } from 'vitest';
import { utf8 } from '../../src/core/base/bytes.ts';
import { TAGS, taggedHash } from '../../src/core/base/hash.ts';
import { publicKeyOf } from '../../src/core/base/key.ts';
import type { VoteSubject } from '../../src/core/codec/vote.ts';
import type { Space, WriteOperation } from '../../src/node/ports.ts';
import { fakeSigner } from '../../src/node/verifier.ts';
import { VoteBook } from '../../src/node/vote-book.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';

const chain = taggedHash(TAGS.transaction, utf8('chain'));
const block = taggedHash(TAGS.transaction, utf8('block'));
const signer = fakeSigner(publicKeyOf(new Uint8Array(32).fill(7)));
const notarize: VoteSubject = { kind: 'notarize', chain, epoch: 0, view: 3, block };
const finalize: VoteSubject = { ...notarize, kind: 'finalize' };
const row: WriteOperation = { type: 'put', table: 'meta', key: 'candidate/x', value: utf8('its block') };

async function counted(): Promise<{ space: Space; writes: string[] }> {
  const space = await memoryStore().space('chain');
  const writes: string[] = [];
  const write: Space['write'] = (operations, durability) => {
    writes.push(durability);
    return space.write(operations, durability);
  };
  return { space: { get: (...at) => space.get(...at), range: (...at) => space.range(...at), write }, writes };
}

test('two votes and the block they are for are one strict write', async () => {
  const { space, writes } = await counted();
  const book = await VoteBook.open(space, signer, 0, 0);
  const votes = await book.give([notarize, finalize], 0, [row]);
  expect(votes.map(({ subject }) => subject)).toEqual([notarize, finalize]);
  expect(writes).toEqual(['strict']);
  expect(await space.get('meta', 'candidate/x')).toEqual(utf8('its block'));
  const again = await VoteBook.open(space, signer, 0, 0);
  expect(new Set(again.votes().map(({ subject: { kind } }) => kind))).toEqual(new Set(['notarize', 'finalize']));
});

test('what was given is given again without a write, and another vote in its place never', async () => {
  const { space, writes } = await counted();
  const book = await VoteBook.open(space, signer, 0, 0);
  const first = await book.give([notarize, finalize], 0, []);
  expect(await book.give([finalize], 0, [])).toEqual(first.slice(1));
  expect(writes).toEqual(['strict']);
  const other = { ...finalize, block: taggedHash(TAGS.transaction, utf8('another block')) };
  await expect(book.give([other], 0, [])).rejects.toMatchObject({ code: 'storage-corrupt' });
  expect(writes).toEqual(['strict']);
});

test('all are read, however many a standstill brings', async () => {
  const { space } = await counted();
  const book = await VoteBook.open(space, signer, 0, 0);
  const given = Array.from({ length: 2_500 }, (_, i): VoteSubject => ({ ...notarize, kind: 'nullify', view: i + 1, block: undefined }));
  await book.give(given, 0, []);
  expect((await VoteBook.open(space, signer, 0, 0)).votes().map(({ subject: { view } }) => view)).toEqual(given.map(({ view }) => view));
});
