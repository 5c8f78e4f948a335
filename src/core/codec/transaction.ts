/**
 * Transactions: signed actions by one node key. Each is a leaf of the log, and every leaf took effect.
 *
 * ```
 * unsigned          = canonical [ version, chain, sender, sequence, expiry, action ]
 * transaction id    = taggedHash(transaction, unsigned)                  signatures never enter an id
 * sender signs        taggedMessage(transactionSignature, unsigned)
 * link's key signs    taggedMessage(joinCosignature, unsigned)           of a `join`, and of a new device's `link-device`
 * leaf              = canonical [ unsigned, [ sender's signature, invite key's where there is one ] ]
 * ```
 */
import { type Hash, TAGS, taggedHash, taggedMessage } from '../base/hash.ts';
import type { PublicKey, Signature } from '../base/key.ts';
import {
  DEVICES_PER_MEMBER_MAX,
  ENDPOINTS_MAX,
  PROTOCOL_VERSIONS_MAX,
  RELAY_RECEIPTS_MAX,
  SIGNATURES_MAX,
  TRANSACTION_BYTES_MAX,
  USES_MAX,
} from '../base/limits.ts';
import { ok, type Result, refuse } from '../base/result.ts';
import { type BodyRef, bodyRef } from './body.ts';
import { decodeCbor } from './cbor.ts';
import { decode, encode, flag, type Infer, list, literal, named, optional, tuple, uint, variant } from './codec.ts';
import { endpoint } from './genesis.ts';
import { change } from './governance.ts';
import { signedKnock } from './knock.ts';
import { operator } from './operator.ts';
import { hash, publicKey, role, signature } from './primitives.ts';
import { recoveryCertificate } from './recovery.ts';
import { relayReceipt } from './relay-receipt.ts';
import { vote } from './vote.ts';

/** All action numbers of DESIGN §4. None is ever reused. */
export const ACTION_NUMBERS = {
  entry: 1,
  invite: 2,
  'revoke-invite': 3,
  join: 4,
  'request-role': 5,
  approve: 6,
  reject: 7,
  leave: 8,
  propose: 9,
  'erase-body': 10,
  ready: 11,
  'register-vote-key': 12,
  'rotate-key': 13,
  'link-device': 14,
  evidence: 15,
  'relay-receipts': 16,
  'spend-token': 17,
  recover: 18,
} as const;

/**
 * A decision about a request or a proposal. `basis` is what it counts under: the hash of the role's rule, or the
 * proposal's basis. `knock` brings in one that waits off the log.
 */
const decisionFields = { subject: hash, basis: hash, reason: optional(bodyRef), knock: optional(signedKnock) };

/**
 * A member's device opens a link under a key that the link derives; the new device enters by it, with that key's
 * co-signature. `roleMask` bounds what the new device may do.
 */
const linkStep = named(
  'link-step',
  variant({ open: [1, { key: publicKey, roleMask: uint(255), expiry: uint() }], enter: [2, { member: hash, key: publicKey }] }),
);

/**
 * An entry as its author signed it: what its transaction holds beside version and chain. Its id follows from it, so that
 * whose entry it is needs no look into the log.
 */
export const signedEntry = named('signed-entry', tuple({ sender: publicKey, sequence: uint(), expiry: uint(), body: bodyRef }));
export type SignedEntry = Infer<typeof signedEntry>;

export const action = named(
  'action',
  variant({
    entry: [ACTION_NUMBERS.entry, { body: bodyRef }],
    /** `uses` 0 is unlimited; `expiry` is an absolute time in ms. */
    invite: [ACTION_NUMBERS.invite, { key: publicKey, role, uses: uint(USES_MAX), expiry: uint(), shared: flag() }],
    'revoke-invite': [ACTION_NUMBERS['revoke-invite'], { invitation: hash }],
    join: [ACTION_NUMBERS.join, { invitation: hash, name: bodyRef, nextKey: hash, operator: optional(operator) }],
    'request-role': [ACTION_NUMBERS['request-role'], { role, operator: optional(operator) }],
    approve: [ACTION_NUMBERS.approve, decisionFields],
    reject: [ACTION_NUMBERS.reject, decisionFields],
    leave: [ACTION_NUMBERS.leave, {}],
    /** `trust` is the digest of the trust set under which its consequence was previewed. */
    propose: [ACTION_NUMBERS.propose, { change, trust: hash, reason: optional(bodyRef) }],
    /** The author's: of the entry at this leaf. */
    'erase-body': [ACTION_NUMBERS['erase-body'], { leaf: uint(), entry: signedEntry }],
    /** A validator, or who would be one, is level with the chain and runs these protocol versions. */
    ready: [ACTION_NUMBERS.ready, { versions: list(uint(65_535), PROTOCOL_VERSIONS_MAX, 1), height: uint() }],
    /** `proofs`: by the vote key where there is one, then by the note key, over `officeKeyText`. */
    'register-vote-key': [
      ACTION_NUMBERS['register-vote-key'],
      { vote: optional(publicKey), note: publicKey, endpoints: list(endpoint, ENDPOINTS_MAX), proofs: list(signature, 2, 1) },
    ],
    /** Sent by the next key, which takes the place of the keys in `retire`. */
    'rotate-key': [
      ACTION_NUMBERS['rotate-key'],
      { member: hash, retire: list(publicKey, DEVICES_PER_MEMBER_MAX), nextKey: hash, stolen: flag() },
    ],
    'link-device': [ACTION_NUMBERS['link-device'], { step: linkStep }],
    evidence: [ACTION_NUMBERS.evidence, { first: vote, second: vote }],
    /** What members signed that this relay did for them on one day. */
    'relay-receipts': [ACTION_NUMBERS['relay-receipts'], { relay: hash, day: uint(), receipts: list(relayReceipt, RELAY_RECEIPTS_MAX, 1) }],
    /** The sender's own token: it may ask to validate from now on. */
    'spend-token': [ACTION_NUMBERS['spend-token'], {}],
    /** Sent by anybody: its authority is the certificate’s. */
    recover: [ACTION_NUMBERS.recover, { certificate: recoveryCertificate }],
  }),
);
export type Action = Infer<typeof action>;
export type ActionOf<T extends Action['type']> = Extract<Action, { readonly type: T }>;

