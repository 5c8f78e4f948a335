/**
 * Entry bundles (C2SP tlog-tiles, "Log entries"): up to 256 leaves in order, the unit of storage, of catch-up and of publication.
 *
 * ```
 * bundle = leaf*        leaf = length, 2 bytes big-endian ‖ that many bytes
 * ```
 *
 * A newcomer holds the root hashes of all full bundles and the leaf hashes of the last, partial one: 32 bytes per 256
 * leaves. Checked once against the certified log root (`rootFromBundleRoots`), they let it verify each bundle on its own,
 * in any order and from any peer (`openBundle`, `openPartialBundle`).
 *
 * https://c2sp.org/tlog-tiles
 */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { BUNDLE_LEAVES, TRANSACTION_BYTES_MAX } from '../base/limits.ts';
import { invariant, ok, type Result, refuse } from '../base/result.ts';
import { appendLeaves, emptyFrontier, frontierRoot, rootOver } from './frontier.ts';
import { leafHash } from './merkle-hash.ts';

const LENGTH_BYTES = 2;
/** A full bundle of the longest leaves; about 16 MiB. */
export const BUNDLE_BYTES_MAX = BUNDLE_LEAVES * (LENGTH_BYTES + TRANSACTION_BYTES_MAX);

/** The bytes of up to 256 leaves, each of at most 65,535 bytes. */
export function encodeBundle(leaves: readonly Uint8Array[]): Uint8Array {
  invariant(leaves.length <= BUNDLE_LEAVES, 'a bundle has at most 256 leaves');
  const out = new Uint8Array(leaves.reduce((total, leaf) => total + LENGTH_BYTES + leaf.length, 0));
  let offset = 0;
  for (const leaf of leaves) {
    invariant(leaf.length <= TRANSACTION_BYTES_MAX, 'the length of a leaf fits 16 bits');
    out[offset] = leaf.length >> 8;
    out[offset + 1] = leaf.length & 0xff;
    out.set(leaf, offset + LENGTH_BYTES);
    offset += LENGTH_BYTES + leaf.length;
  }
  return out;
}

/** The leaves of a bundle that must hold exactly `expectedCount` of them, as views into `bytes`. */
export function decodeBundle(bytes: Uint8Array, expectedCount: number): Result<readonly Uint8Array[]> {
  invariant(expectedCount >= 0 && expectedCount <= BUNDLE_LEAVES, 'a bundle has at most 256 leaves');
  const leaves = decodeLeaves(bytes);
  if (!leaves.ok || leaves.value.length === expectedCount) return leaves;
  return refuse('malformed', `a bundle of ${leaves.value.length} leaves, not ${expectedCount}`);
}

/** The leaves of a bundle, however many it holds, as views into `bytes`. */
export function decodeLeaves(bytes: Uint8Array): Result<readonly Uint8Array[]> {
  if (bytes.length > BUNDLE_BYTES_MAX) return refuse('too-large', `${bytes.length} bytes are more than any bundle has`);
  const leaves: Uint8Array[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const start = offset + LENGTH_BYTES;
    const end = start + ((bytes[offset] ?? 0) << 8) + (bytes[offset + 1] ?? 0);
    if (start > bytes.length || end > bytes.length) return refuse('malformed', `bundle ends inside leaf ${leaves.length}`);
    if (leaves.length === BUNDLE_LEAVES) return refuse('malformed', `bytes left over after ${BUNDLE_LEAVES} leaves`);
    leaves.push(bytes.subarray(start, end));
    offset = end;
  }
  return ok(leaves);
}

/** The root over the 256 leaf hashes of a full bundle. */
export function bundleRoot(leafHashes: readonly Hash[]): Hash {
  invariant(leafHashes.length === BUNDLE_LEAVES, 'a full bundle has 256 leaves');
  return rootOver(leafHashes);
}

/** The log root that the roots of all full bundles and the leaf hashes of the last, partial bundle (0 to 255) stand for. */
export function rootFromBundleRoots(fullBundleRoots: readonly Hash[], partialBundleLeafHashes: readonly Hash[]): Hash {
  invariant(partialBundleLeafHashes.length < BUNDLE_LEAVES, 'a partial bundle has fewer than 256 leaves');
  // A tree over bundle roots has the shape of the upper part of the log, so its frontier is the log's at 256 times the size.
  const upper = appendLeaves(emptyFrontier(), fullBundleRoots);
  return frontierRoot(appendLeaves({ size: upper.size * BUNDLE_LEAVES, hashes: upper.hashes }, partialBundleLeafHashes));
}

/** What a verified bundle holds: its leaves as views into the bytes that came, and their hashes. */
export interface OpenedBundle {
  readonly leaves: readonly Uint8Array[];
  readonly leafHashes: readonly Hash[];
}

/** Takes a full bundle from anybody if its root is the expected one; else `malformed` or `bad-proof`. */
export function openBundle(bytes: Uint8Array, expectedRoot: Hash): Result<OpenedBundle> {
  const opened = open(bytes, BUNDLE_LEAVES);
  if (!opened.ok || equal(bundleRoot(opened.value.leafHashes), expectedRoot)) return opened;
  return refuse('bad-proof', 'the root of a bundle is not the expected one');
}

/** Takes the last, partial bundle from anybody if its leaves have the expected hashes; else `malformed` or `bad-proof`. */
export function openPartialBundle(bytes: Uint8Array, expectedLeafHashes: readonly Hash[]): Result<OpenedBundle> {
  const opened = open(bytes, expectedLeafHashes.length);
  if (!opened.ok) return opened;
  const wrong = opened.value.leafHashes.findIndex((hash, i) => expectedLeafHashes[i] === undefined || !equal(hash, expectedLeafHashes[i]));
  return wrong === -1 ? opened : refuse('bad-proof', `leaf ${wrong} of a bundle is not the expected one`);
}

function open(bytes: Uint8Array, count: number): Result<OpenedBundle> {
  const leaves = decodeBundle(bytes, count);
  return leaves.ok ? ok({ leaves: leaves.value, leafHashes: leaves.value.map(leafHash) }) : leaves;
}
