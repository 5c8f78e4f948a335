/**
 * The frontier of a log: the hashes of the perfect subtrees that its leaves fall into, largest first.
 *
 * ```
 * 7 leaves = 4 + 2 + 1:        root = node(a, node(b, c))
 *      a        b    c
 *    /   \     / \   |
 *   · · · ·   ·   ·  ·
 * ```
 *
 * That is all a node must keep to append leaves and to know the root: at most 53 hashes, one for each bit set in the size.
 * A frontier is a value; appending gives a new one, so that an unfinalised block can be tried on a copy at no cost.
 */
import { HASH_BYTES, type Hash } from '../base/hash.ts';
import { ok, type Result, refuse } from '../base/result.ts';
import { emptyRoot, nodeHash } from './merkle-hash.ts';

export interface Frontier {
  /** Number of leaves. */
  readonly size: number;
  /** One for each bit set in `size`, largest subtree first. */
  readonly hashes: readonly Hash[];
}

const EMPTY: Frontier = { size: 0, hashes: [] };

/** The frontier of a log without leaves. */
export function emptyFrontier(): Frontier {
  return EMPTY;
}

/** The frontier with one more leaf; on average one hash. */
export function appendLeaf(frontier: Frontier, leaf: Hash): Frontier {
  const hashes = frontier.hashes.slice();
  push(hashes, frontier.size, leaf);
  return { size: frontier.size + 1, hashes };
}

/** The frontier with more leaves, in order: one copy for all of them. */
export function appendLeaves(frontier: Frontier, leaves: readonly Hash[]): Frontier {
  const hashes = frontier.hashes.slice();
  leaves.forEach((leaf, i) => push(hashes, frontier.size + i, leaf));
  return { size: frontier.size + leaves.length, hashes };
}

/** Adds a leaf to a tree of `size` leaves: as in adding 1 to a number, each trailing 1 bit is a subtree that carries over. */
function push(hashes: Hash[], size: number, leaf: Hash): void {
  let carried = leaf;
  for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
    const left = hashes.pop();
    if (left === undefined) throw new Error('broken invariant: a frontier has a hash for each bit of its size');
    carried = nodeHash(left, carried);
  }
  hashes.push(carried);
}

/** The root of the log (RFC 6962 §2.1). */
export function frontierRoot(frontier: Frontier): Hash {
  return (
    frontier.hashes.reduceRight<Hash | undefined>((root, hash) => (root === undefined ? hash : nodeHash(hash, root)), undefined) ??
    emptyRoot
  );
}

/** The root over hashes of one level, in order: of leaves, or of subtrees of equal size. */
export function rootOver(hashes: readonly Hash[]): Hash {
  return frontierRoot(appendLeaves(emptyFrontier(), hashes));
}

/** Takes a size and hashes from outside as a frontier; refused if they cannot belong together. Says nothing about the root. */
export function frontierFrom(size: number, hashes: readonly Hash[]): Result<Frontier> {
  if (!Number.isSafeInteger(size) || size < 0) return refuse('malformed', `${size} is no size of a log`);
  const expected = bitsSet(size);
  if (hashes.length !== expected) return refuse('malformed', `a log of ${size} has ${expected} frontier hashes, not ${hashes.length}`);
  if (!hashes.every((hash) => hash.length === HASH_BYTES)) return refuse('malformed', `a frontier hash is not ${HASH_BYTES} bytes`);
  return ok({ size, hashes: hashes.slice() });
}

function bitsSet(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
