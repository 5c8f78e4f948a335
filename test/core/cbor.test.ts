/** The one canonical form: what is not it is refused with a code, whatever the bytes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex } from '../../src/core/base/bytes.ts';
import { CBOR_DEPTH_MAX } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { type Cbor, decodeCbor, encodeCbor } from '../../src/core/codec/cbor.ts';

const MAX = 100_000;
const bytesOf = (hex: string) => fromHex(hex.replaceAll(' ', '')) ?? new Uint8Array(0);
const notCanonical = { ok: false, refusal: { code: 'not-canonical' } };

// A byte order mark in front is dropped by text decoders, hence not canonical here; see the text codec.
const text = fc.string({ unit: 'binary', maxLength: 60 }).map((value) => value.toWellFormed().replace(/^\ufeff+/, ''));
const { value: anyValue } = fc.letrec<{ value: Cbor }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthIdentifier: 'cbor' },
    fc.maxSafeNat(),
    text,
    fc.uint8Array({ maxLength: 60 }),
    fc.array(tie('value'), { maxLength: 5, depthIdentifier: 'cbor' }),
  ),
}));

/** The RFC's own rules written again, simply, for values of our kinds. */
function naiveEncode(value: Cbor): Uint8Array {
  if (typeof value === 'number') return head(0, value);
  if (value instanceof Uint8Array) return concat(head(2, value.length), value);
  if (typeof value === 'string') {
    const utf8 = new TextEncoder().encode(value);
    return concat(head(3, utf8.length), utf8);
  }
  return concat(head(4, value.length), ...value.map(naiveEncode));
}

function head(major: number, argument: number): Uint8Array {
  const first = major << 5;
  if (argument < 24) return Uint8Array.of(first + argument);
  const width = argument < 2 ** 8 ? 1 : argument < 2 ** 16 ? 2 : argument < 2 ** 32 ? 4 : 8;
  const digits = argument.toString(16).padStart(2 * width, '0');
  return concat(Uint8Array.of(first + { 1: 24, 2: 25, 4: 26, 8: 27 }[width]), bytesOf(digits));
}

describe('canonical values', () => {
  test('come back, and have the bytes that RFC 8949 asks for', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = encodeCbor(value);
        expect(toHex(bytes)).toBe(toHex(naiveEncode(value)));
        expect(unwrap(decodeCbor(bytes, MAX))).toEqual(value);
      }),
      { seed: 1, numRuns: 400 },
    );
  });

  test.each([
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [255, '18ff'],
    [256, '190100'],
    [65_535, '19ffff'],
    [65_536, '1a00010000'],
    [2 ** 32 - 1, '1affffffff'],
    [2 ** 32, '1b0000000100000000'],
    [Number.MAX_SAFE_INTEGER, '1b001fffffffffffff'],
  ])('%d is %s', (value, hex) => {
    expect(toHex(encodeCbor(value))).toBe(hex);
    expect(decodeCbor(bytesOf(hex), MAX)).toEqual({ ok: true, value });
  });

  test('minus zero is written as zero', () => {
    expect(toHex(encodeCbor(-0))).toBe('00');
  });

  test('a view into a larger buffer, and a buffer of Node, are read as any bytes', () => {
    const value: Cbor = [1, 'two', Uint8Array.of(3)];
    const bytes = encodeCbor(value);
    const framed = concat(Uint8Array.of(9, 9), bytes, Uint8Array.of(9));
    expect(unwrap(decodeCbor(framed.subarray(2, -1), MAX))).toEqual(value);
    expect(unwrap(decodeCbor(Buffer.from(bytes), MAX))).toEqual(value);
  });
});

