import { expect, test } from 'vitest';
import { toHex, utf8 } from '../../src/core/base/bytes.ts';
import { plainSha256 } from '../../src/core/base/hash.ts';

test('a browser hashes as the standard says', () => {
  expect(navigator.userAgent).toContain('Chrome');
  // FIPS 180-4, the example of one block.
  expect(toHex(plainSha256(utf8('abc')))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
