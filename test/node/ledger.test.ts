import { beforeAll, describe, expect, test } from 'vitest';
import { encode } from '../../src/core/codec/codec.ts';
import { tailRow } from '../../src/core/codec/stored.ts';
import { verifyConsistency } from '../../src/core/log/proof.ts';
import { Ledger } from '../../src/node/ledger.ts';
import type { Space } from '../../src/node/ports.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { crashingStore } from '../sim/crashing-store.ts';
import { contentsOf, shortHash } from '../support/ledger-contents.ts';
import { LongChain } from '../support/long-chain.ts';
import { seededRandom } from '../support/seeded-random.ts';

// Three folds, and a tail: 1,074 leaves.
const BLOCKS = 430;
let long: LongChain;

beforeAll(async () => {
  long = await LongChain.create(BLOCKS);
});

function space(): Promise<Space> {
  return memoryStore().space('chain');
}

async function reopened(at: Space): Promise<Ledger> {
  const ledger = await Ledger.open(at);
  if (ledger === undefined) throw new Error('the space holds no chain');
  return ledger;
}

describe('a ledger', () => {
  test('holds every block in order, across folds, with the names of its members', async () => {
    expect(await contentsOf(await long.grown(await space(), BLOCKS))).toEqual(long.contents(BLOCKS));
  });

  test('is the same after it was opened again, at any height', async () => {
    for (const height of [1, 2, 127, 128, 129, 130, 300, BLOCKS]) {
      const at = await space();
      await long.grown(at, height);
      const again = await reopened(at);
      expect(await contentsOf(again)).toEqual(long.contents(height));
      expect(again.certificate).toEqual(long.at(height).certificate);
      expect(again.certified).toBe(true);
    }
  });

  test('goes on as if it had never been closed', async () => {
    const at = await space();
    await long.grown(at, 1);
    for (let height = 1; height < BLOCKS; ) {
      const ledger = await reopened(at);
      const next = Math.min(BLOCKS, height + 37);
      for (; height < next; height++) await ledger.commit(long.at(height + 1));
    }
    expect(await contentsOf(await reopened(at))).toEqual(long.contents(BLOCKS));
  });

  test('of a space that holds nothing is none', async () => {
    expect(await Ledger.open(await space())).toBeUndefined();
  });

  test('leaves a proposal that is not final to the validator', async () => {
    const at = await space();
    await long.grown(at, 5);
    const { point, transactions, bodies } = long.at(6);
    const block = { header: point.header, leaves: transactions.map(({ bytes }) => bytes) };
    await at.write([{ type: 'put', table: 'tail', key: 6, value: encode(tailRow, { block, bodies, certificate: undefined }) }], 'relaxed');
    const ledger = await reopened(at);
    expect(ledger.tip.header.height).toBe(5);
    await ledger.commit(long.at(6));
    expect(await contentsOf(await reopened(at))).toEqual(long.contents(6));
  });

  test('knows that a block which is final by its descendant is not certified by itself', async () => {
    const at = await space();
    const ledger = await long.grown(at, 3);
    await ledger.commit({ ...long.at(4), certificate: long.at(5).certificate });
    expect([ledger.certified, (await reopened(at)).certified]).toEqual([false, false]);
    await ledger.commit(long.at(5));
    expect([ledger.certified, (await reopened(at)).certified]).toEqual([true, true]);
  });

  test('takes blocks in turn, however many are given to it at once', async () => {
    const store = crashingStore({ random: seededRandom(1) });
    const ledger = await long.chain.createLedger(await store.space('chain'));
    await Promise.all(long.blocks.slice(0, 300).map((block) => ledger.commit(block)));
    expect(await contentsOf(ledger)).toEqual(long.contents(300));
  });

  test('reads the same before, during and after a fold', async () => {
    const store = crashingStore({ random: seededRandom(1) });
    const ledger = await long.grown(await store.space('chain'), 300);
    const read = () => Promise.all([ledger.leaves(0, 2000), ledger.headers(0, 301), ledger.history.blocks(150, 301)]);
    const before = await read();
    // The disk takes one thing a turn, so that each of these falls between steps of the others.
    const [during] = await Promise.all([read(), ledger.fold()]);
    expect(during).toEqual(before);
    expect(await read()).toEqual(before);
  });

  test('gives any range of leaves, headers and blocks, and the header of any leaf', async () => {
    const ledger = await long.grown(await space(), BLOCKS);
    const { leaves } = long.contents(BLOCKS);
    const random = seededRandom(7);
    const below = (limit: number) => Math.floor(random() * limit);
    for (let i = 0; i < 60; i++) {
      const from = below(leaves.length);
      const to = from + below(leaves.length - from + 1);
      const got = await ledger.leaves(from, to);
      expect(got.map(({ bytes }) => shortHash(bytes))).toEqual(leaves.slice(from, to));
      expect(got.every(({ index }, at) => index === from + at)).toBe(true);
      const header = await ledger.headerOfLeaf(from);
      const parent = header?.height === 0 ? undefined : await ledger.history.header((header?.height ?? 0) - 1);
      expect(header?.logSize).toBeGreaterThan(from);
      expect(parent?.logSize ?? 0).toBeLessThanOrEqual(from);
      const height = 1 + below(BLOCKS - 4);
      const some = await ledger.history.blocks(height, height + 4);
      expect(some.map((block) => block.leaves)).toEqual(
        [0, 1, 2, 3].map((at) => long.at(height + at).transactions.map(({ bytes }) => bytes)),
      );
    }
    expect(await ledger.headers(BLOCKS + 1, BLOCKS + 9)).toEqual([]);
    expect(await ledger.history.header(BLOCKS + 1)).toBeUndefined();
    expect(await ledger.history.blocks(0, 1)).toEqual([]);
  });

  test('proves that its log extends the log at each earlier block', async () => {
    const ledger = await long.grown(await space(), BLOCKS);
    const { logSize, logRoot } = ledger.tip.header;
    for (let height = 0; height <= BLOCKS; height += 17) {
      const old = await ledger.history.header(height);
      const proof = await ledger.history.consistency(old?.logSize ?? 0, logSize);
      if (!proof.ok || old === undefined) throw new Error('there is a proof');
      expect(verifyConsistency(old.logSize, old.logRoot, logSize, logRoot, proof.value)).toMatchObject({ ok: true });
    }
  });
});
