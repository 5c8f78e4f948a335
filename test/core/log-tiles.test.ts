import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { type Hash, plainSha256 } from '../../src/core/base/hash.ts';
import { type Result, unwrap } from '../../src/core/base/result.ts';
import { bundleRoot, rootFromBundleRoots } from '../../src/core/log/bundle.ts';
import { checkedTiles, edgeTiles, tilesForConsistency, tilesForInclusion } from '../../src/core/log/checked-tiles.ts';
import { appendLeaves, emptyFrontier, frontierRoot } from '../../src/core/log/frontier.ts';
import { consistencyProof, inclusionProof, type Proof, verifyConsistency, verifyInclusion } from '../../src/core/log/proof.ts';
import { hashReader } from '../../src/core/log/subtree.ts';
import { decodeTile, encodeTile, readTilePath, type TileId, tileAt, tilePath } from '../../src/core/log/tile.ts';
import { emptyEdge, growTiles } from '../../src/core/log/tile-growth.ts';
import { consistencyFromTiles, inclusionFromTiles, type TileReader } from '../../src/core/log/tile-proof.ts';
import { hexes, leafHashes, shelfReader, shelve, type TileShelf } from '../support/log-tiles.ts';

/** Where tiles begin, end and go up a level; a size beyond the second level; and the example of the specification. */
const SIZES = [0, 1, 255, 256, 257, 65_535, 65_536, 65_537, 70_000];

const rootOf = (hashes: readonly Hash[]) => frontierRoot(appendLeaves(emptyFrontier(), hashes));
const code = (result: Result<unknown>) => (result.ok ? 'ok' : result.refusal.code);

describe('the path of a tile', () => {
  test('is written as the specification has it', () => {
    const cases = [
      [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
      [{ level: 0, index: 1_234_067, width: 256 }, 'tile/0/x001/x234/067'],
      [{ level: 1, index: 999, width: 17 }, 'tile/1/999.p/17'],
      [{ level: 2, index: 1000, width: 1 }, 'tile/2/x001/000.p/1'],
      [{ level: 'entries', index: 273, width: 112 }, 'tile/entries/273.p/112'],
      [{ level: 63, index: Number.MAX_SAFE_INTEGER, width: 255 }, 'tile/63/x009/x007/x199/x254/x740/991.p/255'],
    ] as const;
    for (const [tile, path] of cases) {
      expect(tilePath(tile)).toBe(path);
      expect(unwrap(readTilePath(path))).toEqual(tile);
    }
  });

  test('has one spelling; anything else is refused', () => {
    const others = [
      ...['', 'tile', 'tile/0', 'tile/0/', 'tile/0/0', 'tile/0/00', 'tile/0/0000', 'tile/0/x000/000', 'tile/0/x001', 'tile/0/001/000'],
      ...['tile/00/000', 'tile/64/000', 'tile/-1/000', 'tile/entry/000', 'tile/0/000.p/0', 'tile/0/000.p/256', 'tile/0/000.p/01'],
      ...['tile/0/000.p/', 'tile/0/000.p', '/tile/0/000', 'tile/0/000/', 'tile/8/0/000', 'tile/0/x001/x234/067\n', 'tile/0/٠٠٠'],
      `tile/0/${'x999/'.repeat(6)}999`,
      `tile/0/${'x001/'.repeat(1000)}000`,
    ];
    for (const path of others) expect(code(readTilePath(path)), path).toBe('malformed');
  });

  test('never throws, and takes what it would write', () => {
    const alphabet = fc.constantFrom(...'tile/0123456789x.pentries');
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 40 }), (characters) => {
        const path = characters.join('');
        const tile = readTilePath(path);
        if (tile.ok) expect(tilePath(tile.value)).toBe(path);
      }),
      { seed: 7, numRuns: 1000 },
    );
  });

  test('the tile at a place is as wide as the log reaches', () => {
    const widths = (size: number) => [0, 1, 2, 3].map((level) => edgeTiles(size).find((tile) => tile.level === level)?.width);
    expect(widths(70_000)).toEqual([112, 17, 1, undefined]);
    expect(widths(256)).toEqual([undefined, 1, undefined, undefined]);
    expect(edgeTiles(0)).toEqual([]);
    expect(tileAt(0, 272, 70_000)).toEqual({ level: 0, index: 272, width: 256 });
    expect(tileAt('entries', 273, 70_000)).toEqual({ level: 'entries', index: 273, width: 112 });
    expect(tileAt(0, 274, 70_000)).toBeUndefined();
    expect(tileAt(0, 0, 0)).toBeUndefined();
  });
});

