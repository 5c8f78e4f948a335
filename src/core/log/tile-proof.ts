/**
 * Proofs out of tiles, for whoever holds or fetches nothing but these. What is read here is believed: tiles from others go
 * through `checkedTiles` first.
 */
import type { Hash } from '../base/hash.ts';
import { ok, type Refusal, type Result, refuse } from '../base/result.ts';
import { rootOver } from './frontier.ts';
import { consistencyProof, inclusionProof, type Proof } from './proof.ts';
import type { HashReader } from './subtree.ts';
import { TILE_HEIGHT, TILE_WIDTH, type TileId, tileAt } from './tile.ts';

/** Gives the hashes of a tile, or says why not: `not-available` where it is not held. */
export type TileReader = (tile: TileId) => Result<readonly Hash[]>;

/** The proof that leaf `index` is in the log of `size` leaves; refused as the reader refuses. */
export function inclusionFromTiles(index: number, size: number, tiles: TileReader): Result<Proof> {
  return fromTiles(size, tiles, (reader) => inclusionProof(index, size, reader));
}

/** The proof that the log of `newSize` leaves extends the log of `oldSize` (≥ 1); refused as the reader refuses. */
export function consistencyFromTiles(oldSize: number, newSize: number, tiles: TileReader): Result<Proof> {
  return fromTiles(newSize, tiles, (reader) => consistencyProof(oldSize, newSize, reader));
}

function fromTiles(size: number, tiles: TileReader, make: (reader: HashReader) => Result<Proof>): Result<Proof> {
  let refused: Refusal | undefined;
  const proof = make((level, index) => {
    const hash = hashFromTiles(level, index, size, tiles);
    if (hash.ok) return hash.value;
    refused ??= hash.refusal;
    return undefined;
  });
  return refused === undefined ? proof : { ok: false, refusal: refused };
}

/** Node (level, index) of the Merkle tree, out of the tile that spans it. */
function hashFromTiles(level: number, index: number, size: number, tiles: TileReader): Result<Hash> {
  const tileLevel = Math.floor(level / TILE_HEIGHT);
  const span = 2 ** (level % TILE_HEIGHT);
  const first = index * span;
  const tile = tileAt(tileLevel, Math.floor(first / TILE_WIDTH), size);
  const from = first % TILE_WIDTH;
  if (tile === undefined || from + span > tile.width) return refuse('not-available', `no node ${index} at level ${level}`);
  const hashes = tiles(tile);
  return hashes.ok ? ok(rootOver(hashes.value.slice(from, from + span))) : hashes;
}
