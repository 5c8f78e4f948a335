import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compare, concat, equal, fromHex, fromUtf8, toHex, uint64, utf8 } from '../../src/core/base/bytes.ts';

const anyBytes = fc.uint8Array({ maxLength: 40 });
const property = (seed: number) => ({ seed, numRuns: 300 });

test('joining keeps every byte in order', () => {
  fc.assert(
    fc.property(fc.array(anyBytes, { maxLength: 6 }), (parts) => {
      expect([...concat(...parts)]).toEqual(parts.flatMap((part) => [...part]));
    }),
    property(1),
  );
  expect(concat().length).toBe(0);
});

test('equal and compare agree with each other and with hexadecimal order', () => {
  fc.assert(
    fc.property(anyBytes, anyBytes, (a, b) => {
      expect(equal(a, b)).toBe(toHex(a) === toHex(b));
      expect(equal(a, a.slice())).toBe(true);
      expect(Math.sign(compare(a, b))).toBe(toHex(a) < toHex(b) ? -1 : toHex(a) > toHex(b) ? 1 : 0);
      expect(Math.sign(compare(a, b)) + Math.sign(compare(b, a))).toBe(0);
    }),
    property(2),
  );
  expect(compare(Uint8Array.of(0x7f), Uint8Array.of(0x80))).toBeLessThan(0);
  expect(compare(Uint8Array.of(1), Uint8Array.of(1, 0))).toBeLessThan(0);
});

test('hexadecimal comes back; anything else is refused', () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      expect(fromHex(toHex(bytes))).toEqual(bytes);
      expect(fromHex(toHex(bytes).toUpperCase())).toEqual(bytes);
    }),
    property(3),
  );
  for (const wrong of ['0', 'abc', '0x', 'zz', ' 00', '00 ', '00\n', '+1', '-1', '1.', '٠٠', '００'])
    expect(fromHex(wrong)).toBeUndefined();
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (text) => {
      const bytes = fromHex(text);
      if (bytes !== undefined) expect(toHex(bytes)).toBe(text.toLowerCase());
    }),
    property(4),
  );
});

test('UTF-8 comes back, a byte order mark too; invalid UTF-8 is refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(fromUtf8(utf8(text))).toBe(text.toWellFormed());
    }),
    property(5),
  );
  expect(fromUtf8(utf8('\ufeffmark'))).toBe('\ufeffmark');
  // A lone continuation, a cut character, an overlong slash, a surrogate, beyond U+10FFFF, and bytes that never occur.
  for (const wrong of ['80', 'c3', 'e282', 'c0af', 'e080af', 'eda080', 'f4908080', 'fe', 'ff', '61ff62']) {
    expect(fromUtf8(fromHex(wrong) ?? new Uint8Array(0)), wrong).toBeUndefined();
  }
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const text = fromUtf8(bytes);
      if (text !== undefined) expect(utf8(text)).toEqual(bytes);
    }),
    property(6),
  );
});

test('a 64-bit integer is big-endian', () => {
  expect(toHex(uint64(0))).toBe('0000000000000000');
  expect(toHex(uint64(258))).toBe('0000000000000102');
  expect(toHex(uint64(Number.MAX_SAFE_INTEGER))).toBe('001fffffffffffff');
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
      expect(Math.sign(compare(uint64(a), uint64(b)))).toBe(Math.sign(a - b));
    }),
    property(7),
  );
});
