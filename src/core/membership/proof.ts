/**
 * Proofs of single records, and snapshots of all of them, against a state root.
 *
 * A proof of a record is the hash pairs of its whole bucket and the eight siblings above it; the same shape proves that
 * a record is absent.
 */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { invariant, itemAt, ok, type Result, refuse } from '../base/result.ts';
import { decode } from '../codec/codec.ts';
import { encodeRecord, RECORD_KIND_NAMES, RECORD_KINDS, type RecordKind, type RecordOf, recordCodec } from '../codec/records.ts';
import type { StoredBucket } from '../codec/sync-message.ts';
import { BUCKETS, bucketHash, makeEntry, recordHash, type State, type StateEntry, stateKeyHash, stateNode } from './state.ts';

export const RECORD_BYTES_MAX = 65_535;

export interface RecordProof {
  readonly value: Uint8Array | undefined;
  readonly bucket: readonly { readonly key: Hash; readonly value: Hash }[];
  readonly path: readonly Hash[];
}

/** Proof of a record, or of its absence. */
export function proveRecord<K extends RecordKind>(state: State, kind: K, id: Uint8Array): RecordProof {
  const index = itemAt(stateKeyHash(kind, id), 0);
  const record = state.get(kind, id);
  return {
    value: record === undefined ? undefined : encodeRecord(kind, record),
    bucket: state.bucketRows(index).map(({ keyHash, valueHash }) => ({ key: keyHash, value: valueHash })),
    path: siblings(state.bucketHashes(), index),
  };
}

function siblings(bucketHashes: readonly Hash[], index: number): readonly Hash[] {
  const path: Hash[] = [];
  let level = bucketHashes;
  for (let position = index; level.length > 1; position >>= 1) {
    path.push(itemAt(level, position ^ 1));
    level = pairUp(level);
  }
  return path;
}

function pairUp(level: readonly Hash[]): readonly Hash[] {
  const above: Hash[] = [];
  for (let i = 0; i + 1 < level.length; i += 2) {
    above.push(stateNode(itemAt(level, i), itemAt(level, i + 1)));
  }
  return above;
}

/** The record that the proof shows under this root; `undefined` if it shows its absence. */
export function verifyRecord<K extends RecordKind>(
  root: Hash,
  kind: K,
  id: Uint8Array,
  proof: RecordProof,
): Result<RecordOf<K> | undefined> {
  const key = stateKeyHash(kind, id);
  const leaf = bucketHash(proof.bucket.map((pair) => ({ keyHash: pair.key, valueHash: pair.value })));
  if (!equal(rootAbove(leaf, itemAt(key, 0), proof.path), root)) return refuse('bad-proof', 'the proof leads to another state root');
  const pair = proof.bucket.find((one) => equal(one.key, key));
  if (pair === undefined) return proof.value === undefined ? ok(undefined) : refuse('bad-proof', 'a value without a place in the bucket');
  if (proof.value === undefined || !equal(recordHash(proof.value), pair.value))
    return refuse('bad-proof', 'the value is not the committed one');
  return decode(recordCodec(kind), proof.value, RECORD_BYTES_MAX);
}

function rootAbove(leaf: Hash, index: number, path: readonly Hash[]): Hash {
  let position = index;
  let hash = leaf;
  for (const sibling of path) {
    hash = position % 2 === 0 ? stateNode(hash, sibling) : stateNode(sibling, hash);
    position >>= 1;
  }
  return hash;
}

// ------------------------------------------------------------ snapshots

/** The state root that a list of bucket hashes stands for. */
export function rootOfBuckets(bucketHashes: readonly Hash[]): Result<Hash> {
  if (bucketHashes.length !== BUCKETS) return refuse('malformed', `${bucketHashes.length} bucket hashes, not ${BUCKETS}`);
  let level = bucketHashes;
  while (level.length > 1) level = pairUp(level);
  return ok(itemAt(level, 0));
}

/** A bucket as it is stored and sent. */
export function storeBucket(state: State, index: number): StoredBucket {
  return state.bucketRows(index).map(({ kind, id }) => ({ kind: RECORD_KINDS[kind].number, id, value: encodedRecord(state, kind, id) }));
}

function encodedRecord<K extends RecordKind>(state: State, kind: K, id: Uint8Array): Uint8Array {
  const record = state.get(kind, id);
  invariant(record !== undefined, 'a row of a bucket is a record');
  return encodeRecord(kind, record);
}

/** The kind of record with a number; `undefined` if there is none. */
export function recordKindOf(number: number): RecordKind | undefined {
  return kindsByNumber.get(number);
}

const kindsByNumber: ReadonlyMap<number, RecordKind> = new Map(RECORD_KIND_NAMES.map((kind) => [RECORD_KINDS[kind].number, kind]));

/** Reads a bucket from anybody, if it has the expected hash; without one, the caller compares the root over all buckets. */
export function readBucket(stored: StoredBucket, expected: Hash | undefined): Result<readonly StateEntry[]> {
  const entries: StateEntry[] = [];
  for (const { kind: number, id, value } of stored) {
    const kind = recordKindOf(number);
    if (kind === undefined) return refuse('malformed', `no record kind ${number}`);
    const entry = readRecord(kind, id, value);
    if (!entry.ok) return entry;
    entries.push(entry.value);
  }
  return expected === undefined || equal(bucketHash(entries), expected)
    ? ok(entries)
    : refuse('bad-proof', 'a bucket is not the committed one');
}

function readRecord<K extends RecordKind>(kind: K, id: Uint8Array, value: Uint8Array): Result<StateEntry> {
  const record = decode(recordCodec(kind), value, RECORD_BYTES_MAX);
  return record.ok ? ok(makeEntry(kind, id, record.value)) : record;
}
