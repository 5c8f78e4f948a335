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
import { encodeRecord, RECORD_KIND_NAMES, RECORD_KINDS, type RecordKind, type RecordOf } from '../codec/records.ts';
import { dueTime } from './due.ts';

export const BUCKETS = 256;

export interface StateReader {
  get<K extends RecordKind>(kind: K, id: Uint8Array): RecordOf<K> | undefined;
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
  return taggedHash(TAGS.stateKey, Uint8Array.of(RECORD_KINDS[kind].number), id);
}

export function recordHash(encoded: Uint8Array): Hash {
  return taggedHash(TAGS.stateValue, encoded);
}

export function makeEntry<K extends RecordKind>(kind: K, id: Uint8Array, value: RecordOf<K>): StateEntry {
  const { keyHash, valueHash } = entryOf(kind, id, value);
  return { keyHash, valueHash, putInto: (draft) => draft.put(kind, id, value) };
}

function entryOf<K extends RecordKind>(kind: K, id: Uint8Array, value: RecordOf<K>): Entry<K> {
  const valueHash = recordHash(encodeRecord(kind, value));
  return { kind, id, value, keyHash: stateKeyHash(kind, id), valueHash, due: dueTime(kind, value) };
}

/** Entries of one bucket by kind and by the hexadecimal of their id. */
type Tables = { readonly [K in RecordKind]: ReadonlyMap<string, Entry<K>> };

const NO_ENTRIES: Tables = {
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
};

interface Bucket {
  readonly tables: Tables;
  /** The same entries, in order of key hash. */
  readonly rows: readonly StateRow[];
  readonly hash: Hash;
}

