/**
 * The membership state: a key → record map in 256 buckets by key hash, and the root that commits to it (DESIGN §4).
 *
 * ```
 * key hash    = taggedHash(stateKey, kind number, 1 byte ‖ id)
 * value hash  = taggedHash(stateValue, canonical record)
 * bucket hash = taggedHash(stateBucket, for each record in order of key hash: key hash ‖ value hash)
 * state root  = the root of a perfect binary tree over the 256 bucket hashes, inner nodes taggedHash(stateNode, left ‖ right)
 * ```
 *
 * A `State` never changes: applying a draft copies the buckets that it touches and shares the rest, so that a block
 * not yet final is simply another `State`, and dropping it costs nothing. Its hashes are worked out when they are first asked
 * for: whoever replays a hundred blocks asks for those of the last.
 */

import { compare, concat, equal, toHex } from '../base/bytes.ts';
import { HASH_BYTES, type Hash, TAGS, taggedHash } from '../base/hash.ts';
import { invariant, itemAt } from '../base/result.ts';
import { encodeRecord, RECORD_KIND_NAMES, RECORD_KINDS, type RecordKind, type RecordOf } from '../codec/records.ts';
import { dueTime } from './due.ts';

export const BUCKETS = 256;

export interface StateReader {
  get<K extends RecordKind>(kind: K, id: Uint8Array): RecordOf<K> | undefined;
  /** Every record of a kind. Linear in the whole state: for screens and rare events, not for each transaction. */
  all<K extends RecordKind>(kind: K): Iterable<{ readonly id: Uint8Array; readonly value: RecordOf<K> }>;
}

/** A record's place, hashes and time, without what it says. */
export interface StateRow {
  readonly kind: RecordKind;
  readonly id: Uint8Array;
  readonly keyHash: Hash;
  readonly valueHash: Hash;
  /** The block time from which it changes by itself; infinite if it never does. */
  readonly due: number;
}

interface Entry<K extends RecordKind> extends StateRow {
  readonly kind: K;
  readonly value: RecordOf<K>;
}

/** A record that was read from outside, on its way into a state. */
export interface StateEntry {
  readonly keyHash: Hash;
  readonly valueHash: Hash;
  readonly putInto: (draft: StateDraft) => void;
}

/** The id of records of which there is only one. */
export const SINGLETON: Uint8Array = new Uint8Array(0);

export function stateKeyHash(kind: RecordKind, id: Uint8Array): Hash {
  if (id.length > 0) return keyHashOf(kind, id);
  const known = SINGLETON_KEY_HASHES.get(kind);
  invariant(known !== undefined, 'every kind has its key hash');
  return known;
}

function keyHashOf(kind: RecordKind, id: Uint8Array): Hash {
  return taggedHash(TAGS.stateKey, concat(Uint8Array.of(RECORD_KINDS[kind].number), id));
}

/** Every transaction asks for some of these a few times. */
const SINGLETON_KEY_HASHES: ReadonlyMap<RecordKind, Hash> = new Map(RECORD_KIND_NAMES.map((kind) => [kind, keyHashOf(kind, SINGLETON)]));

export function recordHash(encoded: Uint8Array): Hash {
  return taggedHash(TAGS.stateValue, encoded);
}

export function makeEntry<K extends RecordKind>(kind: K, id: Uint8Array, value: RecordOf<K>): StateEntry {
  const { keyHash, valueHash } = entryOf(kind, id, value);
  return { keyHash, valueHash, putInto: (draft) => draft.put(kind, id, value) };
}

function entryOf<K extends RecordKind>(kind: K, id: Uint8Array, value: RecordOf<K>, keyHash = stateKeyHash(kind, id)): Entry<K> {
  return { kind, id, value, keyHash, valueHash: recordHash(encodeRecord(kind, value)), due: dueTime(kind, value) };
}

/** Entries of one bucket by kind, each list in order of key hash: copying one is cheap, and so is finding one of a few hundred. */
type Tables = { readonly [K in RecordKind]: readonly Entry<K>[] };

const NO_ENTRIES: Tables = {
  chain: [],
  rules: [],
  trust: [],
  census: [],
  member: [],
  device: [],
  invitation: [],
  request: [],
  retired: [],
  proposal: [],
  office: [],
  agenda: [],
  'device-link': [],
  recovery: [],
  activation: [],
  erasure: [],
  'erasure-count': [],
  'former-seats': [],
  service: [],
  attester: [],
  token: [],
  eligibility: [],
  awards: [],
};

interface Bucket {
  readonly tables: Tables;
  /** The same entries, in order of key hash. */
  readonly rows: readonly StateRow[];
  /** The earliest of their times. */
  readonly due: number;
}

export function bucketHash(pairs: readonly { readonly keyHash: Uint8Array; readonly valueHash: Uint8Array }[]): Hash {
  // In one piece: hashing many small ones takes several times as long.
  const joined = new Uint8Array(2 * HASH_BYTES * pairs.length);
  pairs.forEach(({ keyHash, valueHash }, i) => {
    joined.set(keyHash, 2 * HASH_BYTES * i);
    joined.set(valueHash, 2 * HASH_BYTES * i + HASH_BYTES);
  });
  return taggedHash(TAGS.stateBucket, joined);
}

