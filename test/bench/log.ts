/**
 * How fast the log takes leaves, and how fast proofs are made and checked: nothing but the log. Leaves are appended in
 * blocks, hashed, into frontier and tiles, as whoever publishes does. Proofs are of leaves and sizes all over the log.
 */
import { type Hash, plainSha256 } from '../../src/core/base/hash.ts';
import { type Result, unwrap } from '../../src/core/base/result.ts';
import { checkedTiles } from '../../src/core/log/checked-tiles.ts';
import { appendLeaves, emptyFrontier, frontierRoot } from '../../src/core/log/frontier.ts';
import { leafHash } from '../../src/core/log/merkle-hash.ts';
import { consistencyProof, inclusionProof, type Proof, verifyConsistency, verifyInclusion } from '../../src/core/log/proof.ts';
import { hashReader } from '../../src/core/log/subtree.ts';
import { emptyEdge } from '../../src/core/log/tile-growth.ts';
import { consistencyFromTiles, inclusionFromTiles } from '../../src/core/log/tile-proof.ts';
import { shelfReader, shelve, type TileShelf } from '../support/log-tiles.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { type Machine, machine } from './machine.ts';
import { rounded } from './statistics.ts';

const ENTRY_BYTES = 200;
const BLOCK_LEAVES = 100;
/** Of each kind; out of tiles a tile's inner nodes are hashed anew for each. */
const PROOFS = 1000;
const TILE_PROOFS = 100;
const SEED = 3;
/** An inner node hashes two hashes and a byte. */
const NODE_BYTES = 65;

export interface LogReport {
  readonly bench: 'log';
  readonly machine: Machine;
  readonly entries: number;
  readonly entryBytes: number;
  readonly blockLeaves: number;
  readonly tiles: number;
  /** The tiles add up to the root of the frontier, and each proof held. */
  readonly verified: true;
  /** From bytes to frontier and tiles. */
  readonly appendPerSecond: number;
  /** Plain hashes of an inner node's length a second, and what share of them appending comes to: one leaf, one node and one tile node each. */
  readonly hashesPerSecond: number;
  readonly appendRatio: number;
  readonly inclusion: ProofFigures;
  readonly consistency: ProofFigures;
}

export interface ProofFigures {
  readonly proofs: number;
  /** Hashes in a proof, on average. */
  readonly hashes: number;
  /** By whoever holds every hash. */
  readonly provePerSecond: number;
  /** Proofs made so for each that is verified in the same time. */
  readonly proveRatio: number;
  readonly verifyPerSecond: number;
  /** What share of plain hashes of an inner node's length verifying comes to. */
  readonly verifyRatio: number;
  /** Out of tiles alone. */
  readonly proveFromTilesPerSecond: number;
  /** Out of tiles from others, each held against the root before; for each proof anew. */
  readonly proveCheckedPerSecond: number;
}

interface GrownLog {
  readonly hashes: readonly Hash[];
  readonly shelf: TileShelf;
  readonly root: Hash;
}

export function benchLog(entries: number): LogReport {
  const leaves = leavesOf(entries);
  const [appendMs, log] = timed(() => grow(leaves));
  const hashesPerSecond = plainHashesPerSecond();
  const appendPerSecond = perSecond(entries, appendMs);
  return {
    bench: 'log',
    machine: machine(),
    entries,
    entryBytes: ENTRY_BYTES,
    blockLeaves: BLOCK_LEAVES,
    tiles: log.shelf.size,
    verified: true,
    appendPerSecond,
    hashesPerSecond,
    appendRatio: rounded((appendPerSecond * 3) / hashesPerSecond, 2),
    inclusion: inclusionFigures(log),
    consistency: consistencyFigures(log),
  };
}

function leavesOf(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const leaf = new Uint8Array(ENTRY_BYTES);
    new DataView(leaf.buffer).setUint32(0, i);
    return leaf;
  });
}

function grow(leaves: readonly Uint8Array[]): GrownLog {
  const shelf: TileShelf = new Map();
  const hashes: Hash[] = [];
  let frontier = emptyFrontier();
  let edge = emptyEdge();
  for (let from = 0; from < leaves.length; from += BLOCK_LEAVES) {
    const block = leaves.slice(from, from + BLOCK_LEAVES).map(leafHash);
    frontier = appendLeaves(frontier, block);
    edge = shelve(shelf, edge, block);
    hashes.push(...block);
  }
  return { hashes, shelf, root: frontierRoot(frontier) };
}

