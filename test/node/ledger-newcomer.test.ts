import { beforeAll, describe, expect, test } from 'vitest';
import { encode } from '../../src/core/codec/codec.ts';
import { headerList } from '../../src/core/codec/sync-message.ts';
import type { ChainPoint } from '../../src/core/consensus/execute.ts';
import { Ledger } from '../../src/node/ledger.ts';
import { TAIL_BLOCKS_MAX, WAITING_TAIL_FACTOR } from '../../src/node/ledger-tail.ts';
import type { Space } from '../../src/node/ports.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { contentsOf } from '../support/ledger-contents.ts';
import { LongChain } from '../support/long-chain.ts';

const WAITING_MAX = WAITING_TAIL_FACTOR * TAIL_BLOCKS_MAX;
const BLOCKS = 700;
let long: LongChain;
let source: Ledger;

function space(): Promise<Space> {
  return memoryStore().space('chain');
}

async function reopened(at: Space): Promise<Ledger> {
  const ledger = await Ledger.open(at);
  if (ledger === undefined) throw new Error('the space holds no chain');
  return ledger;
}

beforeAll(async () => {
  long = await LongChain.create(BLOCKS);
  source = await long.grown(await space(), BLOCKS);
});

/** The history below a point, as it is held by whoever has all of it. */
async function historyBelow({ header: { logSize, height } }: ChainPoint) {
  const roots = (await source.history.bundleRoots(logSize)) ?? [];
  const bundles = await Promise.all(Array.from({ length: Math.ceil(logSize / 256) }, (_, index) => source.history.bundle(index, logSize)));
  const rows = await Promise.all(
    Array.from({ length: Math.floor(height / 256) + 1 }, async (_, row) => ({
      row,
      bytes: encode(headerList, await source.headers(row * 256, Math.min(row * 256 + 256, height + 1))),
    })),
  );
  return { roots, bundles: bundles.filter((one) => one !== undefined).map((one) => ({ ...one, words: [] })), rows };
}

async function fill(ledger: Ledger, base = ledger.base): Promise<readonly boolean[]> {
  const { roots, bundles, rows } = await historyBelow(base);
  return [
    await ledger.fillRoots(base, roots),
    await ledger.fillBundles(base, bundles),
    await ledger.fillHeaders(base, rows),
    await ledger.markComplete(base),
  ];
}

describe('a newcomer’s ledger', () => {
  test('starts at the snapshot, takes in blocks, and is whole once history is filled in', async () => {
    for (const height of [1, 130, 255, 256, 400]) {
      const at = await space();
      const ledger = await long.adopted(at, height);
      for (let next = height + 1; next <= height + 20; next++) await ledger.commit(long.at(next));
      expect(ledger.complete).toBe(false);
      expect(await ledger.leaves(0, 1)).toEqual([]);
      expect(await ledger.headers(0, 2)).toEqual([]);
      expect(await fill(await reopened(at))).toEqual([true, true, true, true]);
      const whole = await reopened(at);
      expect(whole.complete).toBe(true);
      for (let next = height + 21; next <= 500; next++) await whole.commit(long.at(next));
      expect(await contentsOf(whole)).toEqual(long.contents(500));
    }
  });

  test('serves the headers and blocks since its snapshot while the rest is missing', async () => {
    const ledger = await long.adopted(await space(), 300);
    for (let height = 301; height <= 310; height++) await ledger.commit(long.at(height));
    expect(await ledger.headers(300, 311)).toHaveLength(11);
    expect(await ledger.headers(299, 311)).toEqual([]);
    expect((await ledger.history.blocks(301, 311)).map(({ leaves }) => leaves.length)).toEqual(
      Array.from({ length: 10 }, (_, i) => long.at(301 + i).transactions.length),
    );
    expect(await ledger.history.bundleRoots(ledger.tip.header.logSize)).toBeUndefined();
    expect(await ledger.history.consistency(1, ledger.tip.header.logSize)).toMatchObject({ ok: false });
  });

  test('gives a tail that waits too long up for a newer base, and is whole in the end', async () => {
    const at = await space();
    const ledger = await long.adopted(at, 10);
    const { base } = ledger;
    for (let height = 11; height <= BLOCKS; height++) await ledger.commit(long.at(height));
    expect(ledger.base.header.height).toBeGreaterThan(10);
    expect(ledger.tip.header.height - ledger.base.header.height).toBeLessThanOrEqual(WAITING_MAX);
    // What was verified for the old base says nothing about the new one.
    expect(await fill(ledger, base)).toEqual([false, false, false, false]);
    expect(ledger.complete).toBe(false);
    await fill(await reopened(at));
    expect(await contentsOf(await reopened(at))).toEqual(long.contents(BLOCKS));
  });

  test('that starts again from a later snapshot keeps the full bundles it has, and is whole in the end', async () => {
    for (const [from, to] of [
      [3, 600],
      [290, 310],
      [500, 700],
    ] as const) {
      const at = await space();
      await long.grown(at, from);
      const ledger = await long.adopted(at, to);
      expect([ledger.complete, ledger.tip.header.height]).toEqual([false, to]);
      expect((await reopened(at)).tip.id).toEqual(ledger.tip.id);
      await fill(ledger);
      expect(await contentsOf(ledger)).toEqual(long.contents(to));
      expect(await contentsOf(await reopened(at))).toEqual(long.contents(to));
    }
  });
});
