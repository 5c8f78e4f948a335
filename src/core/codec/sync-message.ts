/**
 * Catch-up: what a node asks another for over `/latchkey/sync/1`, and the frames that answer. Everything that comes back
 * is checked against a certified header, so it may come from anybody.
 */
import {
  BLOCK_TRANSACTIONS_MAX,
  BODY_BYTES_MAX,
  BUNDLE_LEAVES,
  HEADER_BUNDLE_HEADERS,
  NAME_BODY_BYTES_MAX,
  TRANSACTION_BYTES_MAX,
} from '../base/limits.ts';
import { HEADER_BYTES_MAX, header, leaf } from './block.ts';
import { bytes, type Infer, list, named, optional, tuple, uint, variant } from './codec.ts';
import { hash, publicKey } from './primitives.ts';
import { trustSet } from './records.ts';
import { recoveryCertificate } from './recovery.ts';
import { BODIES_PER_TRANSACTION_MAX } from './session-message.ts';
import { certificate } from './vote.ts';

/** One item of an answer at its largest: the bodies of a bundle, 256 × 64 KiB. Items travel in chunks, see `SYNC_CHUNK_BYTES`. */
export const SYNC_ITEM_BYTES_MAX = 20 * 1024 * 1024;
/**
 * Bytes of an item in one frame, see `src/node/sync-frames.ts`: what a WebSocket or data channel takes at once without
 * stalling others. With all headers it stays under the 65,519 bytes of one Noise message and yamux's 64 KiB: a round 64 KiB
 * went as four encrypted pieces and two window updates instead of one each.
 */
export const SYNC_CHUNK_BYTES = 63 * 1024;
/** What one request may ask: a range that is longer is answered up to here, and the rest is asked for again. */
export const SYNC_BUNDLES_MAX = 64;
export const SYNC_HEADERS_MAX = 16 * HEADER_BUNDLE_HEADERS;
export const SYNC_BLOCKS_MAX = 256;
/** Fragments of at most some 20 KB. */
export const SYNC_EPOCHS_MAX = 64;
/** A proof in a log of 2^53 leaves. */
const PROOF_HASHES_MAX = 54;
/** Of inclusion in the log, or of its consistency. */
export const logProofHashes = list(hash, PROOF_HASHES_MAX);
/** Buckets are grouped into frames of about this many bytes. */
export const SNAPSHOT_FRAME_BYTES = 128 * 1024;
export const HASHES_PER_FRAME_MAX = 4096;
const RECORD_BYTES_MAX = 65_535;
export const BUCKET_RECORDS_MAX = 65_535;

export const syncRequest = named(
  'sync-request',
  variant({
    /** → one `finality-answer`. `anchor` is a height at or below the tip. */
    finality: [1, { anchor: uint() }],
    /** → one `state-proof`. */
    'state-proof': [2, { kind: uint(255), id: bytes(32) }],
    /** → one `snapshot-head`, `snapshot-buckets` up to the last, `snapshot-names` until all names are sent. */
    snapshot: [3, {}],
    /** → `hash-list` frames: roots of the full bundles of the log at `size`, then the leaf hashes of the partial one. */
    'history-index': [4, { size: uint() }],
    /** → for each bundle from `from` up to before `to` of the log at `size`: the bundle, then its `bundle-bodies`. */
    bundles: [5, { from: uint(), to: uint(), size: uint() }],
    /** → `header-list` frames, from height `from` up to before `to`. */
    headers: [6, { from: uint(), to: uint() }],
    /** → one `block-contents` a block, from height `from` up to before `to`. */
    blocks: [7, { from: uint(), to: uint() }],
    /**
     * → an `own-member` for each member whose next key the asker is, who registered it first before the others; or, with the key of
     * a device link, for the member who opened it.
     */
    'own-member': [8, { link: optional(publicKey) }],
    /** → one `decider` a member who decided about the request, in the order of their decisions. */
    deciders: [9, { request: hash }],
    /** → an `epoch-fragment` for each epoch that has ended, from `from` on, at most `SYNC_EPOCHS_MAX`. */
    epochs: [10, { from: uint() }],
    /** → the `fork-proof` for which this node has stopped. */
    'fork-proof': [11, {}],
  }),
);
export type SyncRequest = Infer<typeof syncRequest>;

export const finalityAnswer = named(
  'finality-answer',
  tuple({
    genesis: bytes(TRANSACTION_BYTES_MAX),
    anchor: header,
    /** Consistency of the log from the anchor's size to the tip's. */
    proof: logProofHashes,
    tip: header,
    certificate,
  }),
);
export type FinalityAnswer = Infer<typeof finalityAnswer>;

