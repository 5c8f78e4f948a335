/**
 * Inclusion and consistency proofs of the log, as RFC 6962 §2.1.1 and §2.1.2 make them and RFC 9162 §2.1.3.2 and §2.1.4.2
 * verify them. Verifiers take anything from outside and refuse with `bad-proof`; makers refuse with `not-available` where
 * the reader lacks a hash or the question is out of range.
 *
 * The verifier has no size 0, since nothing can be proven about nothing: see `verifyFromEmpty`.
 */
import { equal } from '../base/bytes.ts';
import { HASH_BYTES, type Hash } from '../base/hash.ts';
import { ok, type Result, refuse } from '../base/result.ts';
import { emptyRoot, nodeHash } from './merkle-hash.ts';
import { type HashReader, rangeRoot, splitPoint } from './subtree.ts';

export type Proof = readonly Hash[];

/** A tree of 2^53 leaves has 53 levels; a consistency proof has one hash more than levels. */
export const PROOF_HASHES_MAX = 54;

/** The proof that leaf `index` is in the log of `size` leaves. */
export function inclusionProof(index: number, size: number, reader: HashReader): Result<Proof> {
  if (!isSize(size) || !isSize(index + 1) || index >= size) return refuse('not-available', `no leaf ${index} in a log of ${size}`);
  const path: (Hash | undefined)[] = [];
  let begin = 0;
  let end = size;
  while (end - begin > 1) {
    const middle = begin + splitPoint(end - begin);
    if (index < middle) {
      path.push(rangeRoot(middle, end, reader));
      end = middle;
    } else {
      path.push(rangeRoot(begin, middle, reader));
      begin = middle;
    }
  }
  return whole(path.reverse());
}

/** The proof that the log of `newSize` leaves extends the log of `oldSize` (≥ 1) leaves. */
export function consistencyProof(oldSize: number, newSize: number, reader: HashReader): Result<Proof> {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize)
    return refuse('not-available', `no log of ${oldSize} in a log of ${newSize}`);
  const path: (Hash | undefined)[] = [];
  let begin = 0;
  let end = newSize;
  while (end !== oldSize) {
    const middle = begin + splitPoint(end - begin);
    if (oldSize <= middle) {
      path.push(rangeRoot(middle, end, reader));
      end = middle;
    } else {
      path.push(rangeRoot(begin, middle, reader));
      begin = middle;
    }
  }
  // The verifier knows the old root itself, so the subtree that ends at oldSize is left out where it is the whole old log.
  if (begin > 0) path.push(rangeRoot(begin, end, reader));
  return whole(path.reverse());
}

function whole(path: readonly (Hash | undefined)[]): Result<Proof> {
  const held = path.filter((hash) => hash !== undefined);
  return held.length === path.length ? ok(held) : refuse('not-available', 'a hash that the proof needs is not held');
}

/** Accepts if `leaf` is the hash of leaf `index` of the log with this size and root. */
export function verifyInclusion(leaf: Hash, index: number, size: number, proof: Proof, root: Hash): Result<void> {
  if (!isSize(size) || !isSize(index + 1) || index >= size) return refuse('bad-proof', `no leaf ${index} in a log of ${size}`);
  if (!areHashes([leaf, root]) || !isProof(proof)) return refuse('bad-proof', 'not hashes');
  let position = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return refuse('bad-proof', 'the proof is too long');
    if (isOdd(position) || position === last) {
      hash = nodeHash(sibling, hash);
      [position, last] = climbToLeftEdge(position, last);
    } else {
      hash = nodeHash(hash, sibling);
    }
    position = half(position);
    last = half(last);
  }
  if (last !== 0) return refuse('bad-proof', 'the proof is too short');
  return equal(hash, root) ? ok(undefined) : refuse('bad-proof', 'the proof leads to another root');
}

/** Accepts if the log with the new size and root extends the one with the old size and root. Old size ≥ 1. */
export function verifyConsistency(oldSize: number, oldRoot: Hash, newSize: number, newRoot: Hash, proof: Proof): Result<void> {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) return refuse('bad-proof', `no log of ${oldSize} in a log of ${newSize}`);
  if (!areHashes([oldRoot, newRoot]) || !isProof(proof)) return refuse('bad-proof', 'not hashes');
  if (oldSize === newSize) {
    return proof.length === 0 && equal(oldRoot, newRoot) ? ok(undefined) : refuse('bad-proof', 'the same size, yet something differs');
  }
  // An old log that is one perfect subtree is where the proof starts: its root is known, so it is not in the proof.
  const [start, ...rest] = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof;
  if (start === undefined || proof.length === 0) return refuse('bad-proof', 'the proof is empty');
  let [position, last] = climbWhileOdd(oldSize - 1, newSize - 1);
  let oldHash = start;
  let newHash = start;
  for (const sibling of rest) {
    if (last === 0) return refuse('bad-proof', 'the proof is too long');
    if (isOdd(position) || position === last) {
      oldHash = nodeHash(sibling, oldHash);
      newHash = nodeHash(sibling, newHash);
      [position, last] = climbToLeftEdge(position, last);
    } else {
      newHash = nodeHash(newHash, sibling);
    }
    position = half(position);
    last = half(last);
  }
  if (last !== 0) return refuse('bad-proof', 'the proof is too short');
  if (!equal(oldHash, oldRoot)) return refuse('bad-proof', 'the proof leads to another old root');
  return equal(newHash, newRoot) ? ok(undefined) : refuse('bad-proof', 'the proof leads to another new root');
}

/**
 * Any log extends the empty one, with an empty proof. Apart from `verifyConsistency`, because a caller must know that this
 * says nothing about the new log: a witness that signed nothing yet asks this question, nobody else (C2SP tlog-witness).
 */
export function verifyFromEmpty(oldRoot: Hash, proof: Proof): Result<void> {
  return equal(oldRoot, emptyRoot) && proof.length === 0 ? ok(undefined) : refuse('bad-proof', 'not the empty log with an empty proof');
}

/** A right-edge node without a sibling rises unchanged until it is a right child; RFC 9162's inner loop "while LSB not set". */
function climbToLeftEdge(position: number, last: number): [number, number] {
  let [p, l] = [position, last];
  while (!isOdd(p) && p !== 0) [p, l] = [half(p), half(l)];
  return [p, l];
}

function climbWhileOdd(position: number, last: number): [number, number] {
  let [p, l] = [position, last];
  while (isOdd(p)) [p, l] = [half(p), half(l)];
  return [p, l];
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}

function isProof(proof: Proof): boolean {
  return proof.length <= PROOF_HASHES_MAX && areHashes(proof);
}

// An empty leaf and an empty root are equal, so lengths are checked, whatever the types promise.
function areHashes(hashes: readonly Hash[]): boolean {
  return hashes.every((hash) => hash.length === HASH_BYTES);
}

function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function half(value: number): number {
  return Math.floor(value / 2);
}

function isPowerOfTwo(value: number): boolean {
  let rest = value;
  while (rest > 1 && !isOdd(rest)) rest = half(rest);
  return rest === 1;
}
