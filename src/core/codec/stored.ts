/** Forms that exist only on a node's own disk. They are read back with the same distrust as anything else. */
import {
  BLOCK_TRANSACTIONS_MAX,
  BODY_BYTES_MAX,
  INVITE_SEED_BYTES,
  NETWORK_KEY_BYTES,
  SERVED_COUNTS_MAX,
  TRANSACTION_BYTES_MAX,
} from '../base/limits.ts';
import { block, header } from './block.ts';
import { bytes, flag, type Infer, list, literal, named, optional, text, tuple, uint } from './codec.ts';
import { hash, role } from './primitives.ts';
import { trustSet } from './records.ts';
import { recoveryCertificate } from './recovery.ts';
import { refusalCode } from './refusal.ts';
import { carried, carriedKnock } from './session-message.ts';
import { leafBodies } from './sync-message.ts';
import { certificate } from './vote.ts';

/**
 * A block of the tail, with its bodies; without a certificate it is this validator's own proposal, not yet final. The
 * certificate may be over a descendant that follows.
 */
export const tailRow = named(
  'tail-row',
  tuple({ block, bodies: list(leafBodies, BLOCK_TRANSACTIONS_MAX), certificate: optional(certificate) }),
);
export type TailRow = Infer<typeof tailRow>;
/** A block of 1 MiB, bodies of 4 MiB, and framing. */
export const TAIL_ROW_BYTES_MAX = 6 * 1024 * 1024;

/** What the bundles, header bundles and snapshot rows of a space stand for: all of the chain up to this point. */
export const baseRow = named(
  'base-row',
  tuple({
    version: literal(1),
    /** Of the header, whose other fields nothing else on the disk could be held against. */
    block: hash,
    header,
    certificate,
    frontier: list(hash, 54),
    /** False until every bundle and body below `header` is here. */
    complete: flag(),
  }),
);
export type BaseRow = Infer<typeof baseRow>;

/** Network keys that one device keeps of a chain: in force, the one before, and some that were proposed. */
export const NETWORK_KEYS_KEPT_MAX = 8;
const storedRelay = named('stored-relay', tuple({ peer: text(128), addresses: list(text(512), 16) }));
const ownFields = {
  standing: uint(3),
  yourName: text(1024),
  /** Link this device came by, until it is admitted; its seed then goes. */
  link: optional(bytes(4096)),
  /** The transaction that asked to be let in, so that a reload asks the same again. */
  join: optional(carried),
  /** Index of the next key, of the recovery phrase, that this chain uses. */
  nextKeyIndex: uint(1024),
  relays: list(storedRelay, 16),
  chainName: text(100),
};

/** This device's own part in a chain. `knock`: what it asked without a live invitation. */
export const ownRow = named(
  'own-row',
  tuple({
    version: literal(2),
    ...ownFields,
    networkKeys: list(bytes(NETWORK_KEY_BYTES, NETWORK_KEY_BYTES), NETWORK_KEYS_KEPT_MAX),
    knock: optional(carriedKnock),
  }),
);
export type OwnRow = Infer<typeof ownRow>;

/** As it was kept before there were knocks; read, never written. */
export const ownRowOne = named('own-row-1', tuple({ version: literal(1), ...ownFields, networkKey: optional(bytes(32, 32)) }));

/** An invitation that this device issued: the seed, so that its link can be shown again. */
export const issuedRow = named(
  'issued-row',
  tuple({ invitation: hash, seed: bytes(INVITE_SEED_BYTES, INVITE_SEED_BYTES), role, transaction: hash }),
);
export type IssuedRow = Infer<typeof issuedRow>;

/**
 * A recovery certificate that this node has seen, and when first, by its own clock: the delay of a dead chain counts from
 * then. `decided`: from then on the node follows those whom it appoints, and nobody else.
 */
export const recoverySightRow = named(
  'recovery-sight-row',
  tuple({ certificate: recoveryCertificate, firstSeen: uint(), confirmed: flag(), decided: flag() }),
);
export type RecoverySightRow = Infer<typeof recoverySightRow>;
/** A certificate that fits a transaction. */
export const RECOVERY_SIGHT_BYTES_MAX = TRANSACTION_BYTES_MAX + 64;

/** The checkpoint that this device signed last: written before it signs, so that it never signs a smaller one or another. */
export const cosignedRow = named('cosigned-row', tuple({ version: literal(1), size: uint(), root: hash, seconds: uint() }));
export type CosignedRow = Infer<typeof cosignedRow>;
export const COSIGNED_ROW_BYTES_MAX = 256;

/**
 * What a newcomer took over without its auditors' word: a log of this size. `anchored`: the trust set above the block that its
 * link vouches for, whose auditors are asked besides those of the tip. The row goes once they have signed.
 */
export const awaitedRow = named('awaited-row', tuple({ version: literal(1), size: uint(), anchored: trustSet }));
export type AwaitedRow = Infer<typeof awaitedRow>;
/** 31 seats and 32 auditors. */
export const AWAITED_ROW_BYTES_MAX = 16 * 1024;

/** What its person has said for a chain: whether this device validates there. */
export const validatingRow = named('validating-row', tuple({ version: literal(1), wanted: flag() }));
export const VALIDATING_ROW_BYTES_MAX = 16;

/** What a relay did for this node on a day, as it counted; times in ms. */
const servedCount = named(
  'served-count',
  tuple({ day: uint(), relay: hash, watchedMs: uint(), reservedMs: uint(), breaks: uint(), circuits: uint(), bytes: uint() }),
);
export type ServedCount = Infer<typeof servedCount>;
/** Of the days that can still be told of. */
export const servedRow = named('served-row', tuple({ version: literal(1), counts: list(servedCount, SERVED_COUNTS_MAX) }));
/** Some 90 bytes each. */
export const SERVED_ROW_BYTES_MAX = 128 * SERVED_COUNTS_MAX + 16;

/** One of this device's own transactions that is not final yet. */
export const outboxRow = named('outbox-row', tuple({ item: carried, made: uint(), refused: optional(refusalCode) }));
export type OutboxRow = Infer<typeof outboxRow>;
export const OUTBOX_ROW_BYTES_MAX = TRANSACTION_BYTES_MAX + BODY_BYTES_MAX + 1024;
