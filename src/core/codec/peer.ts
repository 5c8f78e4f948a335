/**
 * libp2p peer ids in few bytes: one of an Ed25519 key, which every process of this project has, is its 32 key bytes.
 *
 * ```
 * 12D3KooW…  = base58btc( 00 24 08 01 12 20 ‖ public key, 32 bytes )          32 bytes: the public key
 * any other                                                              1 to 128 bytes, not 32: the text in ASCII
 * ```
 *
 * https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md
 */
import { base58 } from '@scure/base';
import { concat, equal, fromUtf8, utf8 } from '../base/bytes.ts';
import { PUBLIC_KEY_BYTES } from '../base/key.ts';
import { invariant } from '../base/result.ts';
import { bytes, mapped, named } from './codec.ts';

/** Longer than the text of any peer id in use (a CID of an RSA key's hash has 59). */
export const PEER_ID_CHARACTERS_MAX = 128;
const PEER_ID_TEXT = /^[A-Za-z0-9]+$/;
/** Identity multihash of 36 bytes; protobuf: key type 1 (Ed25519), key of 32 bytes. */
const ED25519_PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);

/** A peer id in its text form. */
export const linkPeer = named(
  'link-peer',
  mapped(bytes(PEER_ID_CHARACTERS_MAX, 1), printCanonical, compact, 'not a peer id in its shortest form'),
);

/** True if the text can stand as a peer id in a link. 32 characters are no peer id's length, and mark a key in bytes. */
export function isPeerIdText(peer: string): boolean {
  return PEER_ID_TEXT.test(peer) && peer.length <= PEER_ID_CHARACTERS_MAX && peer.length !== PUBLIC_KEY_BYTES;
}

function printCanonical(value: Uint8Array): string | undefined {
  if (value.length === PUBLIC_KEY_BYTES) return base58.encode(concat(ED25519_PREFIX, value));
  const peer = fromUtf8(value);
  return peer !== undefined && isPeerIdText(peer) && compact(peer).length !== PUBLIC_KEY_BYTES ? peer : undefined;
}

function compact(peer: string): Uint8Array {
  invariant(isPeerIdText(peer), 'a peer id is letters and digits');
  const decoded = peer.startsWith('12D3KooW') ? fromBase58(peer) : undefined;
  const isEd25519 =
    decoded?.length === ED25519_PREFIX.length + PUBLIC_KEY_BYTES && equal(decoded.subarray(0, ED25519_PREFIX.length), ED25519_PREFIX);
  return isEd25519 ? decoded.subarray(ED25519_PREFIX.length) : utf8(peer);
}

function fromBase58(text: string): Uint8Array | undefined {
  try {
    return base58.decode(text);
  } catch {
    return undefined;
  }
}
