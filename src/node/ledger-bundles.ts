/**
 * Bundles of leaves on disk, with their bodies. What is read to be used here is held against the log first, bodies
 * included, so that a damaged disk is found out and never believed; what is only passed on is checked by whoever gets it.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { BUNDLE_LEAVES } from '../core/base/limits.ts';
import { ok, RefusalError, type Result, refuse } from '../core/base/result.ts';
import { checkBundleBodies } from '../core/codec/bundle-bodies.ts';
import { decode } from '../core/codec/codec.ts';
import { bundleBodies, type LeafBodies, SYNC_ITEM_BYTES_MAX } from '../core/codec/sync-message.ts';
import type { ChainPoint } from '../core/consensus/execute.ts';
import { bundleRoot, decodeLeaves } from '../core/log/bundle.ts';
import { appendLeaves, emptyFrontier } from '../core/log/frontier.ts';
import { leafHash } from '../core/log/merkle-hash.ts';
import type { Space } from './ports.ts';

/** Bundles kept decoded: pages of entries are read one after the other from few of them. */
const BUNDLES_KEPT = 4;
/** A longer one is not kept. */
const KEPT_BYTES_MAX = 1024 * 1024;

/** One leaf with its place and bodies. */
export interface LedgerLeaf {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly bodies: LeafBodies;
}

/** A bundle and its bodies, as they are stored and sent. */
export interface StoredBundle {
  readonly index: number;
  readonly bundle: Uint8Array;
  readonly bodies: Uint8Array;
}

/** What a bundle is held against. */
export interface BundleView {
  readonly base: ChainPoint;
  readonly complete: boolean;
  /** Roots of the full bundles of the base; none while they are not known. */
  readonly roots: readonly Hash[];
}

export class StoredBundles {
  readonly #space: Space;
  /** Bundles decoded lately, oldest first. */
  readonly #kept = new Map<number, { readonly base: ChainPoint; readonly leaves: readonly LedgerLeaf[] }>();
  /** How often bundles were forgotten: what was read before is not kept after. */
  #forgotten = 0;

  constructor(space: Space) {
    this.#space = space;
  }

  /** A bundle as it is stored; `undefined` where it is missing. */
  async row(index: number): Promise<StoredBundle | undefined> {
    const [bundle, bodies] = await Promise.all([this.#space.get('bundles', index), this.#space.get('bodies', index)]);
    return bundle === undefined || bodies === undefined ? undefined : { index, bundle, bodies };
  }

  forget(indexes: Iterable<number>): void {
    this.#forgotten += 1;
    for (const index of indexes) this.#kept.delete(index);
  }

  /**
   * The leaves that a bundle has below the base, verified. While history is being filled in, what is not here or not right
   * counts as missing, and there are none; afterwards it throws `storage-corrupt`.
   */
  async leaves(index: number, view: BundleView): Promise<readonly LedgerLeaf[]> {
    const kept = this.#kept.get(index);
    // A full bundle’s leaves never change, and its bodies only as they are erased; the last one has more leaves after each fold.
    if (kept !== undefined && (kept.base === view.base || kept.leaves.length === BUNDLE_LEAVES)) return kept.leaves;
    const forgotten = this.#forgotten;
    const row = await this.row(index);
    const read = row === undefined ? refuse('storage-corrupt', `bundle ${index} is gone`) : verifiedLeaves(row, view);
    if (!read.ok && view.complete) throw new RefusalError({ ...read.refusal, code: 'storage-corrupt' });
    if (row === undefined || !read.ok) return [];
    // What is still being filled in may come again, with more of its bodies.
    if (forgotten === this.#forgotten && view.complete && row.bundle.length + row.bodies.length <= KEPT_BYTES_MAX)
      this.#keep(index, { base: view.base, leaves: read.value });
    return read.value;
  }

  #keep(index: number, decoded: { readonly base: ChainPoint; readonly leaves: readonly LedgerLeaf[] }): void {
    this.#kept.delete(index);
    this.#kept.set(index, decoded);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > BUNDLES_KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }
}

/** How many leaves a bundle has in a log. */
export function countIn(size: number, bundle: number): number {
  return Math.max(0, Math.min(BUNDLE_LEAVES, size - bundle * BUNDLE_LEAVES));
}

/** The row may have grown since the view was taken: the leaves beyond it are left out, though their bodies are checked too. */
function verifiedLeaves({ index, bundle, bodies }: StoredBundle, view: BundleView): Result<readonly LedgerLeaf[]> {
  const first = index * BUNDLE_LEAVES;
  const all = decodeLeaves(bundle);
  if (!all.ok) return all;
  const leaves = all.value.slice(0, countIn(view.base.header.logSize, index));
  if (!isOfLog(leaves.map(leafHash), index, view)) return refuse('bad-proof', `bundle ${index} is not the log’s`);
  const checked = checkBundleBodies(first, all.value, bodies);
  const held = checked.ok ? decode(bundleBodies, bodies, SYNC_ITEM_BYTES_MAX) : checked;
  return held.ok ? ok(leaves.map((bytes, i) => ({ index: first + i, bytes, bodies: held.value[i] ?? [] }))) : held;
}

function isOfLog(hashes: readonly Hash[], index: number, { base, roots }: BundleView): boolean {
  const { size, hashes: frontier } = base.frontier;
  if (hashes.length !== countIn(size, index)) return false;
  if (hashes.length < BUNDLE_LEAVES) return isEndOf(appendLeaves(emptyFrontier(), hashes).hashes, frontier);
  const root = roots[index];
  return root !== undefined && equal(bundleRoot(hashes), root);
}

/** The last, partial bundle makes up the small end of the frontier. */
function isEndOf(hashes: readonly Hash[], frontier: readonly Hash[]): boolean {
  return hashes.every((hash, i) => {
    const expected = frontier[frontier.length - hashes.length + i];
    return expected !== undefined && equal(hash, expected);
  });
}
