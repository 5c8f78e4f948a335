/**
 * Tiles (C2SP tlog-tiles): the log as files that never change. A tile holds up to 256 consecutive hashes of one level;
 * each hash of level 1 and above is the root of a full tile of the level below.
 *
 * ```
 * tile/<level>/<index>              a full tile: 256 hashes of 32 bytes
 * tile/<level>/<index>.p/<width>    a partial one, at the right edge: 1 to 255 hashes
 * tile/entries/<index>[.p/<width>]  the leaves below a tile of level 0, as `bundle.ts` lays them out
 *
 * index: three digits a folder, all but the last with an x: 1234067 is x001/x234/067
 * ```
 *
 * https://c2sp.org/tlog-tiles
 */
import { HASH_BYTES, type Hash } from '../base/hash.ts';
import { BUNDLE_LEAVES } from '../base/limits.ts';
import { invariant, ok, type Result, refuse } from '../base/result.ts';
import { readDecimal } from './decimal.ts';

/** Hashes in a full tile, and leaves in a full bundle. */
export const TILE_WIDTH = BUNDLE_LEAVES;
/** Levels of the Merkle tree in one tile. */
export const TILE_HEIGHT = 8;
/** C2SP's bound; a log of 2^53 leaves has tiles up to level 6. */
const TILE_LEVEL_MAX = 63;
/** Longer paths name no tile of any log. */
const TILE_PATH_CHARACTERS_MAX = 64;

/** Which tile: of hashes at a level, or the entries themselves. */
export interface TileId {
  readonly level: number | 'entries';
  readonly index: number;
  /** Hashes or entries in it, 1 to 256. */
  readonly width: number;
}

/** Where a tile is served, below the log's prefix. */
export function tilePath({ level, index, width }: TileId): string {
  invariant(width >= 1 && width <= TILE_WIDTH && Number.isSafeInteger(index) && index >= 0, 'a tile has 1 to 256 hashes');
  const digits = `${index}`;
  const folders = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.../g) ?? [];
  const path = folders.map((folder, i) => (i < folders.length - 1 ? `x${folder}` : folder)).join('/');
  return `tile/${level}/${path}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

/** Reads a path; `malformed` if it is not the one spelling of a tile's. */
export function readTilePath(path: string): Result<TileId> {
  const match = path.length <= TILE_PATH_CHARACTERS_MAX ? /^tile\/([^/]+)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/.exec(path) : null;
  const [, levelText = '', folders = '', widthText] = match ?? [];
  const level = readLevel(levelText);
  const index = Number(folders.replaceAll(/[x/]/g, ''));
  const width = widthText === undefined ? TILE_WIDTH : (readDecimal(widthText) ?? 0);
  if (match === null || level === undefined || !Number.isSafeInteger(index) || width < 1 || width > TILE_WIDTH)
    return refuse('malformed', 'not the path of a tile');
  const tile = { level, index, width };
  return tilePath(tile) === path ? ok(tile) : refuse('malformed', 'not the one spelling of a tile’s path');
}

function readLevel(text: string): TileId['level'] | undefined {
  if (text === 'entries') return text;
  const level = readDecimal(text);
  return level !== undefined && level <= TILE_LEVEL_MAX ? level : undefined;
}

/** The bytes of a tile of hashes. */
export function encodeTile(hashes: readonly Hash[]): Uint8Array {
  invariant(hashes.length >= 1 && hashes.length <= TILE_WIDTH, 'a tile has 1 to 256 hashes');
  const out = new Uint8Array(hashes.length * HASH_BYTES);
  hashes.forEach((hash, i) => out.set(hash, i * HASH_BYTES));
  return out;
}

/** The hashes of a tile that must have this width, as views into `bytes`; says nothing about the tree. */
export function decodeTile(bytes: Uint8Array, width: number): Result<readonly Hash[]> {
  if (bytes.length !== width * HASH_BYTES) return refuse('malformed', `a tile of ${width} hashes has not ${bytes.length} bytes`);
  return ok(Array.from({ length: width }, (_, i) => bytes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES) as Hash));
}

/** Hashes that a log of this size has at a tile level. */
export function tileHashes(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** The tile of a level and index as a log of this size has it, full or partial; `undefined` if it has none there. */
export function tileAt(level: number | 'entries', index: number, size: number): TileId | undefined {
  const width = Math.min(TILE_WIDTH, tileHashes(level === 'entries' ? 0 : level, size) - index * TILE_WIDTH);
  return width > 0 ? { level, index, width } : undefined;
}