export const recordPair = named('record-pair', tuple({ key: hash, value: hash }));
export const STATE_PATH_HASHES = 8;
/** A record's bytes (none: proved absent), the hash pairs of its bucket, and the siblings from the bucket up to the root. */
export const recordProofFields = {
  value: optional(bytes(RECORD_BYTES_MAX)),
  bucket: list(recordPair, BUCKET_RECORDS_MAX),
  path: list(hash, STATE_PATH_HASHES, STATE_PATH_HASHES),
};
export const stateProof = named(
  'state-proof',
  tuple({
    header,
    certificate,
    ...recordProofFields,
  }),
);
export type StateProof = Infer<typeof stateProof>;

/** By which certificate others went on above a header, and what its state says of recovery keys: a proof as above. */
const epochRecovery = named(
  'epoch-recovery',
  tuple({
    certificate: recoveryCertificate,
    ...recordProofFields,
  }),
);
/**
 * How trust passes from an epoch to the next: its closing header, certified by its own trust set, names the next one. Or no
 * block closed it: then it is its last header, and a recovery names who followed.
 */
export const epochFragment = named('epoch-fragment', tuple({ header, certificate, next: trustSet, recovery: optional(epochRecovery) }));
export type EpochFragment = Infer<typeof epochFragment>;
/** A header, a certificate and a trust set at their largest (31 signatures, 31 seats, 32 auditors); a recovery, a record and a whole bucket. */
export const EPOCH_FRAGMENT_BYTES_MAX =
  HEADER_BYTES_MAX + 4_096 + 16_384 + TRANSACTION_BYTES_MAX + RECORD_BYTES_MAX + BUCKET_RECORDS_MAX * 70;

/** A member, proved: its record is found under its id. */
export const ownMember = named('own-member', tuple({ member: hash, proof: stateProof }));
/** Members who may have one next key: whoever copied another's digest comes after it. */
export const OWN_MEMBERS_MAX = 4;
/** The leaf that holds a decision, that it is in the log of the proof's header, and the body of the reason that it names. */
const decisionLeaf = named(
  'decision-leaf',
  tuple({ leaf: bytes(TRANSACTION_BYTES_MAX), inclusion: logProofHashes, reason: bytes(NAME_BODY_BYTES_MAX) }),
);
/** A member, proved, the body of its name where it is held, and its reason where it gave one and history is here. */
export const decider = named(
  'decider',
  tuple({ member: hash, proof: stateProof, name: optional(bytes(BODY_BYTES_MAX)), said: optional(decisionLeaf) }),
);
export type Decider = Infer<typeof decider>;

export const snapshotHead = named(
  'snapshot-head',
  tuple({ header, certificate, frontier: list(hash, PROOF_HASHES_MAX), buckets: list(hash, 256, 256) }),
);
export type SnapshotHead = Infer<typeof snapshotHead>;

export const storedRecord = named('stored-record', tuple({ kind: uint(255), id: bytes(32), value: bytes(RECORD_BYTES_MAX) }));
export const storedBucket = named('stored-bucket', list(storedRecord, BUCKET_RECORDS_MAX));
export type StoredBucket = Infer<typeof storedBucket>;
/** Buckets in order, from the index `first`. */
export const snapshotBuckets = named('snapshot-buckets', tuple({ first: uint(255), buckets: list(storedBucket, 256, 1) }));
/** Bodies of the names that the state's members have. */
export const snapshotNames = named('snapshot-names', list(bytes(BODY_BYTES_MAX), 4096));

export const hashList = named('hash-list', list(hash, HASHES_PER_FRAME_MAX));
export const headerList = named('header-list', list(header, HEADER_BUNDLE_HEADERS));
export type HeaderList = Infer<typeof headerList>;

/** The bodies of one leaf, in the order of `bodiesOf`; a body that was erased or never came is absent. */
export const leafBodies = named('leaf-bodies', list(optional(bytes(BODY_BYTES_MAX)), BODIES_PER_TRANSACTION_MAX + 28));
/** The bodies of a bundle's leaves, in order. */
export const bundleBodies = named('bundle-bodies', list(leafBodies, BUNDLE_LEAVES));
export type LeafBodies = Infer<typeof leafBodies>;

export const blockContents = named(
  'block-contents',
  tuple({ leaves: list(leaf, BLOCK_TRANSACTIONS_MAX), bodies: list(leafBodies, BLOCK_TRANSACTIONS_MAX) }),
);
export type BlockContents = Infer<typeof blockContents>;
