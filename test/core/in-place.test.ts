/** What is read in place must be judged as the codecs judge it: on what is right, and on anything near it. */
import { beforeAll, describe, expect, test } from 'vitest';
import { unwrap } from '../../src/core/base/result.ts';
import { blockIdOf } from '../../src/core/codec/block.ts';
import { bodyRefOf } from '../../src/core/codec/body.ts';
import { certifiedBodyRefs, checkBodies, checkBundleBodies } from '../../src/core/codec/bundle-bodies.ts';
import { decode, encode } from '../../src/core/codec/codec.ts';
import { checkHeaderRow, HEADER_ROW_BYTES_MAX } from '../../src/core/codec/header-row.ts';
import { bundleBodies, headerList, type LeafBodies, SYNC_ITEM_BYTES_MAX } from '../../src/core/codec/sync-message.ts';
import { ACTION_NUMBERS, bodiesOf, decodeTransaction } from '../../src/core/codec/transaction.ts';
import { TestChain, textBody } from '../support/chain.ts';
import { LongChain } from '../support/long-chain.ts';
import { seededRandom } from '../support/seeded-random.ts';

type Random = () => number;

let chain: TestChain;
/** One leaf of each form, and its bodies. */
let leaves: readonly Uint8Array[];
let bodies: readonly LeafBodies[];

beforeAll(async () => {
  chain = await TestChain.create({ signatures: 'fake' });
  const invited = await chain.invite('Bob');
  const actions = [
    await chain.entry('short'),
    await chain.entry('long '.repeat(60)),
    invited,
    await chain.sign(chain.founder, { type: 'revoke-invite', invitation: invited.invitation }),
    await chain.join('Bob', invited),
    await chain.sign(chain.founder, { type: 'leave' }),
  ];
  leaves = [chain.genesisLeaf, ...actions.map(({ transaction }) => transaction.bytes)];
  bodies = [chain.genesisBodies, ...actions.map((one) => one.bodies)];
});

/** Changed in a few bytes, cut, or made longer. */
function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  const below = (limit: number) => Math.floor(random() * limit);
  const kind = below(6);
  if (kind === 0) return bytes.slice(0, below(bytes.length));
  if (kind === 1) return Uint8Array.of(...bytes, below(256));
  const out = bytes.slice();
  // Heads of lists and strings are at the beginning of things; small values are what heads are made of.
  for (let left = 1 + below(2); left > 0; left--) out[below(kind === 2 ? 12 : out.length)] = below(kind === 3 ? 4 : 256);
  return out;
}

describe('references read in place', () => {
  test('are those of the action, for each that has a form', () => {
    const types = new Set<string>();
    for (const leaf of leaves.slice(1)) {
      const { action } = unwrap(decodeTransaction(leaf)).unsigned;
      const { refs, areWords } = unwrap(certifiedBodyRefs(1, leaf));
      expect(refs).toEqual(bodiesOf(action));
      expect(areWords).toBe(action.type === 'join');
      types.add(action.type);
    }
    expect([...types].sort()).toEqual(['entry', 'invite', 'join', 'leave', 'revoke-invite']);
  });

  test('of the genesis are its founders’ names', () => {
    expect(certifiedBodyRefs(0, chain.genesisLeaf)).toEqual({
      ok: true,
      value: { refs: chain.genesis.founders.map(({ name }) => name), areWords: true },
    });
  });

  test('of an action without a form are refused, as the codec does', () => {
    const unknown = [0, Math.max(...Object.values(ACTION_NUMBERS)) + 1];
    const leaf = leaves[6] ?? new Uint8Array(0);
    const at = leaf.lastIndexOf(ACTION_NUMBERS.leave, leaf.length - 68);
    for (const number of unknown) {
      const other = leaf.slice();
      other[at] = number;
      expect(certifiedBodyRefs(1, other)).toMatchObject({ ok: false, refusal: { code: 'unknown-action' } });
      expect(decodeTransaction(other)).toMatchObject({ ok: false, refusal: { code: 'unknown-action' } });
    }
  });

  test('of any bytes are refused or read, and nothing is thrown', () => {
    const random = seededRandom(41);
    for (let i = 0; i < 3000; i++) {
      const leaf = leaves[i % leaves.length] ?? new Uint8Array(0);
      const refs = certifiedBodyRefs(i % leaves.length, mutated(leaf, random));
      if (!refs.ok) expect(['not-canonical', 'malformed', 'unknown-action', 'too-large']).toContain(refs.refusal.code);
    }
  });
});

