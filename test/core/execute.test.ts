/** From leaves to roots, one way for all: what a proposer builds is what everybody executes, and nothing else is. */
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { BLOCK_BODIES_BYTES_MAX, BLOCK_TRANSACTIONS_MAX, BODY_BYTES_MAX, TIME_MS_MAX } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { blockIdOf, type Header } from '../../src/core/codec/block.ts';
import type { Transaction } from '../../src/core/codec/transaction.ts';
import { bitmapOf } from '../../src/core/codec/vote.ts';
import { buildBlock, type ChainPoint, executeBlock, proposalTime } from '../../src/core/consensus/execute.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import { firstPoint, nextPoint, proposalOn, Writer } from '../support/points.ts';
import { founderOf, genesisOf, hashOf } from '../support/world.ts';

const genesis = genesisOf([
  founderOf('alice', ['federation', 'validator']),
  ...['b', 'c', 'd'].map((name) => founderOf(name, ['validator', 'writer'])),
]);
const first = firstPoint(genesis);

function execute(parent: ChainPoint, header: Header, transactions: readonly Transaction[]) {
  return executeBlock(parent, header, transactions.map(asVerified));
}

test('what the proposer builds, everybody executes to the same point', () => {
  const writer = new Writer(genesis);
  const transactions = [writer.invite('alice', 'link'), writer.join('ben', 'link'), writer.entry('ben', 'hello')];
  const point = nextPoint(first, transactions);
  const executed = unwrap(execute(first, point.header, transactions));
  expect(executed.header).toEqual(point.header);
  expect(toHex(executed.id)).toBe(toHex(point.id));
  expect(toHex(executed.state.root)).toBe(toHex(point.header.stateRoot));
  expect(executed.frontier).toEqual(point.frontier);
  expect(point.header).toMatchObject({ height: 1, parent: first.id, logSize: 4, epoch: 0, nextTrust: undefined });
  const empty = nextPoint(executed, []);
  expect(unwrap(execute(executed, empty.header, [])).header).toMatchObject({ height: 2, logSize: 4, stateRoot: point.header.stateRoot });
});

describe('a header of which one field is altered is refused', () => {
  const writer = new Writer(genesis);
  const transactions = [writer.entry('b', 'hello')];
  const { header } = nextPoint(first, transactions);
  const other = hashOf('other');
  test.each<[keyof Header, Partial<Header>, string]>([
    ['chain', { chain: other }, 'wrong-root'],
    ['epoch', { epoch: 1 }, 'wrong-trust-set'],
    ['view', { view: 0, proposerSeat: 0 }, 'wrong-proposer'],
    ['view', { view: 2 }, 'wrong-proposer'],
    ['height', { height: 2 }, 'not-next'],
    ['height', { height: 0 }, 'not-next'],
    ['parent', { parent: other }, 'wrong-parent'],
    ['time', { time: first.header.time }, 'wrong-time'],
    ['time', { time: first.header.time - 1 }, 'wrong-time'],
    ['time', { time: TIME_MS_MAX + 1 }, 'wrong-time'],
    ['proposerSeat', { proposerSeat: 0 }, 'wrong-proposer'],
    ['proposerSeat', { proposerSeat: 5 }, 'wrong-proposer'],
    ['logSize', { logSize: 3 }, 'wrong-root'],
    ['logRoot', { logRoot: other }, 'wrong-root'],
    ['stateRoot', { stateRoot: other }, 'wrong-root'],
    ['trust', { trust: other }, 'wrong-root'],
    ['nextTrust', { nextTrust: other }, 'wrong-root'],
    ['parentSigners', { parentSigners: bitmapOf([]) }, 'no-quorum'],
    ['parentSigners', { parentSigners: bitmapOf([0, 1]) }, 'no-quorum'],
    ['parentSigners', { parentSigners: bitmapOf([0, 1, 2, 4]) }, 'no-quorum'],
  ])('%s: %o', (_, changes, code) => {
    expect(execute(first, { ...header, ...changes }, transactions)).toMatchObject({ ok: false, refusal: { code } });
  });

  test('every field has its line', () => {
    const tried = [
      'chain',
      'epoch',
      'view',
      'height',
      'parent',
      'time',
      'proposerSeat',
      'logSize',
      'logRoot',
      'stateRoot',
      'trust',
      'nextTrust',
      'parentSigners',
    ];
    expect(Object.keys(header).sort()).toEqual([...tried, 'version'].sort()); // `version` has one value, which the codec holds.
  });

  test('what a proposer may choose, it may: a later view of its own, a later time, a bare quorum', () => {
    for (const changes of [{ view: 5 }, { time: first.header.time + 1 }, { parentSigners: bitmapOf([1, 2, 3]) }]) {
      const point = nextPoint(first, transactions, changes);
      expect(execute(first, point.header, transactions)).toMatchObject({ ok: true });
    }
    expect(execute(first, nextPoint(first, [], { time: TIME_MS_MAX }).header, [])).toMatchObject({ ok: true });
  });
});

