/**
 * The ledger: the finalised chain of one space, on disk and at hand.
 *
 * On disk it is a base and a tail. The base is all of the chain up to one block, as bundles of 256 leaves with their
 * bodies, bundles of 256 headers, the roots of the bundles, and the state by buckets. The tail is the blocks since, a row
 * each. Committing a block writes one row; now and then the tail is folded into the base in one atomic write that rewrites
 * only the buckets that changed. Opening reads the base and replays the tail.
 *
 * A newcomer's base starts from a verified snapshot, with the history below it still missing: `complete` is false until
 * `fill…` has brought it, and the tail is not folded. A tail that grows too long meanwhile is given up for a newer base.
 *
 * Whatever is written in several steps leaves, after each, a store that opens: the base row is the last word on what the
 * other rows stand for, and is written in one transaction with them. One change at a time: callers take turns.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { BUNDLE_LEAVES, HEADER_BUNDLE_HEADERS, TRANSACTION_BYTES_MAX } from '../core/base/limits.ts';
import { invariant, ok, type Result, refuse, unwrap } from '../core/base/result.ts';
import { blockIdOf, type Header } from '../core/codec/block.ts';
import { type BodyRef, bodyHash } from '../core/codec/body.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { decodeSignedGenesis, type Genesis } from '../core/codec/genesis.ts';
import type { TrustSet } from '../core/codec/records.ts';
import { baseRow, TAIL_ROW_BYTES_MAX, tailRow } from '../core/codec/stored.ts';
import { bundleBodies, headerList, type LeafBodies, storedBucket } from '../core/codec/sync-message.ts';
import { bodiesOf, decodeTransaction, type Transaction } from '../core/codec/transaction.ts';
import type { Certificate } from '../core/codec/vote.ts';
import { type ChainPoint, executeBlock } from '../core/consensus/execute.ts';
import { bundleRoot, encodeBundle } from '../core/log/bundle.ts';
import { appendLeaves, emptyFrontier, frontierFrom, frontierRoot } from '../core/log/frontier.ts';
import { leafHash } from '../core/log/merkle-hash.ts';
import { trustSetOf } from '../core/membership/facts.ts';
import { genesisState } from '../core/membership/genesis-state.ts';
import { storeBucket } from '../core/membership/proof.ts';
import { BUCKETS, State } from '../core/membership/state.ts';
import { asVerified } from '../core/membership/verified.ts';
import { History, type LedgerLeaf, type StoredBundle, type TailBlock } from './ledger-history.ts';
import {
  BASE_ROW_BYTES_MAX,
  corrupt,
  joinHashes,
  type KnownName,
  nameIn,
  nameOperation,
  orCorrupt,
  put,
  readBuckets,
  readNames,
  sameHashes,
  splitHashes,
} from './ledger-rows.ts';
import type { Space, WriteOperation } from './ports.ts';

/** Blocks in the tail after which it is folded into the base: bounds the replay on opening. */
export const TAIL_BLOCKS_MAX = 128;
/** Leaves in the tail after which it is folded: two bundles. */
export const TAIL_LEAVES_MAX = 2 * BUNDLE_LEAVES;
/** Bytes of leaves and bodies in the tail after which it is folded: they are held in memory. */
export const TAIL_BYTES_MAX = 16 * 1024 * 1024;
/** A tail waits this many times longer while history is missing, before it is given up for a newer base. */
export const WAITING_TAIL_FACTOR = 4;
/** Rows of the tail read at a time on opening. */
const TAIL_ROWS_AT_ONCE = 32;
const EVERYTHING = { from: 0, to: Number.MAX_SAFE_INTEGER } as const;

/** A final block as the ledger takes it. */
export interface CommittedBlock {
  readonly point: ChainPoint;
  readonly transactions: readonly Transaction[];
  /** For each transaction its bodies in the order of `bodiesOf`; `undefined` where a body is not held. */
  readonly bodies: readonly LeafBodies[];
  /** What makes the block final: a finalization of it or, while catching up, of a descendant that follows. */
  readonly certificate: Certificate;
}

/** A verified state of the chain to start from, with the bodies of its members' names. */
export interface LedgerSnapshot {
  readonly point: ChainPoint;
  readonly certificate: Certificate;
  readonly names: readonly Uint8Array[];
}

interface Base {
  readonly point: ChainPoint;
  readonly certificate: Certificate;
  readonly complete: boolean;
  /** Roots of the full bundles. */
  readonly roots: readonly Hash[];
}