describe('everything else is refused', () => {
  test.each([
    ['no bytes', ''],
    ['an integer longer than need be', '1817'],
    ['an integer longer than need be, 2 bytes', '1900ff'],
    ['an integer longer than need be, 4 bytes', '1a0000ffff'],
    ['an integer longer than need be, 8 bytes', '1b00000000ffffffff'],
    ['a length longer than need be, bytes', '580100'],
    ['a length longer than need be, text', '780161'],
    ['a length longer than need be, list', '980100'],
    ['2^53', '1b0020000000000000'],
    ['2^64 - 1', '1bffffffffffffffff'],
    ['a negative integer', '20'],
    ['a bigint', 'c249010000000000000000'],
    ['a negative bigint', 'c3413f'],
    ['a tag', 'c000'],
    ['0.0', 'f90000'],
    ['-0.0', 'f98000'],
    ['1.0, half', 'f93c00'],
    ['1.0, single', 'fa3f800000'],
    ['1.0, double', 'fb3ff0000000000000'],
    ['NaN', 'f97e00'],
    ['false', 'f4'],
    ['null', 'f6'],
    ['undefined', 'f7'],
    ['a simple value', 'f8ff'],
    ['break', 'ff'],
    ['an empty map', 'a0'],
    ['a sorted map', 'a2 6161 01 6162 02'],
    ['an unsorted map', 'a2 6162 01 6161 02'],
    ['a map in a list', '81a0'],
    ['a list of no fixed length', '9fff'],
    ['bytes of no fixed length', '5f4101ff'],
    ['a text of no fixed length', '7f6161ff'],
    ['a map of no fixed length', 'bfff'],
    ['reserved length 28', '1c'],
    ['reserved length 30, list', '9e'],
    ['invalid UTF-8', '61ff'],
    ['a surrogate in UTF-8', '63eda080'],
    ['an overlong character', '62c0af'],
    ['half a character', '61c3'],
    ['a text with a byte order mark in front', '64efbbbf61'],
    ['two values', '0000'],
    ['a byte left over', '8000'],
    ['a list that lacks an item', '8200'],
    ['a byte string that lacks a byte', '4200aa'.slice(0, 4)],
    ['a byte string of 2^32 - 1', '5affffffff'],
    ['a byte string of 2^53 - 1', '5b001fffffffffffff'],
    ['a text of 2^63', '7b8000000000000000'],
    ['a list of 2^32 - 1', '9affffffff00'],
    ['a list of 2^53 - 1', '9b001fffffffffffff00'],
    ['an integer cut short', '1a0000'],
  ])('%s', (_, hex) => {
    expect(decodeCbor(bytesOf(hex), MAX)).toMatchObject(notCanonical);
  });

  test('more bytes than are taken, before anything looks at them', () => {
    const bytes = encodeCbor(new Uint8Array(50));
    expect(decodeCbor(bytes, bytes.length).ok).toBe(true);
    expect(decodeCbor(bytes, bytes.length - 1)).toMatchObject({ ok: false, refusal: { code: 'too-large' } });
    expect(decodeCbor(new Uint8Array(1000).fill(0xff), 10)).toMatchObject({ ok: false, refusal: { code: 'too-large' } });
  });

  test('nesting over the limit, however deep, without a stack to overflow', () => {
    const nested = (depth: number) => concat(new Uint8Array(depth).fill(0x81), Uint8Array.of(0));
    expect(decodeCbor(nested(CBOR_DEPTH_MAX), MAX).ok).toBe(true);
    expect(decodeCbor(nested(CBOR_DEPTH_MAX + 1), MAX)).toMatchObject(notCanonical);
    expect(decodeCbor(nested(5_000_000), 10_000_000)).toMatchObject(notCanonical);
    expect(decodeCbor(new Uint8Array(5_000_000).fill(0x82), 10_000_000)).toMatchObject(notCanonical);
    // An empty list counts as a level too.
    expect(decodeCbor(concat(new Uint8Array(CBOR_DEPTH_MAX - 1).fill(0x81), Uint8Array.of(0x80)), MAX).ok).toBe(true);
    expect(decodeCbor(concat(new Uint8Array(CBOR_DEPTH_MAX).fill(0x81), Uint8Array.of(0x80)), MAX)).toMatchObject(notCanonical);
    // Depth is that of the open lists, so many lists side by side are fine.
    expect(decodeCbor(concat(Uint8Array.of(0x98, 200), new Uint8Array(200).fill(0x80)), MAX).ok).toBe(true);
  });
});

describe('whatever the bytes', () => {
  /** What is taken is the canonical form of what it says; what is not taken says why. Nothing throws. */
  const judge = (bytes: Uint8Array) => {
    const result = decodeCbor(bytes, MAX);
    if (result.ok) expect(toHex(naiveEncode(result.value))).toBe(toHex(bytes));
    else expect(result.refusal.code).toBe('not-canonical');
  };

  test('random ones', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), judge), { seed: 2, numRuns: 3000 });
  });

  test('bytes that look like CBOR', () => {
    const token = fc.oneof(
      fc.constantFrom(
        '00',
        '17',
        '1818',
        '1800',
        '1900ff',
        '40',
        '41aa',
        '5801aa',
        '60',
        '6161',
        '61ff',
        '80',
        '81',
        '82',
        '83',
        '9f',
        'ff',
        'a0',
        'a1',
        'c0',
        'c2',
        'f4',
        'f6',
        'f93c00',
        'fb',
        '1b',
        '9b',
        '5b',
      ),
      fc.uint8Array({ minLength: 1, maxLength: 2 }).map(toHex),
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 30 }), (tokens) => judge(bytesOf(tokens.join('')))),
      { seed: 3, numRuns: 3000 },
    );
  });

  test('canonical ones with a bit flipped, a byte put in, taken out, or cut off', () => {
    fc.assert(
      fc.property(anyValue, fc.nat(), fc.nat({ max: 255 }), (value, pick, byte) => {
        const bytes = encodeCbor(value);
        const at = pick % bytes.length;
        const bit = bytes.slice();
        bit[at] = (bit[at] ?? 0) ^ (1 << (byte & 7));
        judge(bit);
        judge(concat(bytes.subarray(0, at), Uint8Array.of(byte), bytes.subarray(at)));
        judge(concat(bytes.subarray(0, at), bytes.subarray(at + 1)));
        judge(bytes.subarray(0, at));
      }),
      { seed: 4, numRuns: 1000 },
    );
  });
});
