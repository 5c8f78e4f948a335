/**
 * SHA-256 with a domain tag per use (DESIGN §3), so that no text signed or hashed for one purpose can stand for another.
 *
 * ```
 * taggedHash(tag, parts…) = SHA-256( length of tag, 1 byte ‖ tag, ASCII ‖ parts… )
 * ```
 *
 * The log alone hashes as RFC 6962 does; see `core/log`.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8 } from './bytes.ts';

declare const hashBrand: unique symbol;
/** 32 bytes of SHA-256. */
export type Hash = Uint8Array & { readonly [hashBrand]: true };

export const HASH_BYTES = 32;

/** Every domain tag of the protocol. A tag is unique and final: a changed meaning gets a new tag. */
export const TAGS = {
  chain: 'latchkey/chain/1',
  genesisSignature: 'latchkey/genesis-signature/1',
  transaction: 'latchkey/transaction/1',
  transactionSignature: 'latchkey/transaction-signature/1',
  joinCosignature: 'latchkey/join-cosignature/1',
  invitationProof: 'latchkey/invitation-proof/1',
  inviteKey: 'latchkey/invite-key/1',
  invitation: 'latchkey/invitation/1',
  linkChecksum: 'latchkey/link-checksum/1',
  body: 'latchkey/body/1',
  block: 'latchkey/block/1',
  vote: 'latchkey/vote/1',
  trustSet: 'latchkey/trust-set/1',
  member: 'latchkey/member/1',
  rule: 'latchkey/rule/1',
  networkKey: 'latchkey/network-key/1',
  governance: 'latchkey/governance/1',
  knock: 'latchkey/knock/1',
  knockSignature: 'latchkey/knock-signature/1',
  officeKey: 'latchkey/office-key/1',
  recovery: 'latchkey/recovery/1',
  recoveryKey: 'latchkey/recovery-key/1',
  recoveryKeySeed: 'latchkey/recovery-key-seed/1',
  seatDraw: 'latchkey/seat-draw/1',
  relayReceipt: 'latchkey/relay-receipt/1',
  tokenDraw: 'latchkey/token-draw/1',
  nextKey: 'latchkey/next-key/1',
  nextKeySeed: 'latchkey/next-key-seed/1',
  stateKey: 'latchkey/state-key/1',
  stateValue: 'latchkey/state-value/1',
  stateBucket: 'latchkey/state-bucket/1',
  stateNode: 'latchkey/state-node/1',
  challenge: 'latchkey/challenge/1',
  available: 'latchkey/available/1',
  handshakeTranscript: 'latchkey/handshake-transcript/1',
} as const;

export type Tag = (typeof TAGS)[keyof typeof TAGS];

/** A tag as it stands before what is hashed, and a hash that has just taken it in. */
const prefixes = new Map(
  Object.values(TAGS).map((tag) => {
    const name = utf8(tag);
    const bytes = Uint8Array.of(name.length, ...name);
    return [tag, { bytes, hash: sha256.create().update(bytes) }];
  }),
);

function prefix(tag: Tag) {
  const known = prefixes.get(tag);
  if (known === undefined) throw new Error(`no such domain tag: ${tag}`);
  return known;
}

/** Used for one hash after the other: most are of a few dozen bytes, and making a new one takes as long as the hashing. */
const scratch = sha256.create();

/** The tagged hash of the parts joined in order; parts of variable length must carry their own framing. */
export function taggedHash(tag: Tag, ...parts: readonly Uint8Array[]): Hash {
  const hash = prefix(tag).hash._cloneInto(scratch);
  for (const part of parts) hash.update(part);
  return hash.digest() as Hash;
}

/** The bytes that are signed for a use: tag length, tag, parts. Binds a signature to its purpose. */
export function taggedMessage(tag: Tag, ...parts: readonly Uint8Array[]): Uint8Array {
  const head = prefix(tag).bytes;
  const out = new Uint8Array(parts.reduce((total, part) => total + part.length, head.length));
  out.set(head);
  let offset = head.length;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Plain SHA-256, for the log (RFC 6962) alone. */
export function plainSha256(bytes: Uint8Array): Hash {
  return sha256(bytes) as Hash;
}

/** Takes 32 bytes as a hash; `undefined` if the length differs. */
export function asHash(bytes: Uint8Array): Hash | undefined {
  return bytes.length === HASH_BYTES ? (bytes as Hash) : undefined;
}
