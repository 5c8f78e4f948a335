/** Our own SHA-256: the standard's examples, and the same as the library's on every length and every cut. */
import { sha256 as reference } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHex, utf8 } from '../../src/core/base/bytes.ts';
import { sha256 } from '../../src/core/base/sha256.ts';

// https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values
test.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
  [
    'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
    'cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1',
  ],
  ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
])('the published digest of an example', (text, digest) => {
  expect(toHex(sha256(utf8(text)))).toBe(digest);
});

test('every length about the blocks is what the library says', () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => i * 31);
  for (let length = 0; length <= bytes.length; length++) {
    expect(toHex(sha256(bytes.subarray(0, length)))).toBe(toHex(reference(bytes.subarray(0, length))));
  }
});

test('parts are hashed as if they were one, however they are cut', () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 });
  const same = (cut: readonly Uint8Array[]) => {
    const whole = Uint8Array.from(cut.flatMap((part) => [...part]));
    expect(toHex(sha256(...cut))).toBe(toHex(reference(whole)));
  };
  fc.assert(fc.property(parts, same), { seed: 1, numRuns: 2_000 });
});

test('a digest stays what it was when the next is made', () => {
  const first = sha256(utf8('one'));
  const copy = first.slice();
  sha256(utf8('two'));
  expect(first).toEqual(copy);
});