describe('bodies of a bundle read in place', () => {
  /** As the codec and the check of single leaves judge them. */
  function judge(bytes: Uint8Array): boolean {
    const read = decode(bundleBodies, bytes, SYNC_ITEM_BYTES_MAX);
    if (!read.ok || read.value.length !== leaves.length) return false;
    return leaves.every((leaf, i) => checkBodies(unwrap(certifiedBodyRefs(i, leaf)).refs, read.value[i] ?? []).ok);
  }

  test('are taken with every body, and with any of them absent', () => {
    const random = seededRandom(42);
    for (let i = 0; i < 50; i++) {
      const some = bodies.map((one) => one.map((body) => (i > 0 && random() < 0.5 ? undefined : body)));
      const absent = some.flat().filter((body) => body === undefined).length;
      const words = [...(some[0] ?? []), ...(some[5] ?? [])].filter((body) => body !== undefined);
      expect(checkBundleBodies(0, leaves, encode(bundleBodies, some))).toEqual({ ok: true, value: { absent, words } });
    }
  });

  test('are refused with one that another leaf names, with one too many and with one too few', () => {
    const swapped = bodies.map((one, i) => (i === 1 ? bodies[2] : i === 2 ? bodies[1] : one) ?? []);
    const more = bodies.map((one, i) => (i === 3 ? [textBody('more')] : one));
    const fewer = bodies.map((one, i) => (i === 1 ? [] : one));
    for (const some of [swapped, more, fewer, bodies.slice(1), [...bodies, []]]) {
      expect(checkBundleBodies(0, leaves, encode(bundleBodies, some))).toMatchObject({ ok: false, refusal: { code: 'body-mismatch' } });
    }
  });

  test('are judged as the codec judges them, on anything near them', () => {
    const random = seededRandom(43);
    const right = encode(bundleBodies, bodies);
    const empty = encode(
      bundleBodies,
      bodies.map((one) => one.map(() => undefined)),
    );
    let taken = 0;
    for (let i = 0; i < 6000; i++) {
      const bytes = mutated(i % 2 === 0 ? right : empty, random);
      const ok = checkBundleBodies(0, leaves, bytes).ok;
      expect(ok).toBe(judge(bytes));
      if (ok) taken += 1;
    }
    // A few mutations change a byte into itself.
    expect(taken).toBeLessThan(600);
  });

  test('are refused in any but the shortest form', () => {
    const leaf = leaves[1] ?? new Uint8Array(0);
    const [body] = bodies[1] ?? [];
    if (body === undefined) throw new Error('an entry has a body');
    expect(bodyRefOf(body).length).toBeLessThan(256);
    const short = encode(bundleBodies, [[body]]);
    // [[[h'…']]] with the length of the string in one byte, in two, in four and in eight.
    const long = [1, 2, 4, 8].map((size) => {
      const length = Uint8Array.from({ length: size }, (_, i) => (i === size - 1 ? body.length : 0));
      return Uint8Array.of(0x81, 0x81, 0x81, 0x57 + Math.log2(size) + 1, ...length, ...body);
    });
    expect(long[0]).toEqual(short);
    expect(long.map((bytes) => checkBundleBodies(1, [leaf], bytes).ok)).toEqual([true, false, false, false]);
  });
});

describe('a row of headers read in place', () => {
  let long: LongChain;

  beforeAll(async () => {
    long = await LongChain.create(12);
  });

  function row(from: number, to: number) {
    return long.blocks.slice(from, to).map(({ point }) => point.header);
  }

  test('is taken if it leads to the expected id, and tells what it begins with', () => {
    for (const [from, to] of [
      [0, 1],
      [0, 12],
      [4, 9],
    ] as const) {
      const headers = row(from, to);
      const [first, last] = [headers[0], headers.at(-1)];
      if (first === undefined || last === undefined) throw new Error('a row has headers');
      const taken = { ok: true, value: { first: blockIdOf(first), parent: first.parent } };
      const bytes = encode(headerList, headers);
      expect(checkHeaderRow(bytes, to - from, blockIdOf(last))).toEqual(taken);
      expect(checkHeaderRow(bytes, to - from, undefined)).toEqual(taken);
      expect(checkHeaderRow(bytes, to - from, first.parent)).toMatchObject({ ok: false, refusal: { code: 'bad-proof' } });
      expect(checkHeaderRow(bytes, to - from + 1, blockIdOf(last))).toMatchObject({ ok: false, refusal: { code: 'malformed' } });
    }
  });

  test('is refused with a header missing, out of place or twice', () => {
    const [a, b, c, d] = row(3, 7);
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error('there are four');
    for (const headers of [[a, b, d], [a, c, b, d], [a, b, b, c, d], []]) {
      expect(checkHeaderRow(encode(headerList, headers), headers.length, blockIdOf(d)).ok).toBe(false);
    }
  });

  test('is refused with any byte changed, and nothing is thrown', () => {
    const headers = row(0, 12);
    const last = long.at(12).point.id;
    const bytes = encode(headerList, headers);
    const random = seededRandom(44);
    for (let i = 0; i < 3000; i++) {
      const changed = mutated(bytes, random);
      const same = changed.length === bytes.length && changed.every((byte, at) => byte === bytes[at]);
      expect(checkHeaderRow(changed, 12, last).ok).toBe(same);
      if (!same) continue;
      expect(decode(headerList, changed, HEADER_ROW_BYTES_MAX).ok).toBe(true);
    }
  });
});
