/**
 * Ed25519 public keys and the rule by which a signature counts (DESIGN §3), the same on every engine.
 *
 * A key is admitted only if it decodes canonically, is not of small order and is free of torsion. For admitted keys the
 * cofactored (ZIP 215) and the cofactorless equation differ only on signatures whose R has torsion; those that a native
 * verifier rejects are decided by `verifyZip215` where the whole group must agree (blocks and votes).
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { equal, toHex } from './bytes.ts';
import { type Hash, TAGS, taggedHash } from './hash.ts';

declare const publicKeyBrand: unique symbol;
declare const signatureBrand: unique symbol;
/** 32 bytes of an Ed25519 public key; says nothing about admission. */
export type PublicKey = Uint8Array & { readonly [publicKeyBrand]: true };
/** 64 bytes: R ‖ S. */
export type Signature = Uint8Array & { readonly [signatureBrand]: true };

/** One signature to check before the value that carries it counts as verified. */
export interface SignatureCheck {
  readonly key: PublicKey;
  readonly message: Uint8Array;
  readonly signature: Signature;
}

export const PUBLIC_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** Sound keys that are remembered: the same few are asked about at every admission, handshake and replay. About 100 bytes each. */
const SOUND_KEYS_MAX = 4096;
const soundKeys = new Set<string>();

/** True if the key may act for somebody: canonical, not of small order, torsion-free. About 0.3 ms the first time. */
export function isAdmissibleKey(key: Uint8Array): boolean {
  if (key.length !== PUBLIC_KEY_BYTES) return false;
  const name = toHex(key);
  if (soundKeys.has(name)) return true;
  if (!isSoundPoint(key)) return false;
  soundKeys.add(name);
  const [oldest] = soundKeys;
  if (soundKeys.size > SOUND_KEYS_MAX && oldest !== undefined) soundKeys.delete(oldest);
  return true;
}

function isSoundPoint(key: Uint8Array): boolean {
  try {
    const point = ed25519.Point.fromBytes(key, false);
    return equal(point.toBytes(), key) && !point.isSmallOrder() && point.isTorsionFree();
  } catch {
    return false;
  }
}

// L = 2^252 + 27742317777372353535851937790883648493, little-endian as S is (RFC 8032 §5.1.7).
const GROUP_ORDER_LE = Uint8Array.from([
  0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0x10,
]);

/** Lengths, and S < L: the part of the rule that comes before any curve arithmetic. */
export function isWellFormedSignature(key: Uint8Array, signature: Uint8Array): boolean {
  if (key.length !== PUBLIC_KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  for (let i = PUBLIC_KEY_BYTES - 1; i >= 0; i--) {
    const difference = (signature[32 + i] ?? 0) - (GROUP_ORDER_LE[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** The cofactored equation of ZIP 215; decides signatures in blocks and votes that a native verifier rejected. */
export function verifyZip215(key: PublicKey, message: Uint8Array, signature: Signature): boolean {
  if (!isWellFormedSignature(key, signature)) return false;
  try {
    return ed25519.verify(signature, message, key, { zip215: true });
  } catch {
    return false;
  }
}

/** The public half of a 32-byte Ed25519 seed. */
export function publicKeyOf(seed: Uint8Array): PublicKey {
  return ed25519.getPublicKey(seed) as PublicKey;
}

/** Signs with a 32-byte seed held in memory: for keys that are derived on the spot, such as an invitation's. */
export function signWithSeed(seed: Uint8Array, message: Uint8Array): Signature {
  return ed25519.sign(message, seed) as Signature;
}

/** What a genesis or `join` registers of the next node key, so that whoever steals today's key learns nothing of tomorrow's (DESIGN §5). */
export function nextKeyDigest(next: PublicKey): Hash {
  return taggedHash(TAGS.nextKey, next);
}

/** Takes 32 bytes as a public key; `undefined` if the length differs. Says nothing about admission. */
export function asPublicKey(bytes: Uint8Array): PublicKey | undefined {
  return bytes.length === PUBLIC_KEY_BYTES ? (bytes as PublicKey) : undefined;
}