export const unsignedTransaction = named(
  'unsigned-transaction',
  tuple({ version: literal(1), chain: hash, sender: publicKey, sequence: uint(), expiry: uint(), action }),
);
export type UnsignedTransaction = Infer<typeof unsignedTransaction>;

export const transaction = named('transaction', tuple({ unsigned: unsignedTransaction, signatures: list(signature, SIGNATURES_MAX, 1) }));

/** A decoded transaction with its leaf bytes and id, which are worked out once. */
export interface Transaction extends Infer<typeof transaction> {
  readonly id: Hash;
  readonly bytes: Uint8Array;
  /** The canonical bytes that the signatures are over. */
  readonly unsignedBytes: Uint8Array;
}

/** What the sender signs. */
export function transactionSignedText(unsignedBytes: Uint8Array): Uint8Array {
  return taggedMessage(TAGS.transactionSignature, unsignedBytes);
}

/** What the invite key signs under a `join`. */
export function joinCosignedText(unsignedBytes: Uint8Array): Uint8Array {
  return taggedMessage(TAGS.joinCosignature, unsignedBytes);
}

export function encodeUnsigned(unsigned: UnsignedTransaction): Uint8Array {
  return encode(unsignedTransaction, unsigned);
}

/** The id of an entry's transaction. */
export function entryIdOf(chain: Hash, { sender, sequence, expiry, body }: SignedEntry): Hash {
  return taggedHash(TAGS.transaction, encodeUnsigned({ version: 1, chain, sender, sequence, expiry, action: { type: 'entry', body } }));
}

/** Puts signatures under an unsigned transaction. */
export function assembleTransaction(unsigned: UnsignedTransaction, signatures: readonly Signature[]): Transaction {
  const unsignedBytes = encodeUnsigned(unsigned);
  const bytes = encode(transaction, { unsigned, signatures });
  return { unsigned, signatures, unsignedBytes, bytes, id: taggedHash(TAGS.transaction, unsignedBytes) };
}

/** Reads a leaf. Signatures are the caller's to check; an action without a form gives `unknown-action`. */
export function decodeTransaction(bytes: Uint8Array): Result<Transaction> {
  const read = decode(transaction, bytes, TRANSACTION_BYTES_MAX);
  if (!read.ok) return hasUnknownAction(bytes) ? refuse('unknown-action', 'an action number that this version does not know') : read;
  const { unsigned, signatures } = read.value;
  const unsignedBytes = encodeUnsigned(unsigned);
  return ok({ unsigned, signatures, unsignedBytes, bytes, id: taggedHash(TAGS.transaction, unsignedBytes) });
}

function hasUnknownAction(bytes: Uint8Array): boolean {
  const cbor = decodeCbor(bytes, TRANSACTION_BYTES_MAX);
  if (!cbor.ok || !Array.isArray(cbor.value)) return false;
  const number: unknown = cbor.value[0]?.[5]?.[0];
  return typeof number === 'number' && !IMPLEMENTED.has(number);
}

const IMPLEMENTED: ReadonlySet<number> = new Set(Object.values(ACTION_NUMBERS));

/** The bodies that an action rests on, in the order in which they are stored and sent. */
export function bodiesOf(value: Action): readonly BodyRef[] {
  switch (value.type) {
    case 'entry':
      return [value.body];
    case 'join':
      return [value.name];
    case 'approve':
    case 'reject':
      return [...(value.knock === undefined ? [] : [value.knock.knock.name]), ...(value.reason === undefined ? [] : [value.reason])];
    case 'propose':
      return value.reason === undefined ? [] : [value.reason];
    case 'recover':
      return value.certificate.plan.newcomers.map(({ name }) => name);
    case 'invite':
    case 'revoke-invite':
    case 'request-role':
    case 'leave':
    case 'erase-body':
    case 'ready':
    case 'register-vote-key':
    case 'rotate-key':
    case 'link-device':
    case 'evidence':
    case 'relay-receipts':
    case 'spend-token':
      return [];
  }
}

/** Whether an action's bodies are words that the state refers to: names and reasons, which every node keeps at hand. */
export function holdsWords(value: Action): boolean {
  return value.type !== 'entry';
}

/** What a vote or note key signs when it is registered, so that nobody registers another's. */
export function officeKeyText(chain: Hash, node: PublicKey, key: PublicKey): Uint8Array {
  return taggedMessage(TAGS.officeKey, chain, node, key);
}

/** An invitation's id: bound to the chain, so that one seed used on two chains makes two invitations. */
export function invitationIdOf(chain: Hash, key: Uint8Array): Hash {
  return taggedHash(TAGS.invitation, chain, key);
}
