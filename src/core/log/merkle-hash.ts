/**
 * The two hashes of the log, exactly as RFC 6962 §2.1 has them: untagged SHA-256 with one leading byte that keeps leaves
 * and nodes apart. This is the one place of the protocol that hashes without a domain tag, so that the transparency-log
 * tools of others can check our tree.
 *
 * ```
 * leafHash(bytes)         = SHA-256( 0x00 ‖ bytes )
 * nodeHash(left, right)   = SHA-256( 0x01 ‖ left ‖ right )
 * emptyRoot               = SHA-256( nothing )
 * ```
 *
 * Two updates are taken instead of one concatenation because they copy nothing: measured at the speed of a plain
 * `sha256(bytes)`, where the concatenation costs about as much again.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { type Hash, plainSha256 } from '../base/hash.ts';

const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = Uint8Array.of(1);

/** The hash of one leaf of the log. */
export function leafHash(bytes: Uint8Array): Hash {
  return sha256.create().update(LEAF_PREFIX).update(bytes).digest() as Hash;
}

/** The hash of an inner node over its two children. */
export function nodeHash(left: Hash, right: Hash): Hash {
  return sha256.create().update(NODE_PREFIX).update(left).update(right).digest() as Hash;
}

/** The root of the tree without leaves. */
export const emptyRoot: Hash = plainSha256(new Uint8Array(0));