export class Ledger {
  readonly space: Space;
  readonly chain: Hash;
  readonly genesis: Genesis;
  readonly genesisLeaf: Uint8Array;
  readonly history: History;
  readonly #genesisHeader: Header;
  #base: Base;
  #tip: ChainPoint;
  #certificate: Certificate;
  #tail: TailBlock[] = [];
  #tailLeaves = 0;
  #tailBytes = 0;
  readonly #names: Map<string, string>;

  private constructor(space: Space, genesis: FirstPoint, base: Base, names: Map<string, string>) {
    invariant(equal(genesis.header.chain, base.point.header.chain), 'the base is of the genesis’ chain');
    this.space = space;
    this.genesis = genesis.genesis;
    this.genesisLeaf = genesis.leaf;
    this.chain = genesis.header.chain;
    this.#genesisHeader = genesis.header;
    this.#base = base;
    this.#tip = base.point;
    this.#certificate = base.certificate;
    this.#names = names;
    this.history = new History(space, () => ({
      genesis: this.#genesisHeader,
      base: this.#base.point.header,
      complete: this.#base.complete,
      roots: this.#base.roots,
      tail: this.#tail,
    }));
  }

  // ---------------------------------------------------------------- making and opening

  /** A new chain: leaf 0 with its founders' bodies, certified by the host. */
  static async create(space: Space, genesisLeaf: Uint8Array, certificate: Certificate, bodies: readonly Uint8Array[]): Promise<Ledger> {
    const first = genesisPoint(genesisLeaf);
    const names = bodies.flatMap((body) => nameIn(body) ?? []);
    const held = first.genesis.founders.map(({ name }) => bodies.find((body) => equal(bodyHash(body), name.hash)));
    const base = { point: first, certificate, complete: true, roots: [] };
    await space.write(
      [
        put('meta', 'genesis', genesisLeaf),
        put('bundles', 0, encodeBundle([genesisLeaf])),
        put('bodies', 0, encode(bundleBodies, [held])),
        put('headers', 0, encode(headerList, [first.header])),
        ...bucketOperations(first.state),
        ...baseOperations(base),
        ...names.map(nameOperation),
      ],
      'strict',
    );
    return new Ledger(space, first, base, namesOf(names));
  }

  /**
   * A newcomer's copy from a snapshot that was verified against a certified header; history follows through `fill…`.
   * A space that holds an earlier part of the same chain keeps its bundles: the snapshot must extend that part, which
   * whoever fetches it proves from the tip held so far.
   */
  static async adopt(space: Space, genesisLeaf: Uint8Array, snapshot: LedgerSnapshot): Promise<Ledger> {
    const first = genesisPoint(genesisLeaf);
    const base = { ...snapshot, complete: false, roots: [] };
    const names = snapshot.names.flatMap((body) => nameIn(body) ?? []);
    await space.write(
      [
        ...(await forgetPartialBundle(space)),
        put('meta', 'genesis', genesisLeaf),
        { type: 'delete-range', table: 'tail', ...EVERYTHING },
        { type: 'delete-range', table: 'headers', ...EVERYTHING },
        ...bucketOperations(base.point.state),
        ...baseOperations(base),
        ...names.map(nameOperation),
      ],
      'relaxed',
    );
    return new Ledger(space, first, base, await readNames(space));
  }

  /** Opens what the space holds; `undefined` if it holds no chain. Throws `storage-corrupt` where rows contradict each other. */
  static async open(space: Space): Promise<Ledger | undefined> {
    const [leaf, base] = await Promise.all([space.get('meta', 'genesis'), space.get('meta', 'base')]);
    if (leaf === undefined && base === undefined) return undefined;
    if (leaf === undefined || base === undefined) throw corrupt('a chain without its genesis or its base');
    const first = storedGenesis(leaf);
    const read = await readBase(space, base);
    if (!equal(read.point.header.chain, first.header.chain)) throw corrupt('the base is of another chain than the genesis');
    const ledger = new Ledger(space, first, read, await readNames(space));
    await ledger.#replayTail();
    return ledger;
  }