describe('the bytes of a tile', () => {
  test('are its hashes, and nothing else is read as one', () => {
    const hashes = leafHashes(256);
    const bytes = encodeTile(hashes);
    expect(bytes.length).toBe(8192);
    expect(hexes(unwrap(decodeTile(bytes, 256)))).toEqual(hexes(hashes));
    for (const width of [1, 255]) expect(code(decodeTile(bytes, width))).toBe('malformed');
    expect(code(decodeTile(bytes.subarray(1), 256))).toBe('malformed');
    expect(() => encodeTile([])).toThrow('1 to 256');
    expect(() => encodeTile(leafHashes(257))).toThrow('1 to 256');
  });
});

describe.each(SIZES)('a log of %i leaves', { timeout: 180_000 }, (size) => {
  const hashes = leafHashes(size);
  const shelf: TileShelf = new Map();
  shelve(shelf, emptyEdge(), hashes);
  const reader = hashReader(hashes);
  const root = rootOf(hashes);

  test('has the tiles that the specification counts, each with the hashes of its place in the tree', () => {
    let count = 0;
    for (let level = 0, wide = size; wide > 0; level++, wide = Math.floor(wide / 256)) {
      count += Math.ceil(wide / 256);
      for (let index = 0; index * 256 < wide; index++) {
        const tile = tileAt(level, index, size) ?? expect.fail('a tile');
        const held = shelf.get(tilePath(tile)) ?? expect.fail(`no ${tilePath(tile)}`);
        expect(held.length).toBe(tile.width);
        for (const i of [0, tile.width - 1]) {
          expect(toHex(held[i] ?? root)).toBe(toHex(reader(8 * level, index * 256 + i) ?? expect.fail('a node')));
        }
      }
    }
    expect(shelf.size).toBe(count);
  });

  test('proves each leaf and each earlier size from tiles that are checked, as from all its hashes', () => {
    const tiles = unwrap(checkedTiles(size, root, shelfReader(shelf)));
    for (const index of places(size)) {
      const proof = unwrap(inclusionFromTiles(index, size, tiles));
      expect(hexes(proof)).toEqual(hexes(unwrap(inclusionProof(index, size, reader))));
      expect(code(verifyInclusion(hashes[index] ?? root, index, size, proof, root))).toBe('ok');
      const old = index + 1;
      const extension = unwrap(consistencyFromTiles(old, size, tiles));
      expect(hexes(extension)).toEqual(hexes(unwrap(consistencyProof(old, size, reader))));
      expect(code(verifyConsistency(old, rootOf(hashes.slice(0, old)), size, root, extension))).toBe('ok');
    }
    expect(code(inclusionFromTiles(size, size, tiles))).toBe('not-available');
    expect(code(consistencyFromTiles(size + 1, size, tiles))).toBe('not-available');
  });

  test('needs the tiles that it names beforehand, each of them and no other', () => {
    const needs = (named: readonly TileId[], make: (tiles: TileReader) => Result<Proof>) => {
      const asked = new Set<string>();
      const read = shelfReader(new Map(named.map((tile) => [tilePath(tile), shelf.get(tilePath(tile)) ?? []])));
      const noting: TileReader = (tile) => {
        asked.add(tilePath(tile));
        return read(tile);
      };
      unwrap(make(unwrap(checkedTiles(size, root, noting))));
      expect([...asked].sort()).toEqual(named.map(tilePath).sort());
    };
    for (const index of places(size)) {
      needs(tilesForInclusion(index, size), (tiles) => inclusionFromTiles(index, size, tiles));
      needs(tilesForConsistency(index + 1, size), (tiles) => consistencyFromTiles(index + 1, size, tiles));
    }
  });
});

/** Leaves worth a look: both ends, and beside each border of a tile. */
function places(size: number): readonly number[] {
  const near = [0, 1, 254, 255, 256, 257, 65_534, 65_535, 65_536, size - 2, size - 1];
  return [...new Set(near)].filter((index) => index >= 0 && index < size);
}

