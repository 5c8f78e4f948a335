/**
 * What two nodes of one chain say to each other before anything else (DESIGN §8), and the texts that they sign.
 *
 * ```
 * opener                                   acceptor
 *   available  chain, nonce, HMAC  ──────▶            1. without the network key nothing is answered
 *              ◀────── identity, nonce  answer        2. who are you, on which chain, at which tip
 *   prove  identity, invitation?, signature ──────▶   4. each challenges the other by its nonce
 *              ◀── access, invitation?, key?, signature  grant
 *   accept  access, key?, signature ──────▶           5. the session lives
 * ```
 *
 * In place of any frame but the first two either side may send `refused` with its reason, and end; to somebody who was
 * shut out and has shown its key, with the proof of it (`farewell.ts`). Every signature covers all frames before it and the rest of its own, so a frame that was altered on the way leaves no session behind.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { uint64, utf8 } from '../base/bytes.ts';
import { type Hash, TAGS, taggedHash, taggedMessage } from '../base/hash.ts';
import type { PublicKey } from '../base/key.ts';
import { NETWORK_KEY_BYTES, PEER_ID_BYTES_MAX, PROTOCOL_VERSIONS_MAX, ROLES_MAX, UINT_MAX } from '../base/limits.ts';
import { invariant } from '../base/result.ts';
import { bytes, choice, type Infer, list, named, optional, tuple, uint, variant } from './codec.ts';
import { FAREWELL_BYTES_MAX } from './farewell.ts';
import { hash, publicKey, role, signature } from './primitives.ts';
import { refusalCode } from './refusal.ts';

/** 256 bits: no nonce comes twice. */
export const NONCE_BYTES = 32;
const MAC_BYTES = 32;
/** The longest frame, `prove` with an invitation and every list full, is under 700 bytes. */
export const HANDSHAKE_FRAME_BYTES_MAX = 1024;
/** Of `refused` with a farewell, which ends the handshake: whoever reads it waits for nothing else. */
export const REFUSED_FRAME_BYTES_MAX = HANDSHAKE_FRAME_BYTES_MAX + FAREWELL_BYTES_MAX;

export const nonce = named('nonce', bytes(NONCE_BYTES, NONCE_BYTES));
export const access = named('access', choice({ validator: 1, member: 2, guest: 3, knocker: 4, foreign: 5 }));

export const identity = named(
  'identity',
  tuple({
    chain: hash,
    node: publicKey,
    roles: list(role, ROLES_MAX),
    versions: list(uint(UINT_MAX), PROTOCOL_VERSIONS_MAX, 1),
    tip: tuple({ height: uint(UINT_MAX), block: hash }),
  }),
);
export type Identity = Infer<typeof identity>;

/** A guest's proof that it holds a link, made for one verifier's nonce. */
export const invitationProof = named('invitation-proof', tuple({ invitation: hash, inviteKey: publicKey, signature }));
export type InvitationProof = Infer<typeof invitationProof>;

export const proveBody = named('prove-body', tuple({ identity, invitation: optional(invitationProof) }));
export const grantBody = named(
  'grant-body',
  tuple({ access, invitation: optional(invitationProof), networkKey: optional(bytes(NETWORK_KEY_BYTES, NETWORK_KEY_BYTES)) }),
);
export const acceptBody = named('accept-body', tuple({ access, networkKey: optional(bytes(NETWORK_KEY_BYTES, NETWORK_KEY_BYTES)) }));

/** The parts of the frames that a signature covers. */
export const SIGNED_BODIES = { prove: proveBody, grant: grantBody, accept: acceptBody } as const;

export const handshakeFrame = named(
  'handshake-frame',
  variant({
    available: [1, { chain: hash, nonce, mac: optional(bytes(MAC_BYTES, MAC_BYTES)) }],
    answer: [2, { identity, nonce }],
    prove: [3, { body: proveBody, signature }],
    grant: [4, { body: grantBody, signature }],
    accept: [5, { body: acceptBody, signature }],
    refused: [6, { reason: refusalCode, farewell: optional(bytes(FAREWELL_BYTES_MAX)) }],
  }),
);
export type HandshakeFrame = Infer<typeof handshakeFrame>;

/** The two ends of a handshake, by who opened the stream. */
export interface Ends<T> {
  readonly opener: T;
  readonly acceptor: T;
}

/**
 * HMAC-SHA-256 under the chain's network key, over:
 *
 * ```
 * tag `available` ‖ chain, 32 ‖ opener's peer id ‖ acceptor's peer id ‖ opener's nonce, 32     peer id = length, 1 ‖ text
 * ```
 */
export function availableMac(networkKey: Uint8Array, chain: Hash, peers: Ends<string>, openerNonce: Uint8Array): Uint8Array {
  const message = taggedMessage(TAGS.available, chain, peerId(peers.opener), peerId(peers.acceptor), openerNonce);
  return hmac(sha256, networkKey, message);
}

/** Compares two secrets of one length in constant time. */
export function macsEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Which frame a signature stands in: two frames of the opener are signed, one of the acceptor. */
export const STEP_NUMBERS = { prove: 1, grant: 2, accept: 3 } as const;
export type SignedStep = keyof typeof STEP_NUMBERS;

export interface Challenge {
  readonly chain: Hash;
  readonly nodes: Ends<PublicKey>;
  readonly peers: Ends<string>;
  readonly nonces: Ends<Uint8Array>;
  /** All frames before this one, and the signed body of this one. */
  readonly transcript: readonly Uint8Array[];
}

/**
 * What a node key signs to answer a challenge:
 *
 * ```
 * tag `challenge` ‖ chain, 32 ‖ step, 1 ‖ opener's node key, 32 ‖ acceptor's, 32 ‖ opener's peer id ‖ acceptor's ‖
 * opener's nonce, 32 ‖ acceptor's, 32 ‖ transcript, 32
 *
 * transcript = hash under tag `handshakeTranscript` of ( length, 8 ‖ frame )…, the last being the body that is signed
 * ```
 */
export function challengeMessage(step: SignedStep, challenge: Challenge): Uint8Array {
  const { chain, nodes, peers, nonces, transcript } = challenge;
  return taggedMessage(
    TAGS.challenge,
    chain,
    Uint8Array.of(STEP_NUMBERS[step]),
    nodes.opener,
    nodes.acceptor,
    peerId(peers.opener),
    peerId(peers.acceptor),
    nonces.opener,
    nonces.acceptor,
    taggedHash(TAGS.handshakeTranscript, ...transcript.flatMap((frame) => [uint64(frame.length), frame])),
  );
}

/**
 * What an invite key signs for one verifier, so that it serves nobody else:
 *
 * ```
 * tag `invitationProof` ‖ chain, 32 ‖ invitation, 32 ‖ joiner's node key, 32 ‖ verifier's nonce, 32
 * ```
 */
export function invitationProofMessage(chain: Hash, invitation: Hash, joiner: PublicKey, verifierNonce: Uint8Array): Uint8Array {
  return taggedMessage(TAGS.invitationProof, chain, invitation, joiner, verifierNonce);
}

function peerId(text: string): Uint8Array {
  const id = utf8(text);
  invariant(id.length > 0 && id.length <= PEER_ID_BYTES_MAX, 'a peer id has 1 to 128 bytes');
  return Uint8Array.of(id.length, ...id);
}
