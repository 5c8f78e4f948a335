/** The log of a ledger as files, at every size where tiles begin, fill and end, out of the base on disk and the tail at hand. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { unwrap } from '../../src/core/base/result.ts';
import { decodeBundle } from '../../src/core/log/bundle.ts';
import { checkedTiles } from '../../src/core/log/checked-tiles.ts';
import { appendLeaves, emptyFrontier, frontierRoot } from '../../src/core/log/frontier.ts';
import { leafHash } from '../../src/core/log/merkle-hash.ts';
import { decodeTile, type TileId, tileAt, tilePath } from '../../src/core/log/tile.ts';
import type { Ledger } from '../../src/node/ledger.ts';
import { newTiles, publishedFile } from '../../src/node/published-log.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { grownChain } from '../support/chain.ts';

const SIZES = [1, 2, 3, 255, 256, 257, 511, 512, 513, 767, 768, 1000];

let ledger: Ledger;
let hashes: readonly ReturnType<typeof leafHash>[];

beforeAll(async () => {
  const space = await memoryStore().space('chain');
  ({ ledger } = await grownChain(space, { signatures: 'fake', blocks: 101, entriesPerBlock: 10 }));
  const leaves = await ledger.leaves(0, ledger.tip.header.logSize);
  hashes = leaves.map(({ bytes }) => leafHash(bytes));
});

const rootOf = (size: number) => frontierRoot(appendLeaves(emptyFrontier(), hashes.slice(0, size)));

/** A published log of this size; signatures are another matter. */
async function fileAt(size: number, tile: TileId): Promise<Uint8Array | undefined> {
  const checkpoint = { origin: '', size, root: rootOf(size) };
  const file = await publishedFile(
    ledger,
    { checkpoint, note: { text: '', signatures: [] }, cosigners: [], vouched: true },
    tilePath(tile),
  );
  return file?.bytes;
}

describe('at each size', () => {
  test('there are ten bundles’ worth of leaves, some of them folded into the base', () => {
    expect(ledger.tip.header.logSize).toBe(1011);
    expect(ledger.baseHeader.logSize).toBeGreaterThan(256);
    expect(ledger.baseHeader.logSize).toBeLessThan(1011);
  });

  test.each(SIZES)('of %i leaves the root is that of the leaves, and the tiles add up to it', async (size) => {
    expect(await ledger.history.rootAt(size)).toEqual(rootOf(size));
    const files = new Map<string, Uint8Array>();
    for (const tile of newTiles(0, size)) files.set(tilePath(tile), (await fileAt(size, tile)) ?? expect.fail(tilePath(tile)));
    const reader = unwrap(
      checkedTiles(size, rootOf(size), (tile) => decodeTile(files.get(tilePath(tile)) ?? new Uint8Array(0), tile.width)),
    );
    for (let index = 0; tileAt(0, index, size) !== undefined; index++) {
      const tile = tileAt(0, index, size) ?? expect.fail();
      const entries = tileAt('entries', index, size) ?? expect.fail();
      const bundle = files.get(tilePath(entries)) ?? expect.fail(tilePath(entries));
      const read = unwrap(reader(tile));
      expect(read).toEqual(hashes.slice(index * 256, index * 256 + tile.width));
      expect(unwrap(decodeBundle(bundle, entries.width)).map(leafHash)).toEqual(read);
    }
  });

  test('nothing beyond it is served, and of a partial tile each part', async () => {
    expect(await fileAt(300, { level: 0, index: 1, width: 44 })).toHaveLength(44 * 32);
    expect(await fileAt(300, { level: 0, index: 1, width: 7 })).toHaveLength(7 * 32);
    for (const tile of [
      { level: 0, index: 1, width: 45 },
      { level: 0, index: 1, width: 256 },
      { level: 'entries', index: 1, width: 45 },
      { level: 1, index: 0, width: 2 },
      { level: 2, index: 0, width: 1 },
      { level: 0, index: 2, width: 1 },
    ] as const)
      expect(await fileAt(300, tile)).toBeUndefined();
  });
});

test('what is new between two sizes, and what was there, are all that there is', () => {
  const names = (before: number, size: number) => newTiles(before, size).map(tilePath);
  fc.assert(
    fc.property(fc.nat(20_000), fc.nat(20_000), (a, b) => {
      const [before, size] = a < b ? [a, b] : [b, a];
      const there = new Set([...names(0, before), ...names(before, size)]);
      expect(names(0, size).filter((name) => !there.has(name))).toEqual([]);
      expect(names(before, size).filter((name) => names(0, before).includes(name))).toEqual([]);
    }),
    { numRuns: 50, seed: 6 },
  );
  for (const size of [65_535, 65_536, 65_537]) expect(names(0, size)).toContain(size < 65_536 ? 'tile/1/000.p/255' : 'tile/1/000');
  expect(newTiles(65_536, 65_536)).toEqual([]);
  expect(names(65_535, 65_536)).toEqual(['tile/entries/255', 'tile/0/255', 'tile/1/000', 'tile/2/000.p/1']);
});