export function stateNode(left: Uint8Array, right: Uint8Array): Hash {
  return taggedHash(TAGS.stateNode, left, right);
}

export class State implements StateReader {
  readonly #buckets: readonly Bucket[];
  /** Heap order: node 1 is the root, node i has children 2i and 2i + 1, nodes 256 … 511 are the buckets. */
  #tree: readonly Hash[];
  /** Buckets that have changed since the tree was that of an earlier state. */
  #stale: ReadonlySet<number>;
  /** The time of the next time-driven change. */
  readonly nextDue: number;

  private constructor(buckets: readonly Bucket[], tree: readonly Hash[], stale: ReadonlySet<number>) {
    this.#buckets = buckets;
    this.#tree = tree;
    this.#stale = stale;
    this.nextDue = earliest(buckets);
  }

  static empty(): State {
    const bucket: Bucket = { tables: NO_ENTRIES, rows: [], due: Number.POSITIVE_INFINITY };
    const tree: Hash[] = new Array<Hash>(2 * BUCKETS).fill(bucketHash([]));
    // All nodes of a level are alike.
    for (let first = BUCKETS / 2; first >= 1; first /= 2)
      tree.fill(stateNode(itemAt(tree, 2 * first), itemAt(tree, 2 * first)), first, 2 * first);
    return new State(new Array<Bucket>(BUCKETS).fill(bucket), tree, new Set());
  }

  /** A state of whole buckets, as a snapshot brings them; the caller compares its root. */
  static ofEntries(entries: readonly StateEntry[]): State {
    const draft = new StateDraft(State.empty());
    for (const entry of entries) entry.putInto(draft);
    return draft.freeze();
  }

