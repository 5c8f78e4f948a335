/** A log's tiles in memory, and the leaves under them. */
import { toHex, utf8 } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { ok, refuse } from '../../src/core/base/result.ts';
import { appendLeaves, emptyFrontier, frontierRoot } from '../../src/core/log/frontier.ts';
import { leafHash } from '../../src/core/log/merkle-hash.ts';
import { tilePath } from '../../src/core/log/tile.ts';
import { growTiles, type TileEdge } from '../../src/core/log/tile-growth.ts';
import type { TileReader } from '../../src/core/log/tile-proof.ts';

export type TileShelf = Map<string, readonly Hash[]>;

/** The leaves that every log of these tests begins with. */
export function leafBytes(index: number): Uint8Array {
  return utf8(`leaf ${index}`);
}

/** Grows a log and puts its new tiles on the shelf. */
export function shelve(shelf: TileShelf, edge: TileEdge, leafHashes: readonly Hash[]): TileEdge {
  const grown = growTiles(edge, leafHashes);
  for (const { id, hashes } of grown.tiles) shelf.set(tilePath(id), hashes);
  return grown.edge;
}

export function shelfReader(shelf: ReadonlyMap<string, readonly Hash[]>): TileReader {
  return (tile) => {
    const hashes = shelf.get(tilePath(tile));
    return hashes === undefined ? refuse('not-available', `no ${tilePath(tile)}`) : ok(hashes);
  };
}

const made: Hash[] = [];

/** Hashes of the first leaves, made once for all tests of a file. */
export function leafHashes(count: number): readonly Hash[] {
  for (let i = made.length; i < count; i++) made.push(leafHash(leafBytes(i)));
  return made.slice(0, count);
}

/** Of a log of so many of these leaves. */
export const rootOf = (count: number): Hash => frontierRoot(appendLeaves(emptyFrontier(), leafHashes(count)));

export const hexes = (hashes: readonly Uint8Array[]): readonly string[] => hashes.map(toHex);

/** The bytes with one bit turned. */
export function withBit<Bytes extends Uint8Array>(bytes: Bytes, bit: number): Bytes {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy as Bytes;
}
