/**
 * Where the hashes of a log lie: node (level, index) is the root over leaves index · 2^level up to (index + 1) · 2^level,
 * a perfect subtree. Proofs are made from these and from nothing else, so whoever keeps or fetches them can make proofs.
 *
 * Sizes and indexes go up to 2^53 − 1, hence division where 32-bit shifts would do for less.
 */
import type { Hash } from '../base/hash.ts';
import { nodeHash } from './merkle-hash.ts';

/** Gives the hash of a perfect subtree, level 0 being the leaf hashes; `undefined` if it is not held. */
export type HashReader = (level: number, index: number) => Hash | undefined;

/** A reader over all leaf hashes of a log, made once: as many hashes again as there are leaves. */
export function hashReader(leafHashes: readonly Hash[]): HashReader {
  const levels: (readonly Hash[])[] = [leafHashes];
  for (let below = leafHashes; below.length > 1; ) {
    below = parents(below);
    levels.push(below);
  }
  return (level, index) => levels[level]?.[index];
}

function parents(below: readonly Hash[]): readonly Hash[] {
  const above: Hash[] = [];
  for (let i = 0; i + 1 < below.length; i += 2) {
    const left = below[i];
    const right = below[i + 1];
    if (left !== undefined && right !== undefined) above.push(nodeHash(left, right));
  }
  return above;
}

/** The largest power of two below `count` (≥ 2): where RFC 6962 splits a tree. */
export function splitPoint(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/**
 * The root over the leaves from `begin` up to `end`, where `begin` is a multiple of a power of two that is ≥ end − begin:
 * true for each subtree that a proof names. `undefined` if a hash is not held.
 */
export function rangeRoot(begin: number, end: number, reader: HashReader): Hash | undefined {
  const parts: Hash[] = [];
  for (let from = begin; from < end; ) {
    const { width, level } = widestWithin(end - from);
    const part = reader(level, from / width);
    if (part === undefined) return undefined;
    parts.push(part);
    from += width;
  }
  return parts.reduceRight<Hash | undefined>((root, part) => (root === undefined ? part : nodeHash(part, root)), undefined);
}

/** The widest perfect subtree of at most `count` (≥ 1) leaves. */
function widestWithin(count: number): { width: number; level: number } {
  let width = 1;
  let level = 0;
  while (width * 2 <= count) {
    width *= 2;
    level += 1;
  }
  return { width, level };
}