  async #replayTail(): Promise<void> {
    for (;;) {
      const rows = await this.space.range('tail', this.#tip.header.height + 1, EVERYTHING.to, TAIL_ROWS_AT_ONCE);
      for (const { value } of rows) {
        const { block, bodies, certificate } = orCorrupt(decode(tailRow, value, TAIL_ROW_BYTES_MAX));
        if (certificate === undefined) return; // A proposal of ours that is not final; the validator takes it up.
        const transactions = block.leaves.map((leaf) => asVerified(orCorrupt(decodeTransaction(leaf))));
        const point = orCorrupt(executeBlock(this.#tip, block.header, transactions));
        if (!bodiesFit(transactions, bodies)) throw corrupt(`height ${block.header.height} has bodies for other leaves`);
        this.#advance({ point, transactions, bodies, certificate });
      }
      if (rows.length < TAIL_ROWS_AT_ONCE) return;
    }
  }

  // ---------------------------------------------------------------- what it holds

  get tip(): ChainPoint {
    return this.#tip;
  }
  /** What makes the tip final: over the tip itself, or over a descendant that is still to come, see `certified`. */
  get certificate(): Certificate {
    return this.#certificate;
  }
  /** False in the middle of a catch-up, when the tip is final by a descendant that is not here yet. */
  get certified(): boolean {
    const { block } = this.#certificate.subject;
    return block !== undefined && equal(block, this.#tip.id);
  }
  get state(): State {
    return this.#tip.state;
  }
  get trust(): TrustSet {
    return trustSetOf(this.#tip.state);
  }
  /** True once every leaf and header below the tip is here. */
  get complete(): boolean {
    return this.#base.complete;
  }
  /** The point up to which history is filled in from elsewhere. */
  get base(): ChainPoint {
    return this.#base.point;
  }

  get baseHeader(): Header {
    return this.#base.point.header;
  }

  /** See `History`. */
  leaves(from: number, to: number): Promise<readonly LedgerLeaf[]> {
    return this.history.leaves(from, to);
  }
  headers(from: number, to: number): Promise<readonly Header[]> {
    return this.history.headers(from, to);
  }
  headerOfLeaf(index: number): Promise<Header | undefined> {
    return this.history.headerOfLeaf(index);
  }

  /** The name in a body, for members and founders; `undefined` if the body was never seen. */
  name(ref: BodyRef): string | undefined {
    return this.#names.get(toHex(ref.hash));
  }

  // ---------------------------------------------------------------- growing

  /**
   * Adds a final block: one row. Relaxed, since whoever votes has made the block and its votes durable before. Where it
   * fails, nothing has changed and it can be tried again: a full tail is folded first, not afterwards.
   */
  async commit(block: CommittedBlock): Promise<void> {
    const { point, transactions, bodies, certificate } = block;
    invariant(point.header.height === this.#tip.header.height + 1, 'blocks are committed in order');
    invariant(bodiesFit(transactions, bodies), 'each body has its place, held or not');
    if (this.#tailIsFull()) await this.fold();
    const leaves = transactions.map(({ bytes }) => bytes);
    const names = newNames(block);
    const row = encode(tailRow, { block: { header: point.header, leaves }, bodies, certificate });
    await this.space.write([put('tail', point.header.height, row), ...names.map(nameOperation)], 'relaxed');
    for (const { hash, text } of names) this.#names.set(hash, text);
    this.#advance(block);
  }

  #advance({ point, transactions, bodies, certificate }: CommittedBlock): void {
    const leaves = transactions.map(({ bytes }) => bytes);
    this.#tail.push({ header: point.header, leaves, bodies });
    this.#tailLeaves += leaves.length;
    this.#tailBytes += totalBytes(leaves) + bodies.reduce((total, some) => total + totalBytes(some), 0);
    this.#tip = point;
    this.#certificate = certificate;
  }

  #tailIsFull(): boolean {
    const factor = this.#base.complete ? 1 : WAITING_TAIL_FACTOR;
    const { length } = this.#tail;
    return length >= factor * TAIL_BLOCKS_MAX || this.#tailLeaves >= factor * TAIL_LEAVES_MAX || this.#tailBytes >= factor * TAIL_BYTES_MAX;
  }

  /**
   * Folds the tail into the base: one atomic write. While history is missing the leaves of the tail have no bundle to go
   * to, so they become part of the history that is missing.
   */
  async fold(): Promise<void> {
    if (this.#tail.length === 0) return;
    const { complete, roots } = this.#base;
    const leaves = complete ? await this.#foldedLeaves() : { roots: [], operations: await forgetPartialBundle(this.space) };
    const headers = complete ? await this.#foldedHeaders() : [{ type: 'delete-range', table: 'headers', ...EVERYTHING } as const];
    const base = { point: this.#tip, certificate: this.#certificate, complete, roots: complete ? [...roots, ...leaves.roots] : [] };
    await this.space.write(
      [
        ...leaves.operations,
        ...headers,
        ...bucketOperations(base.point.state, this.#base.point.state),
        ...baseOperations(base),
        { type: 'delete-range', table: 'tail', from: 0, to: base.point.header.height },
      ],
      'relaxed',
    );
    this.#base = base;
    this.#tail = [];
    this.#tailLeaves = 0;
    this.#tailBytes = 0;
  }

  async #foldedLeaves(): Promise<{ readonly roots: readonly Hash[]; readonly operations: readonly WriteOperation[] }> {
    const { logSize } = this.#base.point.header;
    const first = Math.floor(logSize / BUNDLE_LEAVES);
    const leaves = await this.history.leaves(first * BUNDLE_LEAVES, this.#tip.header.logSize);
    if (leaves.length !== this.#tip.header.logSize - first * BUNDLE_LEAVES) throw corrupt(`bundle ${first} is not whole`);
    const roots: Hash[] = [];
    const operations: WriteOperation[] = [];
    for (let at = 0; at < leaves.length; at += BUNDLE_LEAVES) {
      const some = leaves.slice(at, at + BUNDLE_LEAVES);
      const bytes = some.map((leaf) => leaf.bytes);
      if (some.length === BUNDLE_LEAVES) roots.push(bundleRoot(bytes.map(leafHash)));
      operations.push(put('bundles', first + at / BUNDLE_LEAVES, encodeBundle(bytes)));
      operations.push(put('bodies', first + at / BUNDLE_LEAVES, encode(bundleBodies, some.map(({ bodies }) => bodies))));
    }
    return { roots, operations };
  }

  async #foldedHeaders(): Promise<readonly WriteOperation[]> {
    const { height } = this.#base.point.header;
    const first = Math.floor((height + 1) / HEADER_BUNDLE_HEADERS);
    const from = first * HEADER_BUNDLE_HEADERS;
    const headers = await this.history.headers(from, this.#tip.header.height + 1);
    if (headers.length !== this.#tip.header.height + 1 - from) throw corrupt(`header row ${first} is not whole`);
    return headerOperations(first, headers);
  }

  // ---------------------------------------------------------------- filling in history
  // Each takes the base for which the rows were verified, and does nothing but say so, with false, if the base has moved.

  /** Keeps the verified roots of the full bundles below the base. */
  async fillRoots(point: ChainPoint, roots: readonly Hash[]): Promise<boolean> {
    invariant(rootsFit(point, roots), 'roots were verified');
    if (point !== this.#base.point) return false;
    const base = { ...this.#base, roots };
    await this.space.write(baseOperations(base), 'relaxed');
    this.#base = base;
    return true;
  }

  /** Writes verified bundles with their verified bodies: one transaction for all. */
  async fillBundles(point: ChainPoint, bundles: readonly StoredBundle[]): Promise<boolean> {
    if (point !== this.#base.point) return false;
    const operations = bundles.flatMap(({ index, bundle, bodies }) => [put('bundles', index, bundle), put('bodies', index, bodies)]);
    await this.space.write(operations, 'relaxed');
    return true;
  }

  /** Writes header rows that were verified to lead up to the base. */
  async fillHeaders(point: ChainPoint, rows: readonly { readonly row: number; readonly bytes: Uint8Array }[]): Promise<boolean> {
    if (point !== this.#base.point) return false;
    await this.space.write(
      rows.map(({ row, bytes }) => put('headers', row, bytes)),
      'relaxed',
    );
    return true;
  }

  /** Says that all of history up to the base is here; from now on the tail is folded. */
  async markComplete(point: ChainPoint): Promise<boolean> {
    if (point !== this.#base.point) return false;
    const complete = { ...this.#base, complete: true };
    await this.space.write(baseOperations(complete), 'strict');
    this.#base = complete;
    return true;
  }
}

// ---------------------------------------------------------------- the genesis

type FirstPoint = ChainPoint & { readonly genesis: Genesis; readonly leaf: Uint8Array };

/** The point after leaf 0, worked out from its bytes. Throws `malformed` or `wrong-genesis` if it founds no chain. */
export function genesisPoint(genesisLeaf: Uint8Array): FirstPoint {
  const signed = unwrap(decodeSignedGenesis(genesisLeaf));
  const { header, state } = unwrap(genesisState(asVerified(signed)));
  const frontier = unwrap(frontierFrom(1, [leafHash(genesisLeaf)]));
  return { header, id: blockIdOf(header), state, frontier, genesis: signed.genesis, leaf: genesisLeaf };
}

function storedGenesis(leaf: Uint8Array): FirstPoint {
  try {
    return genesisPoint(leaf);
  } catch (error) {
    throw corrupt(`the stored genesis: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The references of a leaf to its bodies; those of leaf 0 are its founders' names. */
export function bodyRefsOf(index: number, leaf: Uint8Array): Result<readonly BodyRef[]> {
  if (index === 0) {
    const signed = decodeSignedGenesis(leaf);
    return signed.ok ? ok(signed.value.genesis.founders.map(({ name }) => name)) : signed;
  }
  if (leaf.length > TRANSACTION_BYTES_MAX) return refuse('too-large', 'a leaf over the cap');
  const transaction = decodeTransaction(leaf);
  return transaction.ok ? ok(bodiesOf(transaction.value.unsigned.action)) : transaction;
}

// ---------------------------------------------------------------- the base's rows

function baseOperations({ point, certificate, complete, roots }: Base): readonly WriteOperation[] {
  const row = { version: 1 as const, header: point.header, certificate, frontier: point.frontier.hashes, complete };
  return [put('meta', 'base', encode(baseRow, row)), put('meta', 'roots', joinHashes(roots))];
}

async function readBase(space: Space, bytes: Uint8Array): Promise<Base> {
  const { header, certificate, frontier: hashes, complete } = orCorrupt(decode(baseRow, bytes, BASE_ROW_BYTES_MAX));
  const state = State.ofEntries(await readBuckets(space));
  if (!equal(state.root, header.stateRoot)) throw corrupt('the stored state is not the one of its header');
  const frontier = orCorrupt(frontierFrom(header.logSize, hashes));
  if (!equal(frontierRoot(frontier), header.logRoot)) throw corrupt('the stored frontier is not the one of its header');
  const point = { header, id: blockIdOf(header), state, frontier };
  const roots = splitHashes((await space.get('meta', 'roots')) ?? new Uint8Array(0));
  const known = complete || roots.length > 0;
  if (known && !rootsFit(point, roots)) throw corrupt('the stored roots are not those of the log');
  return { point, certificate, complete, roots };
}

/** Whether these are the roots of all full bundles of the log: the frontier above bundle size is theirs. */
function rootsFit({ frontier }: ChainPoint, roots: readonly Hash[]): boolean {
  const upper = appendLeaves(emptyFrontier(), roots).hashes;
  return roots.length === Math.floor(frontier.size / BUNDLE_LEAVES) && sameHashes(upper, frontier.hashes.slice(0, upper.length));
}

/** Rows of the buckets that differ from `before`, or of all. */
function bucketOperations(state: State, before?: State): readonly WriteOperation[] {
  const [hashes, old] = [state.bucketHashes(), before?.bucketHashes()];
  const changed = (index: number) => !equal(hashes[index] ?? new Uint8Array(0), old?.[index] ?? new Uint8Array(0));
  const indexes = Array.from({ length: BUCKETS }, (_, index) => index).filter(changed);
  return indexes.map((index) => put('snapshot', index, encode(storedBucket, storeBucket(state, index))));
}

function headerOperations(firstRow: number, headers: readonly Header[]): readonly WriteOperation[] {
  const operations: WriteOperation[] = [];
  for (let at = 0; at < headers.length; at += HEADER_BUNDLE_HEADERS) {
    const some = headers.slice(at, at + HEADER_BUNDLE_HEADERS);
    operations.push(put('headers', firstRow + at / HEADER_BUNDLE_HEADERS, encode(headerList, some)));
  }
  return operations;
}

/** The last bundle of what the space holds so far will have more leaves in a longer log, so it counts as missing there. */
async function forgetPartialBundle(space: Space): Promise<readonly WriteOperation[]> {
  const bytes = await space.get('meta', 'base');
  const row = bytes === undefined ? undefined : decode(baseRow, bytes, BASE_ROW_BYTES_MAX);
  if (row === undefined || !row.ok) return [];
  const partial = Math.floor(row.value.header.logSize / BUNDLE_LEAVES);
  return [
    { type: 'delete-range', table: 'bundles', from: partial, to: EVERYTHING.to },
    { type: 'delete-range', table: 'bodies', from: partial, to: EVERYTHING.to },
  ];
}

// ---------------------------------------------------------------- names and bodies

function namesOf(names: readonly KnownName[]): Map<string, string> {
  return new Map(names.map(({ hash, text }) => [hash, text]));
}

function newNames({ transactions, bodies }: CommittedBlock): readonly KnownName[] {
  return transactions.flatMap(({ unsigned: { action } }, i) =>
    action.type === 'join' ? (bodies[i] ?? []).flatMap((body) => (body === undefined ? [] : (nameIn(body) ?? []))) : [],
  );
}

function bodiesFit(transactions: readonly Transaction[], bodies: readonly LeafBodies[]): boolean {
  const counts = transactions.map(({ unsigned }) => bodiesOf(unsigned.action).length);
  return bodies.length === counts.length && counts.every((count, i) => bodies[i]?.length === count);
}

function totalBytes(parts: readonly (Uint8Array | undefined)[]): number {
  return parts.reduce((total, part) => total + (part?.length ?? 0), 0);
}
