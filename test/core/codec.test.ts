/** The combinators: one expression gives bounds, bytes and CDDL; decoding refuses, encoding throws, nothing slips between. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { type Cbor, encodeCbor } from '../../src/core/codec/cbor.ts';
import {
  bytes,
  type Codec,
  choice,
  conforms,
  decode,
  encode,
  fixed,
  flag,
  type Infer,
  list,
  literal,
  mapped,
  type NamedCodec,
  named,
  optional,
  recursive,
  text,
  tuple,
  uint,
  variant,
} from '../../src/core/codec/codec.ts';

const MAX = 10_000;
const malformed = { ok: false, refusal: { code: 'malformed' } };

interface Tree {
  readonly label: string;
  readonly children: readonly Tree[];
}
const tree: NamedCodec<Tree> = recursive<Tree>('tree', () => tuple({ label: text(10), children: list(tree, 3) }));
const colour = named('colour', choice({ red: 1, green: 2, blue: 7 }));
const shape = named(
  'shape',
  variant({ dot: [1, {}], circle: [2, { radius: uint(100), fill: optional(colour) }], group: [5, { parts: list(flag(), 4, 1) }] }),
);
const everything = named(
  'everything',
  tuple({
    version: literal(3),
    count: uint(1000),
    big: uint(),
    short: bytes(5, 2),
    id: fixed<Uint8Array>('id', 4),
    title: text(12),
    shape,
    tree,
    even: mapped(
      uint(50),
      (half) => half * 2,
      (value) => value / 2,
      'odd',
    ),
    maybe: optional(text(3)),
    // `undefined` from wrap refuses; other empty values are values.
    nothing: mapped(uint(9), (value) => (value === 9 ? undefined : value === 0 ? '' : String(value)), Number, 'nine'),
  }),
);
type Everything = Infer<typeof everything>;

const shortText = (max: number) =>
  fc
    .string({ unit: 'binary', maxLength: max })
    .map((value) => value.toWellFormed().replace(/^\ufeff+/, ''))
    .filter((value) => new TextEncoder().encode(value).length <= max);
const treeOfDepth = (depth: number): fc.Arbitrary<Tree> =>
  fc.record({ label: shortText(10), children: depth === 1 ? fc.constant([]) : fc.array(treeOfDepth(depth - 1), { maxLength: 2 }) });
const anyShape: fc.Arbitrary<Infer<typeof shape>> = fc.oneof(
  fc.constant({ type: 'dot' as const }),
  fc.record({
    type: fc.constant('circle' as const),
    radius: fc.nat({ max: 100 }),
    fill: fc.constantFrom('red' as const, 'blue' as const, undefined),
  }),
  fc.record({ type: fc.constant('group' as const), parts: fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }) }),
);
const anyEverything: fc.Arbitrary<Everything> = fc.record({
  version: fc.constant(3 as const),
  count: fc.nat({ max: 1000 }),
  big: fc.maxSafeNat(),
  short: fc.uint8Array({ minLength: 2, maxLength: 5 }),
  id: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  title: shortText(12),
  shape: anyShape,
  tree: treeOfDepth(4),
  even: fc.nat({ max: 50 }).map((half) => 2 * half),
  maybe: fc.option(shortText(3), { nil: undefined }),
  nothing: fc.constantFrom('', '1', '8'),
});

test('a value comes back, and its bytes are the only ones that say it', () => {
  fc.assert(
    fc.property(anyEverything, (value) => {
      const encoded = encode(everything, value);
      expect(unwrap(decode(everything, encoded, MAX))).toEqual(value);
      expect(conforms(everything, value)).toEqual({ ok: true, value });
    }),
    { seed: 1, numRuns: 300 },
  );
});

test('mutated bytes are refused or are the one encoding of something else; nothing throws', () => {
  fc.assert(
    fc.property(anyEverything, fc.nat(), fc.nat({ max: 255 }), (value, pick, byte) => {
      const encoded = encode(everything, value);
      const at = pick % encoded.length;
      for (const changed of [encoded.with(at, byte), encoded.with(at, (encoded[at] ?? 0) ^ (1 << (byte & 7))), encoded.subarray(0, at)]) {
        const result = decode(everything, changed, MAX);
        if (result.ok) expect(toHex(encode(everything, result.value))).toBe(toHex(changed));
      }
    }),
    { seed: 2, numRuns: 800 },
  );
});

test('canonical values of any other shape are refused, never thrown', () => {
  const { any } = fc.letrec<{ any: Cbor }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.nat({ max: 10 }),
      fc.constantFrom('', 'x', 'dot'),
      fc.uint8Array({ maxLength: 6 }),
      fc.array(tie('any'), { maxLength: 12 }),
    ),
  }));
  const forms: readonly Codec<unknown>[] = [
    everything,
    shape,
    colour,
    tree,
    flag(),
    optional(uint()),
    list(text(3), 2),
    literal(4),
    uint(3),
    bytes(3),
    text(2),
    tuple({}),
  ] as never;
  fc.assert(
    fc.property(any, fc.constantFrom(...forms), (value, form) => {
      const encoded = encodeCbor(value);
      const result = decode(form, encoded, MAX);
      if (result.ok) expect(toHex(encode(form, result.value))).toBe(toHex(encoded));
      else expect(result.refusal.code).toBe('malformed');
    }),
    { seed: 3, numRuns: 2000 },
  );
});

describe('each bound holds both ways', () => {
  // A boolean has no wrong value.
  const NOTHING_TO_ENCODE = Symbol('nothing to encode');
  const cases: readonly (readonly [string, Codec<never>, Cbor, unknown])[] = [
    ['uint over its maximum', uint(5), 6, 6],
    ['uint, a text', uint(5), '5', '5'],
    ['uint, a fraction', uint(5), 'x', 1.5],
    ['uint, negative', uint(5), 'x', -1],
    ['uint, unsafe', uint(), 'x', 2 ** 53],
    ['uint, not a number', uint(), 'x', Number.NaN],
    ['literal', literal(3), 4, 4],
    ['choice, number', choice({ a: 1 }), 2, 'b'],
    ['choice, name of a method', choice({ a: 1 }), 'toString', 'toString'],
    ['flag', flag(), 2, NOTHING_TO_ENCODE],
    ['bytes too long', bytes(2), new Uint8Array(3), new Uint8Array(3)],
    ['bytes too short', bytes(3, 2), new Uint8Array(1), new Uint8Array(1)],
    ['fixed', fixed('f', 3), new Uint8Array(2), new Uint8Array(2)],
    ['text too long in bytes', text(3), 'éé', 'éé'],
    ['text with a lone surrogate', text(9), 5, '\ud800'],
    ['list too long', list(uint(), 1), [1, 2], [1, 2]],
    ['list too short', list(uint(), 2, 1), [], []],
    ['list, not one', list(uint(), 2), 1, 'x'],
    ['list, bad item', list(uint(3), 2), [1, 4], [1, 4]],
    ['optional of two', optional(uint()), [1, 1], -1],
    ['tuple too long', tuple({ a: uint() }), [1, 2], { a: -1 }],
    ['tuple too short', tuple({ a: uint(), b: uint() }), [1], { a: 1 }],
    ['variant, unknown number', shape, [3], { type: 'square' }],
    ['variant, a text for a number', shape, ['dot'], { type: 'toString' }],
    ['variant, too long', shape, [1, 1], { type: 'circle', radius: 101 }],
    ['variant, empty', shape, [], { type: 'group', parts: [] }],
    [
      'mapped, refused',
      mapped(
        uint(),
        () => undefined,
        (value: number) => value,
        'never',
      ),
      1,
      -1,
    ],
  ] as never;

  test.each(cases)('%s', (_, codec, cbor, value) => {
    expect(decode(codec, encodeCbor(cbor), MAX)).toMatchObject(malformed);
    if (value !== NOTHING_TO_ENCODE) expect(() => encode(codec, value as never)).toThrow();
  });

  test('what does not conform is told without throwing', () => {
    expect(conforms(uint(5), 6)).toMatchObject(malformed);
    expect(conforms(tuple({ name: text(3) }), { name: 'long' })).toMatchObject(malformed);
  });

  test('a text may not begin with a byte order mark, which would never come back', () => {
    expect(() => encode(text(20), '\ufeffname')).toThrow('well formed');
    expect(unwrap(decode(text(20), encode(text(20), 'na\ufeffme'), MAX))).toBe('na\ufeffme');
  });

  test('the cap in bytes comes first', () => {
    expect(decode(uint(), encodeCbor(70_000), 4)).toMatchObject({ ok: false, refusal: { code: 'too-large' } });
  });

  test('a refusal says where', () => {
    const inner = tuple({ outer: tuple({ inner: uint(3) }) });
    expect(decode(inner, encodeCbor([[4]]), MAX)).toMatchObject({
      refusal: { detail: '[outer: [inner: 0..3]]: outer: inner: 4 is over 3' },
    });
  });
});

test('a number stands for one thing only', () => {
  expect(() => choice({ a: 1, b: 1 })).toThrow('number of its own');
  expect(() => variant({ a: [1, {}], b: [1, {}] })).toThrow('number of its own');
});

test('a form that contains itself stops at the depth of the bytes', () => {
  let deep: Cbor = ['x', []];
  for (let i = 0; i < 7; i++) deep = ['x', [deep]];
  expect(decode(tree, encodeCbor(deep), MAX).ok).toBe(true);
  expect(decode(tree, encodeCbor(['x', [deep]]), MAX)).toMatchObject({ ok: false, refusal: { code: 'not-canonical' } });
});

test('a bug in a form is not mistaken for bad input', () => {
  const buggy = mapped(
    uint(),
    (): number => {
      throw new Error('bug');
    },
    (value: number) => value,
    'never',
  );
  expect(() => decode(buggy, encodeCbor(1), MAX)).toThrow('bug');
});

test('the CDDL of a form names fields, bounds and other forms', () => {
  expect(everything.definition).toBe(
    'everything = [version: 3, count: 0..1000, big: uint, short: bstr .size (2..5), id: id, title: tstr .size (0..12), shape: shape, tree: tree, even: 0..50, maybe: [? tstr .size (0..3)], nothing: 0..9]',
  );
  expect(shape.definition).toBe('shape = [1] / [2, radius: 0..100, fill: [? colour]] / [5, parts: [1*4 0..1]]');
  expect(tree.definition).toBe('tree = [label: tstr .size (0..10), children: [0*3 tree]]');
  expect(colour.definition).toBe('colour = 1 / 2 / 7');
});
