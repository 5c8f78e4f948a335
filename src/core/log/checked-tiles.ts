/**
 * Tiles from anybody, held against the root of a checkpoint before a hash of them is used.
 *
 * The partial tiles at the right edge add up to the root of the log. Each full tile's own root is a hash of the level
 * above, in a tile that was checked before. So a wrong bit is found in the tile that has it.
 *
 * What a checked proof reads can be asked for beforehand, so that it is fetched in one go: `tilesForInclusion`,
 * `tilesForConsistency`.
 */
import { equal } from '../base/bytes.ts';
import { HASH_BYTES, type Hash } from '../base/hash.ts';
import { invariant, ok, type Result, refuse } from '../base/result.ts';
import { frontierFrom, frontierRoot, rootOver } from './frontier.ts';
import { emptyRoot } from './merkle-hash.ts';
import { TILE_WIDTH, type TileId, tileAt, tileHashes, tilePath } from './tile.ts';
import { consistencyFromTiles, inclusionFromTiles, type TileReader } from './tile-proof.ts';

/** A reader of tiles that are the log's with this size and root; `bad-proof` where one is not, or where the edge is not. */
export function checkedTiles(size: number, root: Hash, tiles: TileReader): Result<TileReader> {
  const edge = checkedEdge(size, root, tiles);
  if (!edge.ok) return edge;
  // Tiles above level 0 are asked for again and again, and are a 256th of all.
  const kept = new Map(edge.value);
  const read: TileReader = (tile) => {
    const path = tilePath(tile);
    const before = kept.get(path);
    if (before !== undefined) return ok(before);
    const hashes = checkedTile(tile, size, tiles, read);
    if (hashes.ok && tile.level !== 0) kept.set(path, hashes.value);
    return hashes;
  };
  return ok(read);
}

/** The partial tiles of a log, one a level at most, highest level first. */
export function edgeTiles(size: number): readonly TileId[] {
  const edge: TileId[] = [];
  for (let level = 0; tileHashes(level, size) > 0; level++) {
    const count = tileHashes(level, size);
    const width = count % TILE_WIDTH;
    if (width > 0) edge.push({ level, index: Math.floor(count / TILE_WIDTH), width });
  }
  return edge.reverse();
}

function checkedEdge(size: number, root: Hash, tiles: TileReader): Result<ReadonlyMap<string, readonly Hash[]>> {
  const edge = new Map<string, readonly Hash[]>();
  const frontier: Hash[] = [];
  for (const tile of edgeTiles(size)) {
    const hashes = wholeTile(tile, tiles);
    if (!hashes.ok) return hashes;
    edge.set(tilePath(tile), hashes.value);
    frontier.push(...subtreeRoots(hashes.value));
  }
  const whole = frontierFrom(size, frontier);
  if (!whole.ok) return whole;
  return equal(frontierRoot(whole.value), root) ? ok(edge) : refuse('bad-proof', 'the partial tiles do not add up to the root of the log');
}

/** The roots of the perfect subtrees that a partial tile falls into, largest first. */
function subtreeRoots(hashes: readonly Hash[]): readonly Hash[] {
  const roots: Hash[] = [];
  let from = 0;
  for (let span = TILE_WIDTH / 2; span >= 1; span /= 2) {
    if (from + span > hashes.length) continue;
    roots.push(rootOver(hashes.slice(from, from + span)));
    from += span;
  }
  return roots;
}

/** A full tile, by its hash in the level above. */
function checkedTile(tile: TileId, size: number, tiles: TileReader, checked: TileReader): Result<readonly Hash[]> {
  const parent = parentOf(tile, size);
  if (parent === undefined) return refuse('not-available', `a log of ${size} has no ${tilePath(tile)}`);
  const above = checked(parent);
  if (!above.ok) return above;
  const hashes = wholeTile(tile, tiles);
  if (!hashes.ok) return hashes;
  const expected = above.value[tile.index % TILE_WIDTH];
  invariant(expected !== undefined, 'a full tile has its hash in the level above');
  return equal(rootOver(hashes.value), expected) ? hashes : refuse('bad-proof', `${tilePath(tile)} is not the log’s`);
}

/** The tile with the hash of this full one; `undefined` if the log has no such full tile of hashes. */
function parentOf({ level, index, width }: TileId, size: number): TileId | undefined {
  if (level === 'entries' || width !== TILE_WIDTH || index >= tileHashes(level + 1, size)) return undefined;
  return tileAt(level + 1, Math.floor(index / TILE_WIDTH), size);
}

/** A tile from the reader, which may hand out anything. */
function wholeTile(tile: TileId, tiles: TileReader): Result<readonly Hash[]> {
  const hashes = tiles(tile);
  if (!hashes.ok) return hashes;
  const isWhole = hashes.value.length === tile.width && hashes.value.every((hash) => hash.length === HASH_BYTES);
  return isWhole ? hashes : refuse('bad-proof', `${tilePath(tile)} has another width`);
}

/** The tiles that the inclusion proof of a leaf reads, and those that they are checked by, which come first. */
export function tilesForInclusion(index: number, size: number): readonly TileId[] {
  return tilesRead(size, (tiles) => inclusionFromTiles(index, size, tiles));
}

/** Likewise for the proof that the log of `newSize` leaves extends the one of `oldSize`. */
export function tilesForConsistency(oldSize: number, newSize: number): readonly TileId[] {
  return tilesRead(newSize, (tiles) => consistencyFromTiles(oldSize, newSize, tiles));
}

/** Stands for any hash; the root of nothing is at hand. */
const NO_HASH = emptyRoot;

function tilesRead(size: number, make: (tiles: TileReader) => Result<unknown>): readonly TileId[] {
  const found = new Map<string, TileId>();
  const add = (tile: TileId | undefined): void => {
    if (tile === undefined || found.has(tilePath(tile))) return;
    add(parentOf(tile, size));
    found.set(tilePath(tile), tile);
  };
  for (const tile of edgeTiles(size)) add(tile);
  // Made from placeholders: which tiles a proof reads depends on sizes alone.
  make((tile) => {
    add(tile);
    return ok(Array.from({ length: tile.width }, () => NO_HASH));
  });
  return [...found.values()];
}