describe('a log that grows', { timeout: 180_000 }, () => {
  test.each([0, 65_000])('from %i leaves on has the same tiles whatever the steps, each handed out when it is new', (start) => {
    const all = leafHashes(start + 1500);
    const begun: TileShelf = new Map();
    const first = shelve(begun, emptyEdge(), all.slice(0, start));
    const firstFrontier = appendLeaves(emptyFrontier(), all.slice(0, start));
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 600 }), { minLength: 1, maxLength: 8 }), (steps) => {
        const shelf: TileShelf = new Map(begun);
        let edge = first;
        let frontier = firstFrontier;
        for (const step of steps) {
          const added = all.slice(edge.size, edge.size + step);
          const grown = growTiles(edge, added);
          for (const { id, hashes } of grown.tiles) {
            expect(shelf.has(tilePath(id)), tilePath(id)).toBe(false);
            shelf.set(tilePath(id), hashes);
          }
          edge = grown.edge;
          frontier = appendLeaves(frontier, added);
          expect(code(checkedTiles(edge.size, frontierRoot(frontier), shelfReader(shelf)))).toBe('ok');
        }
        const atOnce: TileShelf = new Map();
        expect(shelve(atOnce, first, all.slice(start, edge.size)).size).toBe(edge.size);
        for (const [path, hashes] of atOnce) expect(hexes(shelf.get(path) ?? [])).toEqual(hexes(hashes));
      }),
      { seed: 8, numRuns: 15 },
    );
  });

  test('comes to a million leaves, of which any is proved from a handful of tiles', () => {
    const size = 1_000_000;
    // The same 256 hashes again and again: as much work as with others, and a root that is known without it.
    const some = leafHashes(256);
    const rootAt = (leaves: number) =>
      rootFromBundleRoots(new Array<Hash>(Math.floor(leaves / 256)).fill(bundleRoot(some)), some.slice(0, leaves % 256));
    const root = rootAt(size);
    const shelf: TileShelf = new Map();
    let edge = emptyEdge();
    while (edge.size < size) edge = shelve(shelf, edge, some.slice(0, size - edge.size));
    for (const index of [0, 524_287, 524_288, 999_935, 999_936, 999_999]) {
      const named = tilesForInclusion(index, size);
      expect(named.length).toBeLessThanOrEqual(6);
      const read = shelfReader(new Map(named.map((tile) => [tilePath(tile), shelf.get(tilePath(tile)) ?? []])));
      const proof = unwrap(inclusionFromTiles(index, size, unwrap(checkedTiles(size, root, read))));
      expect(code(verifyInclusion(some[index % 256] ?? root, index, size, proof, root))).toBe('ok');
    }
    const proof = unwrap(consistencyFromTiles(654_321, size, unwrap(checkedTiles(size, root, shelfReader(shelf)))));
    expect(code(verifyConsistency(654_321, rootAt(654_321), size, root, proof))).toBe('ok');
  });
});

describe('tiles from others', () => {
  const size = 70_000;
  const shelf: TileShelf = new Map();
  shelve(shelf, emptyEdge(), leafHashes(size));
  const root = rootOf(leafHashes(size));
  const reading = (path: string, hashes: readonly Hash[] | undefined) => {
    const changed = new Map(shelf);
    if (hashes === undefined) changed.delete(path);
    else changed.set(path, hashes);
    const tiles = checkedTiles(size, root, shelfReader(changed));
    return tiles.ok ? inclusionFromTiles(300, size, tiles.value) : tiles;
  };

  test('are refused by the tile that is wrong: another hash, another width, none', () => {
    for (const path of ['tile/0/001', 'tile/1/000', 'tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1']) {
      const right = shelf.get(path) ?? expect.fail(path);
      const other = plainSha256(new Uint8Array(1));
      expect(code(reading(path, right)), path).toBe('ok');
      for (const at of [0, right.length - 1]) expect(code(reading(path, right.with(at, other))), path).toBe('bad-proof');
      expect(code(reading(path, right.slice(1))), path).toBe('bad-proof');
      expect(code(reading(path, [...right, other])), path).toBe('bad-proof');
      expect(code(reading(path, right.with(0, other.slice(0, 31) as Hash))), path).toBe('bad-proof');
      expect(code(reading(path, undefined)), path).toBe('not-available');
    }
  });

  test('are refused under the root of another log, another size, or of none', () => {
    const tiles = shelfReader(shelf);
    expect(code(checkedTiles(size, plainSha256(new Uint8Array(1)), tiles))).toBe('bad-proof');
    expect(code(checkedTiles(size - 1, root, tiles))).toBe('not-available');
    expect(code(checkedTiles(0, root, tiles))).toBe('bad-proof');
    const checked = unwrap(checkedTiles(size, root, tiles));
    for (const tile of [
      { level: 0, index: 273, width: 256 },
      { level: 0, index: 273, width: 111 },
      { level: 0, index: 5, width: 17 },
      { level: 3, index: 0, width: 1 },
      { level: 'entries', index: 0, width: 256 },
    ] as const) {
      expect(code(checked(tile)), tilePath(tile)).toBe('not-available');
    }
  });
});
