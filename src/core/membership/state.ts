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
 * not yet final is simply another `State`, and dropping it costs nothing.
 */
import { compare, toHex } from '../base/bytes.ts';
import { type Hash, TAGS, taggedHash } from '../base/hash.ts';
import { encodeRecord, RECORD_KINDS, type RecordKind, type RecordOf } from '../codec/records.ts';
import { dueTime } from './due.ts';

export const BUCKETS = 256;

export interface StateReader {
  get<K extends RecordKind>(kind: K, id: Uint8Array): RecordOf<K> | undefined;
}

/** One record with its place and hashes. */
export type StateEntry = { readonly [K in RecordKind]: EntryOf<K> }[RecordKind];
interface EntryOf<K extends RecordKind> {
  readonly kind: K;
  readonly id: Uint8Array;
  readonly value: RecordOf<K>;
  readonly keyHash: Hash;
  readonly valueHash: Hash;
}

/** The id of records of which there is only one. */
export const SINGLETON: Uint8Array = new Uint8Array(0);

export function stateKeyHash(kind: RecordKind, id: Uint8Array): Hash {
  return taggedHash(TAGS.stateKey, Uint8Array.of(RECORD_KINDS[kind].number), id);
}

export function recordHash(encoded: Uint8Array): Hash {
  return taggedHash(TAGS.stateValue, encoded);
}

export function makeEntry<K extends RecordKind>(kind: K, id: Uint8Array, value: RecordOf<K>): EntryOf<K> {
  return { kind, id, value, keyHash: stateKeyHash(kind, id), valueHash: recordHash(encodeRecord(kind, value)) };
}

interface Bucket {
  /** In order of key hash. */
  readonly entries: readonly StateEntry[];
  readonly byKey: ReadonlyMap<string, StateEntry>;
  readonly hash: Hash;
}

export function bucketHash(pairs: readonly { readonly keyHash: Uint8Array; readonly valueHash: Uint8Array }[]): Hash {
  return taggedHash(TAGS.stateBucket, ...pairs.flatMap(({ keyHash, valueHash }) => [keyHash, valueHash]));
}

function makeBucket(entries: readonly StateEntry[]): Bucket {
  return { entries, byKey: new Map(entries.map((entry) => [mapKey(entry.kind, entry.id), entry])), hash: bucketHash(entries) };
}

function mapKey(kind: RecordKind, id: Uint8Array): string {
  return `${RECORD_KINDS[kind].number}:${toHex(id)}`;
}

export function stateNode(left: Uint8Array, right: Uint8Array): Hash {
  return taggedHash(TAGS.stateNode, left, right);
}

export class State implements StateReader {
  readonly #buckets: readonly Bucket[];
  /** Heap order: node 1 is the root, node i has children 2i and 2i + 1, nodes 256 … 511 are the buckets. */
  readonly #tree: readonly Hash[];
  /** No time-driven change is due before this; may be too early, never too late. */
  readonly nextDue: number;

  private constructor(buckets: readonly Bucket[], tree: readonly Hash[], nextDue: number) {
    this.#buckets = buckets;
    this.#tree = tree;
    this.nextDue = nextDue;
  }

  static empty(): State {
    const bucket = makeBucket([]);
    const tree: Hash[] = new Array<Hash>(2 * BUCKETS).fill(bucket.hash);
    for (let i = BUCKETS - 1; i > 0; i--) tree[i] = stateNode(at(tree, 2 * i), at(tree, 2 * i + 1));
    return new State(new Array<Bucket>(BUCKETS).fill(bucket), tree, Number.POSITIVE_INFINITY);
  }

  /** A state of whole buckets, as a snapshot brings them; the caller compares its root. */
  static ofEntries(entries: readonly StateEntry[]): State {
    const draft = new StateDraft(State.empty());
    for (const entry of entries) draft.put(entry.kind, entry.id, entry.value as never);
    return draft.freeze();
  }