export function bucketHash(pairs: readonly { readonly keyHash: Uint8Array; readonly valueHash: Uint8Array }[]): Hash {
  return taggedHash(TAGS.stateBucket, ...pairs.flatMap(({ keyHash, valueHash }) => [keyHash, valueHash]));
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
    const bucket: Bucket = { tables: NO_ENTRIES, rows: [], hash: bucketHash([]) };
    const tree: Hash[] = new Array<Hash>(2 * BUCKETS).fill(bucket.hash);
    // All nodes of a level are alike.
    for (let first = BUCKETS / 2; first >= 1; first /= 2) tree.fill(stateNode(at(tree, 2 * first), at(tree, 2 * first)), first, 2 * first);
    return new State(new Array<Bucket>(BUCKETS).fill(bucket), tree, Number.POSITIVE_INFINITY);
  }

  /** A state of whole buckets, as a snapshot brings them; the caller compares its root. */
  static ofEntries(entries: readonly StateEntry[]): State {
    const draft = new StateDraft(State.empty());
    for (const entry of entries) entry.putInto(draft);
    return draft.freeze();
  }

  get root(): Hash {
    return at(this.#tree, 1);
  }

  get<K extends RecordKind>(kind: K, id: Uint8Array): RecordOf<K> | undefined {
    return at(this.#buckets, bucketOf(stateKeyHash(kind, id))).tables[kind].get(toHex(id))?.value;
  }

  /** Places and hashes of a bucket's records, in order of key hash. */
  bucketRows(index: number): readonly StateRow[] {
    return at(this.#buckets, index).rows;
  }

  bucketHashes(): readonly Hash[] {
    return this.#tree.slice(BUCKETS);
  }

  /** Every record of a kind, in order of key hash. Linear in the whole state: for screens and rare events, not for each transaction. */
  *all<K extends RecordKind>(kind: K): Generator<{ readonly id: Uint8Array; readonly value: RecordOf<K> }> {
    for (const { tables, rows } of this.#buckets) {
      const table = tables[kind];
      if (table.size === 0) continue;
      for (const row of rows) {
        const entry = row.kind === kind ? table.get(toHex(row.id)) : undefined;
        if (entry !== undefined) yield entry;
      }
    }
  }

  /** Records whose time has come, in order of key hash, at most `max`. */
  due(now: number, max: number): readonly StateRow[] {
    if (now < this.nextDue) return [];
    const found: StateRow[] = [];
    for (const { rows } of this.#buckets) {
      for (const row of rows) {
        if (row.due <= now) found.push(row);
        if (found.length === max) return found;
      }
    }
    return found;
  }

  /** The state with these writes: shares every bucket that they do not touch. */
  with(writes: Writes, recomputeDue: boolean): State {
    const edits = new Map<number, BucketEdit>();
    for (const kind of RECORD_KIND_NAMES) editBuckets(kind, writes[kind], this.#buckets, edits);
    const buckets = [...this.#buckets];
    const tree = [...this.#tree];
    let nextDue = recomputeDue ? Number.POSITIVE_INFINITY : this.nextDue;
    for (const [index, { tables, changed }] of edits) {
      const rows = mergeRows(at(buckets, index).rows, changed);
      const bucket = { tables, rows, hash: bucketHash(rows) };
      buckets[index] = bucket;
      tree[BUCKETS + index] = bucket.hash;
      nextDue = Math.min(nextDue, earliest(rows));
    }
    for (const node of parentsOf(edits.keys())) tree[node] = stateNode(at(tree, 2 * node), at(tree, 2 * node + 1));
    if (recomputeDue) nextDue = buckets.reduce((due, { rows }) => Math.min(due, earliest(rows)), nextDue);
    return new State(buckets, tree, nextDue);
  }
}

interface Write<K extends RecordKind> {
  readonly id: Uint8Array;
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
  };
  #recomputeDue = false;

  constructor(base: State) {
    this.base = base;
  }

  get<K extends RecordKind>(kind: K, id: Uint8Array): RecordOf<K> | undefined {
    const write = this.#writes[kind].get(toHex(id));
    return write === undefined ? this.base.get(kind, id) : write.value;
  }

  put<K extends RecordKind>(kind: K, id: Uint8Array, value: RecordOf<K>): void {
    this.#writes[kind].set(toHex(id), { id, value });
  }

  delete<K extends RecordKind>(kind: K, id: Uint8Array): void {
    this.#writes[kind].set(toHex(id), { id, value: undefined });
  }

  /** Every record of a kind as the draft has it; linear in the whole state. */
  *all<K extends RecordKind>(kind: K): Generator<{ readonly id: Uint8Array; readonly value: RecordOf<K> }> {
    const writes = this.#writes[kind];
    for (const one of this.base.all(kind)) if (!writes.has(toHex(one.id))) yield one;
    for (const { id, value } of [...writes.values()]) if (value !== undefined) yield { id, value };
  }

  /** Called when due records were handled, so that the next time-driven change is found anew. */
  dueHandled(): void {
    this.#recomputeDue = true;
  }

  freeze(): State {
    return this.base.with(this.#writes, this.#recomputeDue);
  }
}

/** A bucket on its way to the next state: its tables as they will be, and the rows that differ, by the hexadecimal of their key hash. */
interface BucketEdit {
  tables: Tables;
  readonly changed: Map<string, StateRow | undefined>;
}

/** Adds the writes of one kind to the edits of the buckets where they belong. */
function editBuckets<K extends RecordKind>(
  kind: K,
  writes: ReadonlyMap<string, Write<K>>,
  buckets: readonly Bucket[],
  edits: Map<number, BucketEdit>,
): void {
  const tables = new Map<number, Map<string, Entry<K>>>();
  for (const [key, { id, value }] of writes) {
    const entry = value === undefined ? undefined : entryOf(kind, id, value);
    const keyHash = entry?.keyHash ?? stateKeyHash(kind, id);
    const index = bucketOf(keyHash);
    const edit = edits.get(index) ?? { tables: at(buckets, index).tables, changed: new Map<string, StateRow | undefined>() };
    const table = tables.get(index) ?? new Map(edit.tables[kind]);
    if (entry === undefined) table.delete(key);
    else table.set(key, entry);
    edit.changed.set(toHex(keyHash), entry);
    tables.set(index, table);
    edits.set(index, edit);
  }
  for (const [index, table] of tables) {
    const edit = edits.get(index);
    if (edit !== undefined) edit.tables = { ...edit.tables, [kind]: table };
  }
}

function mergeRows(rows: readonly StateRow[], changed: ReadonlyMap<string, StateRow | undefined>): readonly StateRow[] {
  const kept = rows.filter(({ keyHash }) => !changed.has(toHex(keyHash)));
  const added = [...changed.values()].filter((row) => row !== undefined);
  return [...kept, ...added].sort((a, b) => compare(a.keyHash, b.keyHash));
}

function earliest(rows: readonly StateRow[]): number {
  return rows.reduce((due, row) => Math.min(due, row.due), Number.POSITIVE_INFINITY);
}

function bucketOf(keyHash: Hash): number {
  return keyHash[0] ?? 0;
}

/** All inner nodes above the given buckets, children before parents. */
function parentsOf(buckets: Iterable<number>): readonly number[] {
  const parents = new Set<number>();
  for (const index of buckets) for (let node = (BUCKETS + index) >> 1; node > 0; node >>= 1) parents.add(node);
  return [...parents].sort((a, b) => b - a);
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`broken invariant: no item ${index}`);
  return item;
}