  get root(): Hash {
    return itemAt(this.#hashes(), 1);
  }

  #hashes(): readonly Hash[] {
    if (this.#stale.size === 0) return this.#tree;
    const tree = [...this.#tree];
    for (const index of this.#stale) tree[BUCKETS + index] = bucketHash(this.bucketRows(index));
    for (const node of parentsOf(this.#stale)) tree[node] = stateNode(itemAt(tree, 2 * node), itemAt(tree, 2 * node + 1));
    this.#tree = tree;
    this.#stale = new Set();
    return tree;
  }

  get<K extends RecordKind>(kind: K, id: Uint8Array): RecordOf<K> | undefined {
    return this.at(kind, stateKeyHash(kind, id));
  }

  /** For whoever knows the key hash. */
  at<K extends RecordKind>(kind: K, keyHash: Hash): RecordOf<K> | undefined {
    const entries = itemAt(this.#buckets, bucketOf(keyHash)).tables[kind];
    const entry = entries[placeOf(entries, keyHash)];
    return entry !== undefined && equal(entry.keyHash, keyHash) ? entry.value : undefined;
  }

  /** Places and hashes of a bucket's records, in order of key hash. */
  bucketRows(index: number): readonly StateRow[] {
    return itemAt(this.#buckets, index).rows;
  }

  bucketHashes(): readonly Hash[] {
    return this.#hashes().slice(BUCKETS);
  }

  /** In order of key hash. */
  *all<K extends RecordKind>(kind: K): Generator<{ readonly id: Uint8Array; readonly value: RecordOf<K> }> {
    for (const { tables } of this.#buckets) yield* tables[kind];
  }

  /** Records whose time has come, in order of key hash, at most `max`. */
  due(now: number, max: number): readonly StateRow[] {
    if (now < this.nextDue) return [];
    const found: StateRow[] = [];
    for (const bucket of this.#buckets) {
      if (bucket.due > now) continue;
      for (const row of bucket.rows) {
        if (row.due <= now) found.push(row);
        if (found.length === max) return found;
      }
    }
    return found;
  }

  /** The state with these writes: shares every bucket that they do not touch. */
  with(writes: Writes): State {
    const edits = new Map<number, BucketEdit>();
    for (const kind of RECORD_KIND_NAMES) editBuckets(kind, writes[kind], this.#buckets, edits);
    const buckets = [...this.#buckets];
    for (const [index, { tables, changes }] of edits) {
      const rows = merge(itemAt(buckets, index).rows, changes);
      buckets[index] = { tables, rows, due: earliest(rows) };
    }
    return new State(buckets, this.#tree, new Set([...this.#stale, ...edits.keys()]));
  }
}

interface Write<K extends RecordKind> {
  readonly id: Uint8Array;
  readonly keyHash: Hash;
  /** Absent: the record is deleted. */
  readonly value: RecordOf<K> | undefined;
}
type Writes = { readonly [K in RecordKind]: Map<string, Write<K>> };

/** A state being changed: reads see the writes. Freezing it gives the next `State`. */
export class StateDraft implements StateReader {
  readonly base: State;
  readonly #writes: Writes = {
    chain: new Map(),
    rules: new Map(),
    trust: new Map(),
    census: new Map(),
    member: new Map(),
    device: new Map(),
    invitation: new Map(),
    request: new Map(),
    retired: new Map(),
    proposal: new Map(),
    office: new Map(),
    agenda: new Map(),
    'device-link': new Map(),
    recovery: new Map(),
    activation: new Map(),
    erasure: new Map(),
    'erasure-count': new Map(),
    'former-seats': new Map(),
    service: new Map(),
    attester: new Map(),
    token: new Map(),
    eligibility: new Map(),
    awards: new Map(),
  };
  /** Of what was asked for or written: the checks of a transaction ask for the same few records again and again. */
  readonly #keyHashes = new Map<string, Hash>();

  constructor(base: State) {
    this.base = base;
  }

  get<K extends RecordKind>(kind: K, id: Uint8Array): RecordOf<K> | undefined {
    const name = toHex(id);
    const write = this.#writes[kind].get(name);
    return write === undefined ? this.base.at(kind, this.#keyHash(kind, id, name)) : write.value;
  }

  put<K extends RecordKind>(kind: K, id: Uint8Array, value: RecordOf<K>): void {
    this.#write(kind, id, value);
  }

  delete<K extends RecordKind>(kind: K, id: Uint8Array): void {
    this.#write(kind, id, undefined);
  }

  #write<K extends RecordKind>(kind: K, id: Uint8Array, value: RecordOf<K> | undefined): void {
    const name = toHex(id);
    this.#writes[kind].set(name, { id, keyHash: this.#keyHash(kind, id, name), value });
  }

  #keyHash(kind: RecordKind, id: Uint8Array, name: string): Hash {
    const place = `${kind}/${name}`;
    const keyHash = this.#keyHashes.get(place) ?? stateKeyHash(kind, id);
    this.#keyHashes.set(place, keyHash);
    return keyHash;
  }

  *all<K extends RecordKind>(kind: K): Generator<{ readonly id: Uint8Array; readonly value: RecordOf<K> }> {
    const writes = this.#writes[kind];
    for (const one of this.base.all(kind)) if (!writes.has(toHex(one.id))) yield one;
    for (const { id, value } of [...writes.values()]) if (value !== undefined) yield { id, value };
  }

  freeze(): State {
    return this.base.with(this.#writes);
  }
}

/** An entry that takes its place, or leaves it. */
interface Change<E> {
  readonly keyHash: Hash;
  readonly entry: E | undefined;
}

/** A bucket on its way to the next state: its tables as they will be, and the rows that differ. */
interface BucketEdit {
  tables: Tables;
  readonly changes: Change<StateRow>[];
}

/** Adds the writes of one kind to the edits of the buckets where they belong. */
function editBuckets<K extends RecordKind>(
  kind: K,
  writes: ReadonlyMap<string, Write<K>>,
  buckets: readonly Bucket[],
  edits: Map<number, BucketEdit>,
): void {
  const byBucket = new Map<number, Change<Entry<K>>[]>();
  for (const { id, keyHash, value } of writes.values()) {
    const entry = value === undefined ? undefined : entryOf(kind, id, value, keyHash);
    const changes = byBucket.get(bucketOf(keyHash)) ?? [];
    changes.push({ keyHash, entry });
    byBucket.set(bucketOf(keyHash), changes);
  }
  for (const [index, changes] of byBucket) {
    const edit = edits.get(index) ?? { tables: itemAt(buckets, index).tables, changes: [] };
    edit.tables = { ...edit.tables, [kind]: merge(edit.tables[kind], changes) };
    edit.changes.push(...changes);
    edits.set(index, edit);
  }
}

/** Entries in order of key hash, with the changes made; these come in any order. */
function merge<E extends { readonly keyHash: Hash }>(entries: readonly E[], changes: readonly Change<E>[]): readonly E[] {
  const merged: E[] = [];
  let kept = 0;
  for (const { keyHash, entry } of changes.toSorted((a, b) => compare(a.keyHash, b.keyHash))) {
    for (const place = placeOf(entries, keyHash, kept); kept < place; kept++) merged.push(itemAt(entries, kept));
    const replaced = entries[kept];
    if (replaced !== undefined && equal(replaced.keyHash, keyHash)) kept += 1;
    if (entry !== undefined) merged.push(entry);
  }
  for (; kept < entries.length; kept++) merged.push(itemAt(entries, kept));
  return merged;
}

/** Where the key hash is among entries that are in order, or would be; looked for from `from` on. */
function placeOf(entries: readonly { readonly keyHash: Hash }[], keyHash: Hash, from = 0): number {
  let [low, high] = [from, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(itemAt(entries, middle).keyHash, keyHash) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function earliest(timed: readonly { readonly due: number }[]): number {
  return timed.reduce((first, { due }) => Math.min(first, due), Number.POSITIVE_INFINITY);
}

function bucketOf(keyHash: Hash): number {
  return itemAt(keyHash, 0);
}

/** All inner nodes above the given buckets, children before parents. */
function parentsOf(buckets: Iterable<number>): readonly number[] {
  const parents = new Set<number>();
  for (const index of buckets) for (let node = (BUCKETS + index) >> 1; node > 0; node >>= 1) parents.add(node);
  return [...parents].sort((a, b) => b - a);
}