describe('leaves that are not the header’s are refused', () => {
  const writer = new Writer(genesis);
  const [one, two, three] = ['one', 'two', 'three'].map((what) => writer.entry('b', what));
  if (one === undefined || two === undefined || three === undefined) throw new Error('three entries');
  const { header } = nextPoint(first, [one, two]);

  test.each<[string, readonly Transaction[], string]>([
    ['one fewer', [one], 'wrong-root'],
    ['one more', [one, two, three], 'wrong-root'],
    ['another', [one, three], 'wrong-root'],
    ['another order', [two, one], 'invalid-transaction'],
    ['none', [], 'wrong-root'],
    ['one twice', [one, one, two], 'invalid-transaction'],
  ])('%s', (_, leaves, code) => {
    expect(execute(first, header, leaves)).toMatchObject({ ok: false, refusal: { code } });
  });

  test('another signature under the same transaction is another leaf', () => {
    const resigned = { ...one, bytes: one.bytes.with(one.bytes.length - 1, 8) };
    expect(execute(first, header, [resigned, two])).toMatchObject({ ok: false, refusal: { code: 'wrong-root' } });
  });

  test('one invalid transaction makes the whole block so', () => {
    const stranger = writer.entry('nobody', 'x');
    expect(execute(first, header, [one, two, stranger])).toMatchObject({ ok: false, refusal: { code: 'invalid-transaction' } });
  });
});

describe('a proposer', () => {
  test('leaves out what has no place, and says why', () => {
    const writer = new Writer(genesis);
    const good = writer.entry('b', 'good');
    const built = buildBlock(first, proposalOn(first), [writer.entry('nobody', 'x'), good, good].map(asVerified));
    expect(built.included.map(({ id }) => toHex(id))).toEqual([toHex(good.id)]);
    expect(built.refused.map(({ refusal }) => refusal.code)).toEqual(['unknown-sender', 'stale-sequence']);
    expect(execute(first, built.point.header, built.included)).toMatchObject({ ok: true });
  });

  test('fills a block to its bounds and no further', () => {
    const writer = new Writer(genesis);
    const many = Array.from({ length: BLOCK_TRANSACTIONS_MAX + 5 }, (_, i) => writer.entry('b', String(i)));
    const built = buildBlock(first, proposalOn(first), many.map(asVerified));
    expect(built.included).toHaveLength(BLOCK_TRANSACTIONS_MAX);
    expect(built.refused).toEqual([]);
    expect(execute(first, built.point.header, built.included)).toMatchObject({ ok: true });
    expect(execute(first, built.point.header, many.slice(0, BLOCK_TRANSACTIONS_MAX + 1))).toMatchObject({
      refusal: { code: 'too-many-transactions' },
    });
  });

  test('lets nothing of a sender overtake what must wait, so that its sequence stays good', () => {
    const writer = new Writer(genesis);
    const large = Array.from({ length: BLOCK_BODIES_BYTES_MAX / BODY_BYTES_MAX + 1 }, (_, i) =>
      writer.entry('b', `large ${i}`, BODY_BYTES_MAX),
    );
    const small = writer.entry('b', 'small', 10);
    const byAnother = writer.entry('c', 'by another', 10);
    const built = buildBlock(first, proposalOn(first), [...large, small, byAnother].map(asVerified));
    // The bodies fill the block to the last byte: even ten bytes of another wait.
    expect(built.included).toHaveLength(large.length - 1);
    const next = buildBlock(built.point, proposalOn(built.point), [...large.slice(-1), small, byAnother].map(asVerified));
    expect(next.included).toHaveLength(3);
    const tight = buildBlock(
      first,
      proposalOn(first),
      [...large.slice(1, -1), writer.entry('d', 'nearly', BODY_BYTES_MAX - 10), ...large.slice(-1), small, byAnother].map(asVerified),
    );
    expect(tight.included.map(({ id }) => toHex(id))).toContain(toHex(byAnother.id));
    expect(tight.included.map(({ id }) => toHex(id))).not.toContain(toHex(small.id));
  });

  test('gives its block its own time, and always one after the parent’s', () => {
    const { header } = first;
    expect(proposalTime(header, header.time + 500)).toBe(header.time + 500);
    expect(proposalTime(header, header.time)).toBe(header.time + 1);
    expect(proposalTime(header, 0)).toBe(header.time + 1);
  });

  test('closes what has expired before anything else', () => {
    const writer = new Writer(genesis);
    const point = nextPoint(first, [writer.invite('alice', 'link')]);
    const later = { time: point.header.time + 400 * 24 * 3_600_000 };
    const built = buildBlock(point, proposalOn(point, later), [
      asVerified(writer.act('ben', { ...writer.join('ben', 'link').unsigned.action }, { expiry: later.time + 1 })),
    ]);
    expect(built.refused.map(({ refusal }) => refusal.code)).toEqual(['invitation-expired']);
    expect(blockIdOf(unwrap(execute(point, built.point.header, [])).header)).toEqual(built.point.id);
  });
});
