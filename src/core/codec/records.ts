/**
 * Records: what the membership state is made of. A state key is the kind's number and an id; each record is committed
 * to by the state root (see `core/membership/commitment.ts`).
 *
 * Devices are records of their own rather than a list inside the member: an entry then changes a small record, and a
 * node key is found without an index beside the state.
 */
import { type Hash, TAGS, taggedHash } from '../base/hash.ts';
import type { PublicKey } from '../base/key.ts';
import {
  AUDITORS_MAX,
  DECISIONS_MAX,
  DEVICES_PER_MEMBER_MAX,
  INVITATIONS_PER_MEMBER_MAX,
  PROTOCOL_VERSIONS_MAX,
  ROLES_MAX,
  USES_MAX,
  VALIDATORS_MAX,
} from '../base/limits.ts';
import { bodyRef } from './body.ts';
import { type Codec, choice, encode, flag, type Infer, list, literal, type NamedCodec, named, optional, tuple, uint } from './codec.ts';
import { operator } from './operator.ts';
import { hash, publicKey, role } from './primitives.ts';
import { type Rules, rules } from './rules.ts';

/** A member id is the hash of its first node key; it stays when keys rotate. */
export function memberIdOf(chain: Hash, firstNodeKey: PublicKey): Hash {
  return taggedHash(TAGS.member, chain, firstNodeKey);
}

/** By member id. `invitations` counts those that it issued and that are live; the rest of a member who left are tombstones. */
export const member = named(
  'member',
  tuple({
    roles: list(role, ROLES_MAX),
    name: bodyRef,
    since: uint(),
    invitation: optional(hash),
    request: optional(hash),
    nextKey: hash,
    rotations: uint(),
    suspendedUntil: optional(uint()),
    operator: optional(operator),
    devices: list(publicKey, DEVICES_PER_MEMBER_MAX),
    invitations: uint(INVITATIONS_PER_MEMBER_MAX),
    left: flag(),
  }),
);
export type Member = Infer<typeof member>;

/** By node key. `roleMask` bounds what this device may do of what its member may: a bit for each role, by its number. */
export const device = named('device', tuple({ member: hash, sequence: uint(), roleMask: uint(255), added: uint() }));
export type Device = Infer<typeof device>;

export const INVITATION_STATUS = { live: 0, used: 1, expired: 2, revoked: 3 } as const;

/** By invitation id. `ended` is the time at which it stopped being live; `descendants` counts members who came through it and have not left. */
export const invitation = named(
  'invitation',
  tuple({
    key: publicKey,
    issuer: hash,
    role,
    uses: uint(USES_MAX),
    used: uint(USES_MAX),
    expiry: uint(),
    shared: flag(),
    status: choice(INVITATION_STATUS),
    ended: uint(),
    descendants: uint(),
  }),
);
export type InvitationRecord = Infer<typeof invitation>;

const decision = named('decision', tuple({ member: hash, leaf: uint() }));

/** By request id: a join or role request that waits for approvals. */
export const request = named(
  'request',
  tuple({
    kind: uint(255),
    subject: hash,
    role,
    invitation: optional(hash),
    ruleHash: hash,
    name: bodyRef,
    operator: optional(operator),
    nextKey: hash,
    opened: uint(),
    until: uint(),
    yes: list(decision, DECISIONS_MAX),
    no: list(decision, DECISIONS_MAX),
  }),
);

export const seat = named(
  'seat',
  tuple({
    member: hash,
    node: publicKey,
    vote: publicKey,
    note: publicKey,
    software: list(uint(), PROTOCOL_VERSIONS_MAX),
    ready: uint(),
  }),
);
export type Seat = Infer<typeof seat>;

/** Who is trusted during an epoch: validators by seat, auditors with their note keys, and the auditors' quorum. */
export const trustSet = named(
  'trust-set',
  tuple({
    epoch: uint(),
    base: hash,
    seats: list(seat, VALIDATORS_MAX, 1),
    auditors: list(named('auditor', tuple({ member: hash, note: publicKey })), AUDITORS_MAX),
    auditorsQuorum: uint(AUDITORS_MAX),
  }),
);
export type TrustSet = Infer<typeof trustSet>;

/** The digest by which headers commit to a trust set. */
export function trustSetDigest(value: TrustSet): Hash {
  return taggedHash(TAGS.trustSet, encode(trustSet, value));
}

/** Counts that checks need and that would be slow to work out: members who have not left, members by role, live invitations. */
export const census = named('census', tuple({ members: uint(), byRole: list(uint(), ROLES_MAX, ROLES_MAX), liveInvitations: uint() }));
export type Census = Infer<typeof census>;

/** A node key that left, was removed or was rotated. It never returns. */
export const retiredKey = named('retired-key', tuple({ member: hash, since: uint() }));

/** Chain-wide facts: protocol version in force and when the chain began. */
export const chainFacts = named('chain-facts', tuple({ version: literal(1), protocol: uint(65_535), genesisTime: uint(), epoch: uint() }));

/** Kinds of record by name, and what each holds. */
export interface Records {
  readonly chain: Infer<typeof chainFacts>;
  readonly rules: Rules;
  readonly trust: TrustSet;
  readonly census: Census;
  readonly member: Member;
  readonly device: Device;
  readonly invitation: InvitationRecord;
  readonly request: Infer<typeof request>;
  readonly retired: Infer<typeof retiredKey>;
}
export type RecordKind = keyof Records;
export type RecordOf<K extends RecordKind> = Records[K];

/** State-key number and form of each kind. Numbers are never reused. */
export const RECORD_KINDS: { readonly [K in RecordKind]: { readonly number: number; readonly codec: NamedCodec<RecordOf<K>> } } = {
  chain: { number: 1, codec: chainFacts },
  rules: { number: 2, codec: rules },
  trust: { number: 3, codec: trustSet },
  census: { number: 4, codec: census },
  member: { number: 5, codec: member },
  device: { number: 6, codec: device },
  invitation: { number: 7, codec: invitation },
  request: { number: 8, codec: request },
  retired: { number: 9, codec: retiredKey },
};

/** By number. */
export const RECORD_KIND_NAMES: readonly RecordKind[] = [
  'chain',
  'rules',
  'trust',
  'census',
  'member',
  'device',
  'invitation',
  'request',
  'retired',
];

/** Bytes of a record's value, as the state root commits to them. */
export function encodeRecord<K extends RecordKind>(kind: K, value: RecordOf<K>): Uint8Array {
  return encode(recordCodec(kind), value);
}

export function recordCodec<K extends RecordKind>(kind: K): Codec<RecordOf<K>> {
  return RECORD_KINDS[kind].codec;
}
