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
  CANDIDATES_MAX,
  DECISIONS_MAX,
  DEVICES_PER_MEMBER_MAX,
  ENDPOINTS_MAX,
  ERASURES_MAX,
  FORMER_EPOCHS_MAX,
  INVITATIONS_PER_MEMBER_MAX,
  LOT_WEIGHT_MAX,
  LOTS_MAX,
  PROPOSALS_OPEN_MAX,
  PROTOCOL_VERSIONS_MAX,
  RECEIPT_DAYS_MAX,
  RELAYS_ATTESTED_MAX,
  REQUESTS_OPEN_MAX,
  ROLES_MAX,
  SERVICE_DAYS_MAX,
  USES_MAX,
  VALIDATORS_MAX,
} from '../base/limits.ts';
import { bodyRef } from './body.ts';
import {
  bytes,
  type Codec,
  choice,
  encode,
  flag,
  type Infer,
  list,
  literal,
  type NamedCodec,
  named,
  optional,
  tuple,
  uint,
} from './codec.ts';
import { endpoint, recovery } from './genesis.ts';
import { change } from './governance.ts';
import { operator } from './operator.ts';
import { hash, publicKey, role } from './primitives.ts';
import { recoveryPlan } from './recovery.ts';
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

/** A member's decision: the log's leaf that holds it, and its block's time. */
const decision = named('decision', tuple({ member: hash, leaf: uint(), time: uint() }));
export type Decision = Infer<typeof decision>;

export const REQUEST_KINDS = { join: 1, role: 2, knock: 3 } as const;
export const REQUEST_STATUS = { pending: 0, approved: 1, rejected: 2, expired: 3, cancelled: 4 } as const;
export type RequestStatus = keyof typeof REQUEST_STATUS;

/**
 * By request id: the id of the transaction, or of the knock, that asks. `subject` is the node key of who would join, or
 * the id of the member who would gain the role. Decisions count under `ruleHash`, that of the role's rule. `ended` is
 * the time at which it stopped being pending.
 */
export const request = named(
  'request',
  tuple({
    kind: choice(REQUEST_KINDS),
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
    status: choice(REQUEST_STATUS),
    ended: uint(),
  }),
);
export type RequestRecord = Infer<typeof request>;

/** By the id of the transaction that proposed it. `basis` is what its approvals are bound to, `trust` the trust set that was previewed. */
export const proposal = named(
  'proposal',
  tuple({
    proposer: hash,
    change,
    trust: hash,
    basis: hash,
    reason: optional(bodyRef),
    opened: uint(),
    until: uint(),
    yes: list(decision, DECISIONS_MAX),
    no: list(decision, DECISIONS_MAX),
    status: choice(REQUEST_STATUS),
    ended: uint(),
  }),
);
export type ProposalRecord = Infer<typeof proposal>;

/** By member id: the keys with which it votes and signs checkpoints, what it runs, and when it last said that it is level. */
export const office = named(
  'office',
  tuple({
    node: publicKey,
    vote: optional(publicKey),
    note: publicKey,
    versions: list(uint(65_535), PROTOCOL_VERSIONS_MAX),
    ready: uint(),
    endpoints: list(endpoint, ENDPOINTS_MAX),
  }),
);
export type Office = Infer<typeof office>;

/** Ids of what waits: requests, proposals, and members with `validator` who have no seat. Absent while nothing ever waited. */
export const agenda = named(
  'agenda',
  tuple({
    requests: list(hash, REQUESTS_OPEN_MAX),
    proposals: list(hash, PROPOSALS_OPEN_MAX),
    candidates: list(hash, CANDIDATES_MAX),
  }),
);
export type Agenda = Infer<typeof agenda>;

/** By member id: the link by which one more device of the member may enter. */
export const deviceLink = named('device-link', tuple({ key: publicKey, roleMask: uint(255), expiry: uint() }));
export type DeviceLink = Infer<typeof deviceLink>;

/** Recovery keys in force, number of the last certificate, and one that waits for its delay to pass. Absent: none were ever named. */
export const recoveryState = named(
  'recovery-state',
  tuple({ number: uint(), keys: recovery, pending: optional(named('pending-recovery', tuple({ plan: recoveryPlan, effective: uint() }))) }),
);
export type RecoveryState = Infer<typeof recoveryState>;

/** The protocol version that comes into force at a height. Absent: none is planned. */
export const activation = named('activation', tuple({ version: uint(65_535), height: uint() }));
export type Activation = Infer<typeof activation>;

/**
 * By the id of an entry's transaction: its body is to be erased wherever it is, beside this leaf. `member` is the author who
 * asked for it; absent where governance did, whose proposal stays. So a newcomer knows it before the history is there.
 */
export const erasure = named('erasure', tuple({ leaf: uint(), member: optional(hash), time: uint() }));
export type ErasureRecord = Infer<typeof erasure>;

