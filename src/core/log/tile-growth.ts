/**
 * A log's tiles as it grows: leaf hashes go in, tiles that are new come out. What must be kept between two blocks is the
 * edge: the partial tile of each level, at most 255 hashes each.
 */
import type { Hash } from '../base/hash.ts';
import { rootOver } from './frontier.ts';
import { TILE_WIDTH, type TileId } from './tile.ts';

/** The right edge of a log: the hashes of each level's partial tile, level 0 first; none where a level is at a full one's end. */
export interface TileEdge {
  /** Leaves. */
  readonly size: number;
  readonly levels: readonly (readonly Hash[])[];
}

export interface Tile {
  readonly id: TileId;
  readonly hashes: readonly Hash[];
}

export interface TileGrowth {
  readonly edge: TileEdge;
  /** Tiles that the log has now and had not before, full ones before the partial one of their level. */
  readonly tiles: readonly Tile[];
}

const EMPTY: TileEdge = { size: 0, levels: [] };

/** The edge of a log without leaves. */
export function emptyEdge(): TileEdge {
  return EMPTY;
}

/** Appends leaves. Partial tiles come for the new size only, not for those in between. */
export function growTiles(edge: TileEdge, leafHashes: readonly Hash[]): TileGrowth {
  const tiles: Tile[] = [];
  const levels: (readonly Hash[])[] = [];
  let added = leafHashes;
  let before = edge.size;
  for (let level = 0; added.length > 0 || level < edge.levels.length; level++) {
    const grown = growLevel(level, before, edge.levels[level] ?? [], added);
    tiles.push(...grown.tiles);
    levels.push(grown.rest);
    added = grown.roots;
    before = Math.floor(before / TILE_WIDTH);
  }
  return { edge: { size: edge.size + leafHashes.length, levels }, tiles };
}

interface LevelGrowth {
  readonly tiles: readonly Tile[];
  /** Of the partial tile that is left. */
  readonly rest: readonly Hash[];
  /** Of the full tiles, which go into the level above. */
  readonly roots: readonly Hash[];
}

/** `before`: hashes that the level had. */
function growLevel(level: number, before: number, partial: readonly Hash[], added: readonly Hash[]): LevelGrowth {
  const tiles: Tile[] = [];
  const roots: Hash[] = [];
  const all = partial.length === 0 ? added : [...partial, ...added];
  let index = Math.floor(before / TILE_WIDTH);
  let from = 0;
  for (; from + TILE_WIDTH <= all.length; from += TILE_WIDTH) {
    const hashes = all.slice(from, from + TILE_WIDTH);
    tiles.push({ id: { level, index, width: TILE_WIDTH }, hashes });
    roots.push(rootOver(hashes));
    index += 1;
  }
  const rest = all.slice(from);
  if (added.length > 0 && rest.length > 0) tiles.push({ id: { level, index, width: rest.length }, hashes: rest });
  return { tiles, rest, roots };
}