function plainHashesPerSecond(): number {
  const bytes = new Uint8Array(NODE_BYTES);
  const count = 100_000;
  const [ms] = timed(() => {
    for (let i = 0; i < count; i++) bytes.set(plainSha256(bytes));
  });
  return perSecond(count, ms);
}

function inclusionFigures({ hashes, shelf, root }: GrownLog): ProofFigures {
  const size = hashes.length;
  const held = hashReader(hashes);
  return figures(placesIn(size), {
    held: (index) => inclusionProof(index, size, held),
    tiles: (index) => inclusionFromTiles(index, size, shelfReader(shelf)),
    checked: (index) => inclusionFromTiles(index, size, unwrap(checkedTiles(size, root, shelfReader(shelf)))),
    verify: (index, proof) => verifyInclusion(hashes[index] ?? root, index, size, proof, root),
  });
}

function consistencyFigures({ hashes, shelf, root }: GrownLog): ProofFigures {
  const size = hashes.length;
  const held = hashReader(hashes);
  const sizes = placesIn(size).map((index) => index + 1);
  const oldRoots = rootsAt(hashes, sizes);
  return figures(sizes, {
    held: (old) => consistencyProof(old, size, held),
    tiles: (old) => consistencyFromTiles(old, size, shelfReader(shelf)),
    checked: (old) => consistencyFromTiles(old, size, unwrap(checkedTiles(size, root, shelfReader(shelf)))),
    verify: (old, proof) => verifyConsistency(old, oldRoots.get(old) ?? root, size, root, proof),
  });
}

interface Proving {
  readonly held: (place: number) => Result<Proof>;
  readonly tiles: (place: number) => Result<Proof>;
  readonly checked: (place: number) => Result<Proof>;
  readonly verify: (place: number, proof: Proof) => Result<void>;
}

function figures(places: readonly number[], { held, tiles, checked, verify }: Proving): ProofFigures {
  const few = places.slice(0, TILE_PROOFS);
  const [proveMs, proofs] = timed(() => places.map((place) => unwrap(held(place))));
  const [tilesMs, fromTiles] = timed(() => few.map((place) => unwrap(tiles(place))));
  const [checkedMs, fromChecked] = timed(() => few.map((place) => unwrap(checked(place))));
  const [verifyMs] = timed(() => places.forEach((place, i) => unwrap(verify(place, proofs[i] ?? []))));
  // Taken once more, so that it is of the same moment.
  const hashesPerSecond = plainHashesPerSecond();
  few.forEach((place, i) => {
    for (const proof of [fromTiles[i], fromChecked[i]]) unwrap(verify(place, proof ?? []));
  });
  const hashes = proofs.reduce((sum, proof) => sum + proof.length, 0) / places.length;
  const verifyPerSecond = perSecond(places.length, verifyMs);
  return {
    proofs: places.length,
    hashes: rounded(hashes, 1),
    provePerSecond: perSecond(places.length, proveMs),
    proveRatio: rounded(verifyMs / proveMs, 2),
    verifyPerSecond,
    verifyRatio: rounded((verifyPerSecond * hashes) / hashesPerSecond, 2),
    proveFromTilesPerSecond: perSecond(few.length, tilesMs),
    proveCheckedPerSecond: perSecond(few.length, checkedMs),
  };
}

/** Leaves from all over a log. */
function placesIn(size: number): readonly number[] {
  const random = seededRandom(SEED);
  return Array.from({ length: PROOFS }, () => Math.floor(random() * size));
}

function rootsAt(hashes: readonly Hash[], sizes: readonly number[]): ReadonlyMap<number, Hash> {
  const roots = new Map<number, Hash>();
  let frontier = emptyFrontier();
  for (const size of [...new Set(sizes)].sort((a, b) => a - b)) {
    frontier = appendLeaves(frontier, hashes.slice(frontier.size, size));
    roots.set(size, frontierRoot(frontier));
  }
  return roots;
}

function timed<T>(work: () => T): readonly [number, T] {
  const start = performance.now();
  const value = work();
  return [performance.now() - start, value];
}

function perSecond(count: number, ms: number): number {
  return Math.round((count * 1000) / ms);
}