/** How many bodies were erased: bounds the state that they take. Absent: none. */
export const erasureCount = named('erasure-count', tuple({ count: uint(ERASURES_MAX) }));

/**
 * By member id: its service as a relay. `uptime` is a byte a day, the percent of it that members attested, oldest first; the
 * last is that of day `last`. `streak` counts days served in a row since the last token. `circuits`, `kib`: in all, as attested.
 */
export const service = named(
  'service',
  tuple({ last: uint(), uptime: bytes(SERVICE_DAYS_MAX, 1), streak: uint(), circuits: uint(), kib: uint() }),
);
export type ServiceRecord = Infer<typeof service>;

/** By member id: for how many relays it has signed of late. */
export const attester = named(
  'attester',
  tuple({
    days: list(named('attested-day', tuple({ day: uint(), relays: uint(RELAYS_ATTESTED_MAX) })), RECEIPT_DAYS_MAX, 1),
  }),
);
export type AttesterRecord = Infer<typeof attester>;

/** By member id: a joining token that it has won and not spent. It lapses at `until`. */
export const token = named('token', tuple({ since: uint(), until: uint() }));
export type TokenRecord = Infer<typeof token>;

/** By member id: it spent its token at `since`. It lapses at `until`; a validator's stays. */
export const eligibility = named('eligibility', tuple({ since: uint(), until: optional(uint()) }));
export type Eligibility = Infer<typeof eligibility>;

/** A day that a relay served, whose receipts entered at `height`. */
const lot = named('lot', tuple({ member: hash, day: uint(), weight: uint(LOT_WEIGHT_MAX), height: uint() }));
export type Lot = Infer<typeof lot>;

/** Days that wait for their draw, members with a token, and members who spent theirs and do not validate yet. Absent: none. */
export const awards = named(
  'awards',
  tuple({ lots: list(lot, LOTS_MAX), tokens: list(hash, VALIDATORS_MAX), eligible: list(hash, VALIDATORS_MAX) }),
);
export type Awards = Infer<typeof awards>;

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

/** Whose vote key it was. */
export const formerSeat = named('former-seat', tuple({ member: hash, vote: publicKey }));
export type FormerSeat = Infer<typeof formerSeat>;

/** Seats of an epoch that is over, in their order; absent where a vote of then would convict nobody. */
export const formerEpoch = named('former-epoch', tuple({ epoch: uint(), seats: list(optional(formerSeat), VALIDATORS_MAX, 1) }));
export type FormerEpoch = Infer<typeof formerEpoch>;

/** The last epochs before the one in force, oldest first. Absent: there were none. */
export const formerSeats = named('former-seats', tuple({ epochs: list(formerEpoch, FORMER_EPOCHS_MAX, 1) }));

/** Every block asks for the digest of the same trust set, which is one value in all states that have it. */
const trustSetDigests = new WeakMap<TrustSet, Hash>();

/** The digest by which headers commit to a trust set. */
export function trustSetDigest(value: TrustSet): Hash {
  const digest = trustSetDigests.get(value) ?? taggedHash(TAGS.trustSet, encode(trustSet, value));
  trustSetDigests.set(value, digest);
  return digest;
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
  readonly proposal: ProposalRecord;
  readonly office: Office;
  readonly agenda: Agenda;
  readonly 'device-link': DeviceLink;
  readonly recovery: RecoveryState;
  readonly activation: Activation;
  readonly erasure: ErasureRecord;
  readonly 'erasure-count': Infer<typeof erasureCount>;
  readonly 'former-seats': Infer<typeof formerSeats>;
  readonly service: ServiceRecord;
  readonly attester: AttesterRecord;
  readonly token: TokenRecord;
  readonly eligibility: Eligibility;
  readonly awards: Awards;
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
  proposal: { number: 10, codec: proposal },
  office: { number: 11, codec: office },
  agenda: { number: 12, codec: agenda },
  'device-link': { number: 13, codec: deviceLink },
  recovery: { number: 14, codec: recoveryState },
  activation: { number: 15, codec: activation },
  erasure: { number: 16, codec: erasure },
  'erasure-count': { number: 17, codec: erasureCount },
  'former-seats': { number: 18, codec: formerSeats },
  service: { number: 19, codec: service },
  attester: { number: 20, codec: attester },
  token: { number: 21, codec: token },
  eligibility: { number: 22, codec: eligibility },
  awards: { number: 23, codec: awards },
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
  'proposal',
  'office',
  'agenda',
  'device-link',
  'recovery',
  'activation',
  'erasure',
  'erasure-count',
  'former-seats',
  'service',
  'attester',
  'token',
  'eligibility',
  'awards',
];

/** Bytes of a record's value, as the state root commits to them. */
export function encodeRecord<K extends RecordKind>(kind: K, value: RecordOf<K>): Uint8Array {
  return encode(recordCodec(kind), value);
}

export function recordCodec<K extends RecordKind>(kind: K): Codec<RecordOf<K>> {
  return RECORD_KINDS[kind].codec;
}