  get root(): Hash {
    return at(this.#tree, 1);
  }

  get<K extends RecordKind>(kind: K, id: Uint8Array): RecordOf<K> | undefined {
    const entry = this.#bucketOf(stateKeyHash(kind, id)).byKey.get(mapKey(kind, id));
    return entry?.value as RecordOf<K> | undefined;
  }

  bucketEntries(index: number): readonly StateEntry[] {
    return at(this.#buckets, index).entries;
  }

  bucketHashes(): readonly Hash[] {
    return this.#tree.slice(BUCKETS);
  }

  /** Every record of a kind, in order of key hash. Linear in the whole state: for screens and rare events, not for each transaction. */
  *all<K extends RecordKind>(kind: K): Generator<{ readonly id: Uint8Array; readonly value: RecordOf<K> }> {
    for (const bucket of this.#buckets) {
      for (const entry of bucket.entries) if (entry.kind === kind) yield { id: entry.id, value: entry.value as RecordOf<K> };
    }
  }

  /** Records whose time has come, in order of key hash, at most `max`. */
  due(now: number, max: number): readonly StateEntry[] {
    if (now < this.nextDue) return [];
    const found: StateEntry[] = [];
    for (const bucket of this.#buckets) {
      for (const entry of bucket.entries) {
        if (dueTime(entry) <= now) found.push(entry);
        if (found.length === max) return found;
      }
    }
    return found;
  }

  /** The state with these changes: shares every bucket that they do not touch. */
  with(changes: readonly Change[], recomputeDue: boolean): State {
    const buckets = [...this.#buckets];
    const tree = [...this.#tree];
    for (const [index, touched] of groupByBucket(changes)) {
      const bucket = makeBucket(mergeEntries(at(buckets, index).entries, touched));
      buckets[index] = bucket;
      tree[BUCKETS + index] = bucket.hash;
    }
    for (const node of parentsOf(new Set(changes.map(({ keyHash }) => BUCKETS + (keyHash[0] ?? 0))))) {
      tree[node] = stateNode(at(tree, 2 * node), at(tree, 2 * node + 1));
    }
    const changed = new State(buckets, tree, this.nextDue);
    return new State(buckets, tree, recomputeDue ? changed.#earliestDue() : Math.min(this.nextDue, earliest(changes)));
  }

  #earliestDue(): number {
    let due = Number.POSITIVE_INFINITY;
    for (const bucket of this.#buckets) for (const entry of bucket.entries) due = Math.min(due, dueTime(entry));
    return due;
  }

  #bucketOf(keyHash: Hash): Bucket {
    return at(this.#buckets, keyHash[0] ?? 0);
  }
}

interface Change {
  readonly keyHash: Hash;
  /** Absent: the record is deleted. */
  readonly entry: StateEntry | undefined;
}

/** A state being changed: reads see the writes. Freezing it gives the next `State`. */
export class StateDraft implements StateReader {
  readonly base: State;
  readonly #writes = new Map<string, { kind: RecordKind; id: Uint8Array; value: RecordOf<RecordKind> | undefined }>();
  #recomputeDue = false;

  constructor(base: State) {
    this.base = base;
  }

  get<K extends RecordKind>(kind: K, id: Uint8Array): RecordOf<K> | undefined {
    const write = this.#writes.get(mapKey(kind, id));
    return write === undefined ? this.base.get(kind, id) : (write.value as RecordOf<K> | undefined);
  }

  put<K extends RecordKind>(kind: K, id: Uint8Array, value: RecordOf<K>): void {
    this.#writes.set(mapKey(kind, id), { kind, id, value });
  }

  delete(kind: RecordKind, id: Uint8Array): void {
    this.#writes.set(mapKey(kind, id), { kind, id, value: undefined });
  }

  /** Every record of a kind as the draft has it; linear in the whole state. */
  *all<K extends RecordKind>(kind: K): Generator<{ readonly id: Uint8Array; readonly value: RecordOf<K> }> {
    for (const one of this.base.all(kind)) if (!this.#writes.has(mapKey(kind, one.id))) yield one;
    for (const write of [...this.#writes.values()]) {
      if (write.kind === kind && write.value !== undefined) yield { id: write.id, value: write.value as RecordOf<K> };
    }
  }

  /** Called when due records were handled, so that the next time-driven change is found anew. */
  dueHandled(): void {
    this.#recomputeDue = true;
  }

  freeze(): State {
    const changes = [...this.#writes.values()].map(({ kind, id, value }): Change => {
      if (value === undefined) return { keyHash: stateKeyHash(kind, id), entry: undefined };
      const entry = makeEntry(kind, id, value) as StateEntry;
      return { keyHash: entry.keyHash, entry };
    });
    return this.base.with(changes, this.#recomputeDue);
  }
}

function earliest(changes: readonly Change[]): number {
  return changes.reduce((due, { entry }) => (entry === undefined ? due : Math.min(due, dueTime(entry))), Number.POSITIVE_INFINITY);
}

function groupByBucket(changes: readonly Change[]): Map<number, Change[]> {
  const groups = new Map<number, Change[]>();
  for (const change of changes) {
    const index = change.keyHash[0] ?? 0;
    const group = groups.get(index);
    if (group === undefined) groups.set(index, [change]);
    else group.push(change);
  }
  return groups;
}

function mergeEntries(entries: readonly StateEntry[], changes: readonly Change[]): readonly StateEntry[] {
  const changed = new Set(changes.map(({ keyHash }) => toHex(keyHash)));
  const kept = entries.filter(({ keyHash }) => !changed.has(toHex(keyHash)));
  const added = changes.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
  return [...kept, ...added].sort((a, b) => compare(a.keyHash, b.keyHash));
}

/** All inner nodes above the given leaves, children before parents. */
function parentsOf(leaves: ReadonlySet<number>): readonly number[] {
  const parents = new Set<number>();
  for (const leaf of leaves) for (let node = leaf >> 1; node > 0; node >>= 1) parents.add(node);
  return [...parents].sort((a, b) => b - a);
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`broken invariant: no item ${index}`);
  return item;
}
