import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { concat, toHex, utf8 } from '../../src/core/base/bytes.ts';
import { asHash, HASH_BYTES, plainSha256, TAGS, type Tag, taggedHash, taggedMessage } from '../../src/core/base/hash.ts';

const tags = Object.values(TAGS);
const parts = fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 4 });
const nodeSha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('plain SHA-256 is what another implementation says', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(toHex(plainSha256(bytes))).toBe(nodeSha256(bytes));
    }),
    { seed: 1, numRuns: 100 },
  );
});

test('a tagged hash is the hash of the tagged message: length, tag, parts', () => {
  fc.assert(
    fc.property(fc.constantFrom(...tags), parts, (tag, some) => {
      const drawn = concat(Uint8Array.of(tag.length), utf8(tag), ...some);
      expect(toHex(taggedMessage(tag, ...some))).toBe(toHex(drawn));
      expect(toHex(taggedHash(tag, ...some))).toBe(nodeSha256(drawn));
    }),
    { seed: 2, numRuns: 200 },
  );
});

test('tags are unique, ASCII, versioned, and none begins another message', () => {
  expect(new Set(tags).size).toBe(tags.length);
  for (const tag of tags) expect(tag).toMatch(/^latchkey\/[a-z-]+\/\d+$/);
  const heads = tags.map((tag) => toHex(taggedMessage(tag)));
  for (const a of heads) expect(heads.filter((b) => b.startsWith(a))).toEqual([a]);
});

test('a tag that nobody assigned is a mistake of ours', () => {
  expect(() => taggedHash('latchkey/unheard-of/1' as Tag)).toThrow('no such domain tag');
});

test('32 bytes are a hash, nothing else is', () => {
  expect(asHash(new Uint8Array(HASH_BYTES))).toBeDefined();
  for (const length of [0, 31, 33, 64]) expect(asHash(new Uint8Array(length))).toBeUndefined();
});
