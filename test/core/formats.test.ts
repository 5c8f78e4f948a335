/** Code and `formats.cddl` say the same: the file is what the codecs give, and each judges the other's values alike. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { REFUSAL_CODES } from '../../src/core/base/result.ts';
import { type Cbor, encodeCbor } from '../../src/core/codec/cbor.ts';
import { decode, encode } from '../../src/core/codec/codec.ts';
import { bitmapOf } from '../../src/core/codec/vote.ts';
import { allows, namesIn, parseCddl, ruleOf } from '../support/cddl.ts';
import { type Makers, numberIn, pick, randomBytes, sampleOf } from '../support/cddl-values.ts';
import { formatsText } from '../support/formats.ts';
import { WHOLE_FORMS } from '../support/forms.ts';
import { seededRandom } from '../support/seeded-random.ts';

const text = readFileSync(join(import.meta.dirname, '../../formats.cddl'), 'utf8');
const cddl = parseCddl(text);
const FIRST = 'latchkey-form';

test('formats.cddl is what the codecs give; `npm run formats` writes it anew', () => {
  expect(text).toBe(formatsText());
});

test('no line is too long to read', () => {
  for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(140);
});

test('every name is defined once and used', () => {
  const reached = new Set<string>();
  const open = [FIRST];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    open.push(...namesIn(ruleOf(cddl, name)));
  }
  expect([...cddl.keys()].filter((name) => !reached.has(name))).toEqual([]);
});

test('the reader of CDDL refuses what it does not know', () => {
  expect(() => parseCddl('a = uint\na = uint')).toThrow('twice');
  for (const wrong of ['a = ', 'a = [b', 'a = bstr .size', 'a = {b: uint}', 'a = #6.1', 'a uint', 'a = "text"']) {
    expect(() => parseCddl(wrong), wrong).toThrow();
  }
});

/** Forms whose codec asks more than CDDL can say, and how a value of theirs is made. */
const makers: Makers = {
  'refusal-code': (random) => pick(REFUSAL_CODES, random),
  'seat-bitmap': (random) => bitmapOf(Array.from({ length: 4 }, () => Math.floor(random() * 31)).slice(0, Math.floor(random() * 5))),
  'vote-subject': (random, inner) => {
    const [kind, chain, epoch, view] = inner() as Cbor[];
    return [kind, chain, epoch, view, kind === 2 ? [] : [randomBytes(32, random)]] as Cbor;
  },
  'link-peer': (random) => randomBytes(32, random),
  'link-address': (random) => {
    const host = Uint8Array.of(4, ...randomBytes(4, random));
    const port = numberIn(0, 65_535, random);
    return pick<Cbor>(
      [
        [0, '/unix/socket'],
        [1, host, port],
        [2, host, port],
        [4, host, port, randomBytes(32, random)],
      ],
      random,
    );
  },
};
const NARROWER = new Set(Object.keys(makers));

/** Whether a form rests on one whose codec asks more than CDDL says. */
function isNarrower(name: string, seen = new Set<string>()): boolean {
  if (NARROWER.has(name)) return true;
  if (seen.has(name)) return false;
  seen.add(name);
  return namesIn(ruleOf(cddl, name)).some((one) => isNarrower(one, seen));
}

describe.each(WHOLE_FORMS.map((form) => [form.codec.cddl, form] as const))('%s', (name, { codec }) => {
  const rule = ruleOf(cddl, name);
  const BYTES_MAX = 4_000_000;

  test('takes every value that the CDDL allows, and gives the same bytes back', () => {
    const random = seededRandom(1);
    for (let round = 0; round < 60; round++) {
      const value = sampleOf(cddl, rule, random, makers);
      expect(allows(cddl, rule, value)).toBe(true);
      const bytes = encodeCbor(value);
      const read = decode(codec, bytes, BYTES_MAX);
      if (!read.ok) throw new Error(`${read.refusal.detail}: ${toHex(bytes)}`);
      expect(toHex(encode(codec, read.value))).toBe(toHex(bytes));
    }
  });

  test('refuses every value that the CDDL does not allow', () => {
    const random = seededRandom(2);
    let refused = 0;
    for (let round = 0; round < 300; round++) {
      const value = disturbed(sampleOf(cddl, rule, random, makers), random);
      const allowed = allows(cddl, rule, value);
      const read = decode(codec, encodeCbor(value), BYTES_MAX);
      if (!allowed) refused += 1;
      if (read.ok !== allowed && !(allowed && isNarrower(name))) {
        throw new Error(`the CDDL ${allowed ? 'allows' : 'refuses'} it, the codec does not: ${toHex(encodeCbor(value))}`);
      }
    }
    expect(refused).toBeGreaterThan(0);
  });
});

/** The value with one thing in it changed: a number, a length, a type, an item more or fewer. */
function disturbed(value: Cbor, random: () => number): Cbor {
  if (Array.isArray(value) && value.length > 0 && random() < 0.75) {
    const at = Math.floor(random() * value.length);
    const item = value[at];
    return value.with(at, disturbed(item, random));
  }
  const others: readonly Cbor[] = [0, 1, 3, 9, 31, 101, 300, 70_000, 2 ** 40, '', 'text', 'x'.repeat(300), [], [1], [[]], [0, 0]];
  const bytes = [0, 1, 16, 31, 32, 33, 63, 64, 65, 257].map((length) => randomBytes(length, random));
  if (Array.isArray(value)) return pick([value.slice(1), value.slice(0, -1), [...value, 0], [...value, ...value], ...others], random);
  return pick([...others, ...bytes], random);
}
