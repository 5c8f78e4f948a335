/**
 * The ledger: the finalised chain of one space, on disk and at hand.
 *
 * On disk it is a base and a tail. The base is all of the chain up to one block, as bundles of 256 leaves with their
 * bodies, bundles of 256 headers, the roots of the bundles, and the state by buckets. The tail is the blocks since, a row
 * each. Committing a block writes one row; now and then the tail is folded into the base in one atomic write that rewrites
 * only the buckets that changed. Opening reads the base and replays the tail.
 *
 * A newcomer's base starts from a verified snapshot, with the history below it still missing: `complete` is false until
 * `fill…` has brought it. Until then the tail only grows.
 */
import { equal, fromUtf8, toHex, utf8 } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { BUNDLE_LEAVES, HEADER_BUNDLE_HEADERS, TRANSACTION_BYTES_MAX } from '../core/base/limits.ts';
import { invariant, RefusalError, type Result, refuse, unwrap } from '../core/base/result.ts';
import { blockIdOf, type Header } from '../core/codec/block.ts';
import { type BodyRef, bodyHash, decodeBody } from '../core/codec/body.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { decodeSignedGenesis, type Genesis } from '../core/codec/genesis.ts';
import type { TrustSet } from '../core/codec/records.ts';
import { baseRow, TAIL_ROW_BYTES_MAX, tailRow } from '../core/codec/stored.ts';
import { type BlockContents, bundleBodies, headerList, type LeafBodies, storedBucket, SYNC_ITEM_BYTES_MAX } from '../core/codec/sync-message.ts';
import { bodiesOf, decodeTransaction, type Transaction } from '../core/codec/transaction.ts';
import type { Certificate } from '../core/codec/vote.ts';
import { type ChainPoint, executeBlock } from '../core/consensus/execute.ts';
import { BUNDLE_BYTES_MAX, bundleRoot, decodeBundle, encodeBundle } from '../core/log/bundle.ts';
import { frontierFrom } from '../core/log/frontier.ts';
import { leafHash } from '../core/log/merkle-hash.ts';
import { trustSetOf } from '../core/membership/facts.ts';
import { genesisState } from '../core/membership/genesis-state.ts';
import { readBucket, storeBucket } from '../core/membership/proof.ts';
import { BUCKETS, State, type StateEntry } from '../core/membership/state.ts';
import { asVerified } from '../core/membership/verified.ts';
import type { Space, WriteOperation } from './ports.ts';

/** Blocks in the tail after which it is folded into the base: bounds the replay on opening. */
const TAIL_BLOCKS_MAX = 128;
/** Leaves in the tail after which it is folded: two bundles. */
const TAIL_LEAVES_MAX = 2 * BUNDLE_LEAVES;

/** A final block as the ledger takes it. */
export interface CommittedBlock {
  readonly point: ChainPoint;
  readonly transactions: readonly Transaction[];
  /** For each transaction its bodies; `undefined` where a body is not held. */
  readonly bodies: readonly LeafBodies[];
  readonly certificate: Certificate;
}

interface TailBlock {
  readonly header: Header;
  readonly leaves: readonly Uint8Array[];
  readonly bodies: readonly LeafBodies[];
}

/** One leaf with its place and bodies. */
export interface LedgerLeaf {
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly bodies: LeafBodies;
}

export class Ledger {
  readonly space: Space;
  readonly chain: Hash;
  readonly genesis: Genesis;
  readonly genesisLeaf: Uint8Array;
  #tip: ChainPoint;
  #certificate: Certificate;
  #complete: boolean;
  /** Size of the log and height at the base. */
  #base: { readonly header: Header; readonly logSize: number };
  #tail: TailBlock[] = [];
  #tailLeaves = 0;
  /** Roots of the full bundles of the base. */
  #roots: Hash[];
  #storedBuckets: readonly Hash[];
  readonly #names = new Map<string, string>();

  private constructor(options: {
    space: Space;
    genesisLeaf: Uint8Array;
    base: ChainPoint;
    certificate: Certificate;
    complete: boolean;
    roots: Hash[];
  }) {
    const { genesis } = unwrap(decodeSignedGenesis(options.genesisLeaf));
    this.space = options.space;
    this.genesis = genesis;
    this.genesisLeaf = options.genesisLeaf;
    this.chain = options.base.header.chain;
    this.#tip = options.base;
    this.#certificate = options.certificate;
    this.#complete = options.complete;
    this.#base = { header: options.base.header, logSize: options.base.header.logSize };
    this.#roots = options.roots;
    this.#storedBuckets = options.base.state.bucketHashes();
  }

  // ---------------------------------------------------------------- making and opening

  /** A new chain: leaf 0 with its founders' bodies, certified by the host. */
  static async create(space: Space, genesisLeaf: Uint8Array, certificate: Certificate, bodies: readonly Uint8Array[]): Promise<Ledger> {
    const first = genesisPoint(genesisLeaf);
    const ledger = new Ledger({ space, genesisLeaf, base: first, certificate, complete: true, roots: [] });
    await space.write(
      [
        put('meta', 'genesis', genesisLeaf),
        put('bundles', 0, encodeBundle([genesisLeaf])),
        put('bodies', 0, encode(bundleBodies, [bodies])),
        put('headers', 0, encode(headerList, [first.header])),
        ...ledger.#allBuckets(),
        ledger.#baseOperation(first, certificate),
        ...ledger.#rememberNames(bodies),
      ],
      'strict',
    );
    return ledger;
  }

  /** A newcomer's copy from a snapshot that was verified against a certified header; history follows through `fill…`. */
  static async adopt(
    space: Space,
    genesisLeaf: Uint8Array,
    snapshot: { readonly point: ChainPoint; readonly certificate: Certificate; readonly names: readonly Uint8Array[] },
  ): Promise<Ledger> {
    const { point, certificate, names } = snapshot;
    const ledger = new Ledger({ space, genesisLeaf, base: point, certificate, complete: false, roots: [] });
    await space.write(
      [
        put('meta', 'genesis', genesisLeaf),
        { type: 'delete-range', table: 'tail', from: 0, to: Number.MAX_SAFE_INTEGER },
        { type: 'delete-range', table: 'headers', from: 0, to: Number.MAX_SAFE_INTEGER },
        { type: 'delete', table: 'meta', key: 'roots' },
        ...ledger.#allBuckets(),
        ledger.#baseOperation(point, certificate),
        ...ledger.#rememberNames(names),
      ],
      'relaxed',
    );
    return ledger;
  }

  /** Opens what the space holds; `undefined` if it holds no chain. Throws `storage-corrupt` where rows contradict each other. */
  static async open(space: Space): Promise<Ledger | undefined> {
    const [genesisLeaf, base, roots] = await Promise.all([space.get('meta', 'genesis'), space.get('meta', 'base'), space.get('meta', 'roots')]);
    if (genesisLeaf === undefined || base === undefined) return undefined;
    const row = orCorrupt(decode(baseRow, base, 64 * 1024));
    const state = State.ofEntries(await readBuckets(space));
    if (!equal(state.root, row.header.stateRoot)) throw corrupt('the stored state is not the one of its header');
    const frontier = orCorrupt(frontierFrom(row.header.logSize, row.frontier));
    const point = { header: row.header, id: blockIdOf(row.header), state, frontier };
    const ledger = new Ledger({
      space,
      genesisLeaf,
      base: point,
      certificate: row.certificate,
      complete: row.complete,
      roots: splitHashes(roots ?? new Uint8Array(0)),
    });
    await ledger.#readNames();
    await ledger.#replayTail();
    return ledger;
  }

  async #replayTail(): Promise<void> {
    for (;;) {
      const rows = await this.space.range('tail', this.#tip.header.height + 1, Number.MAX_SAFE_INTEGER, 32);
      for (const { value } of rows) {
        const { block, bodies, certificate } = orCorrupt(decode(tailRow, value, TAIL_ROW_BYTES_MAX));
        if (certificate === undefined) return; // A proposal of ours that is not final; the validator takes it up.
        const transactions = block.leaves.map((leaf) => asVerified(orCorrupt(decodeTransaction(leaf))));
        this.#advance({ point: orCorrupt(executeBlock(this.#tip, block.header, transactions)), transactions, bodies, certificate });
      }
      if (rows.length < 32) return;
    }
  }

  async #readNames(): Promise<void> {
    let from = 'name/';
    for (;;) {
      const rows = await this.space.range('meta', from, 'name/g', 1024);
      for (const { key, value } of rows) this.#names.set(String(key).slice('name/'.length), fromUtf8(value) ?? '');
      const last = rows[rows.length - 1];
      if (last === undefined || rows.length < 1024) return;
      from = `${String(last.key)}0`;
    }
  }

  // ---------------------------------------------------------------- what it holds

  get tip(): ChainPoint {
    return this.#tip;
  }
  /** Certificate of the tip. */
  get certificate(): Certificate {
    return this.#certificate;
  }
  get state(): State {
    return this.#tip.state;
  }
  get trust(): TrustSet {
    return trustSetOf(this.#tip.state);
  }
  /** True once every leaf, body and header below the tip is here. */
  get complete(): boolean {
    return this.#complete;
  }
  /** The block up to which history is filled in from elsewhere. */
  get baseHeader(): Header {
    return this.#base.header;
  }
  get historyRoots(): readonly Hash[] {
    return this.#roots;
  }

  /** The name in a body, for members and founders; `undefined` if the body was never seen. */
  name(ref: BodyRef): string | undefined {
    return this.#names.get(toHex(ref.hash));
  }
  nameBodies(): ReadonlyMap<string, string> {
    return this.#names;
  }

  /** The leaves from `from` up to before `to`, fewer where history is missing. At most a few bundles at a time. */
  async leaves(from: number, to: number): Promise<readonly LedgerLeaf[]> {
    const out: LedgerLeaf[] = [];
    for (let index = Math.floor(from / BUNDLE_LEAVES); index * BUNDLE_LEAVES < Math.min(to, this.#base.logSize); index++) {
      const [bundle, bodies] = await Promise.all([this.#storedLeaves(index), this.#storedBodies(index)]);
      bundle.forEach((bytes, i) => {
        out.push({ index: index * BUNDLE_LEAVES + i, bytes, bodies: bodies[i] ?? [] });
      });
    }
    out.push(...this.#tailLeavesList());
    return out.filter(({ index }) => index >= from && index < to);
  }

  #tailLeavesList(): LedgerLeaf[] {
    let index = this.#base.logSize;
    return this.#tail.flatMap(({ leaves, bodies }) => leaves.map((bytes, i) => ({ index: index++, bytes, bodies: bodies[i] ?? [] })));
  }

  /** Headers from height `from` up to before `to`, without gaps; fewer where history is missing. */
  async headers(from: number, to: number): Promise<readonly Header[]> {
    const out: Header[] = [];
    const baseHeight = this.#base.header.height;
    for (let row = Math.floor(from / HEADER_BUNDLE_HEADERS); row * HEADER_BUNDLE_HEADERS <= Math.min(to - 1, baseHeight); row++) {
      out.push(...(await this.#storedHeaders(row)));
    }
    out.push(...this.#tail.map(({ header }) => header));
    return out.filter(({ height }) => height >= from && height < to);
  }

  /** Blocks from height `from` up to before `to`, as they are sent to a follower. */
  async blocks(from: number, to: number): Promise<readonly BlockContents[]> {
    const headers = await this.headers(Math.max(from - 1, 0), to);
    const out: BlockContents[] = [];
    for (let i = 1; i < headers.length; i++) {
      const leaves = await this.leaves(headers[i - 1]?.logSize ?? 0, headers[i]?.logSize ?? 0);
      out.push({ leaves: leaves.map(({ bytes }) => bytes), bodies: leaves.map(({ bodies }) => bodies) });
    }
    return out;
  }

  /** The header of the block that holds a leaf; `undefined` where headers are missing. Binary search over header bundles. */
  async headerOfLeaf(index: number): Promise<Header | undefined> {
    if (index >= this.#base.logSize) return this.#tail.find(({ header }) => header.logSize > index)?.header;
    let low = 0;
    let high = Math.floor(this.#base.header.height / HEADER_BUNDLE_HEADERS);
    while (low < high) {
      const middle = (low + high) >> 1;
      const last = (await this.#storedHeaders(middle)).at(-1);
      if (last === undefined) return undefined;
      if (last.logSize > index) high = middle;
      else low = middle + 1;
    }
    return (await this.#storedHeaders(low)).find(({ logSize }) => logSize > index);
  }

  /** Leaf hashes of one bundle of the log at `size`, for proofs and for newcomers. */
  async leafHashes(bundle: number, size: number): Promise<readonly Hash[]> {
    const leaves = await this.leaves(bundle * BUNDLE_LEAVES, Math.min((bundle + 1) * BUNDLE_LEAVES, size));
    return leaves.map(({ bytes }) => leafHash(bytes));
  }

  /** Roots of all full bundles of the log at `size`. */
  async bundleRoots(size: number): Promise<readonly Hash[]> {
    const full = Math.floor(size / BUNDLE_LEAVES);
    const roots = this.#roots.slice(0, full);
    for (let bundle = roots.length; bundle < full; bundle++) roots.push(bundleRoot(await this.leafHashes(bundle, size)));
    return roots;
  }

  // ---------------------------------------------------------------- growing

  /** Adds a final block. One row; relaxed, since whoever votes has made the block and its votes durable before. */
  async commit(block: CommittedBlock): Promise<void> {
    const { header } = block.point;
    invariant(header.height === this.#tip.header.height + 1, 'blocks are committed in order');
    const leaves = block.transactions.map(({ bytes }) => bytes);
    const row = encode(tailRow, { block: { header, leaves }, bodies: block.bodies, certificate: block.certificate });
    await this.space.write([put('tail', header.height, row), ...this.#newNames(block)], 'relaxed');
    this.#advance(block);
    if (this.#complete && (this.#tail.length >= TAIL_BLOCKS_MAX || this.#tailLeaves >= TAIL_LEAVES_MAX)) await this.fold();
  }

  #advance({ point, transactions, bodies, certificate }: CommittedBlock): void {
    this.#tail.push({ header: point.header, leaves: transactions.map(({ bytes }) => bytes), bodies });
    this.#tailLeaves += transactions.length;
    this.#tip = point;
    this.#certificate = certificate;
  }

  #newNames({ transactions, bodies }: CommittedBlock): WriteOperation[] {
    return transactions.flatMap(({ unsigned: { action } }, i) =>
      action.type === 'join' ? this.#rememberNames((bodies[i] ?? []).filter((body) => body !== undefined)) : [],
    );
  }

  #rememberNames(bodies: readonly Uint8Array[]): WriteOperation[] {
    return bodies.flatMap((bytes) => {
      const name = nameIn(bytes);
      if (name === undefined) return [];
      this.#names.set(name.hash, name.text);
      return [put('meta', `name/${name.hash}`, utf8(name.text))];
    });
  }

  /** Folds the tail into the base: one atomic write. */
  async fold(): Promise<void> {
    if (!this.#complete || this.#tail.length === 0) return;
    const tip = this.#tip;
    const operations = [
      ...(await this.#foldLeaves()),
      ...(await this.#foldHeaders()),
      ...this.#changedBuckets(tip.state),
      this.#baseOperation(tip, this.#certificate),
      put('meta', 'roots', joinHashes(this.#roots)),
      { type: 'delete-range', table: 'tail', from: 0, to: tip.header.height } as const,
    ];
    await this.space.write(operations, 'relaxed');
    this.#base = { header: tip.header, logSize: tip.header.logSize };
    this.#storedBuckets = tip.state.bucketHashes();
    this.#tail = [];
    this.#tailLeaves = 0;
  }

  async #foldLeaves(): Promise<WriteOperation[]> {
    const operations: WriteOperation[] = [];
    const first = Math.floor(this.#base.logSize / BUNDLE_LEAVES);
    const leaves = [...(await this.#storedLeaves(first))];
    const bodies = [...(await this.#storedBodies(first))];
    for (const block of this.#tail) {
      leaves.push(...block.leaves);
      bodies.push(...block.leaves.map((_, i) => block.bodies[i] ?? []));
    }
    for (let at = 0; at < leaves.length; at += BUNDLE_LEAVES) {
      const some = leaves.slice(at, at + BUNDLE_LEAVES);
      const index = first + at / BUNDLE_LEAVES;
      if (some.length === BUNDLE_LEAVES) this.#roots[index] = bundleRoot(some.map(leafHash));
      operations.push(put('bundles', index, encodeBundle(some)));
      operations.push(put('bodies', index, encode(bundleBodies, bodies.slice(at, at + BUNDLE_LEAVES))));
    }
    return operations;
  }

  async #foldHeaders(): Promise<WriteOperation[]> {
    const operations: WriteOperation[] = [];
    const first = Math.floor((this.#base.header.height + 1) / HEADER_BUNDLE_HEADERS);
    const headers = [...(await this.#storedHeaders(first)), ...this.#tail.map(({ header }) => header)];
    for (let at = 0; at < headers.length; at += HEADER_BUNDLE_HEADERS) {
      operations.push(put('headers', first + at / HEADER_BUNDLE_HEADERS, encode(headerList, headers.slice(at, at + HEADER_BUNDLE_HEADERS))));
    }
    return operations;
  }

  // ---------------------------------------------------------------- filling in history

  /** Keeps the verified roots of the full bundles below the base, so that bundles can come from anybody. */
  async fillRoots(roots: readonly Hash[]): Promise<void> {
    this.#roots = [...roots];
    await this.space.write([put('meta', 'roots', joinHashes(roots))], 'relaxed');
  }

  /** Numbers of the bundles that history still lacks. */
  async missingBundles(): Promise<readonly number[]> {
    const total = Math.ceil(this.#base.logSize / BUNDLE_LEAVES);
    const missing: number[] = [];
    for (let index = 0; index < total; index++) {
      const held = await this.space.get('bundles', index);
      if (held === undefined || !this.#isWhole(index, held)) missing.push(index);
    }
    return missing;
  }

  /** An earlier, shorter copy may have left a bundle that has grown since. */
  #isWhole(index: number, bundle: Uint8Array): boolean {
    return decodeBundle(bundle, this.#countInBase(index)).ok;
  }

  #countInBase(bundle: number): number {
    return Math.max(0, Math.min(BUNDLE_LEAVES, this.#base.logSize - bundle * BUNDLE_LEAVES));
  }

  /** Writes verified bundles with their verified bodies: one transaction for all. */
  async fillBundles(bundles: readonly { readonly index: number; readonly bundle: Uint8Array; readonly bodies: Uint8Array }[]): Promise<void> {
    await this.space.write(
      bundles.flatMap(({ index, bundle, bodies }) => [put('bundles', index, bundle), put('bodies', index, bodies)]),
      'relaxed',
    );
  }

  /** Writes headers that were verified to lead up to the base. `headers` starts at height 0. */
  async fillHeaders(headers: readonly Header[]): Promise<void> {
    const operations: WriteOperation[] = [];
    for (let at = 0; at < headers.length; at += HEADER_BUNDLE_HEADERS) {
      operations.push(put('headers', at / HEADER_BUNDLE_HEADERS, encode(headerList, headers.slice(at, at + HEADER_BUNDLE_HEADERS))));
    }
    await this.space.write(operations, 'relaxed');
  }

  /** Says that all of history is here; from now on the tail is folded. */
  async markComplete(): Promise<void> {
    const row = orCorrupt(decode(baseRow, (await this.space.get('meta', 'base')) ?? new Uint8Array(0), 64 * 1024));
    await this.space.write([put('meta', 'base', encode(baseRow, { ...row, complete: true }))], 'strict');
    this.#complete = true;
  }

  // ---------------------------------------------------------------- rows

  #baseOperation(point: ChainPoint, certificate: Certificate): WriteOperation {
    const row = { version: 1 as const, header: point.header, certificate, frontier: point.frontier.hashes, complete: this.#complete };
    return put('meta', 'base', encode(baseRow, row));
  }

  #allBuckets(): WriteOperation[] {
    const { state } = this.#tip;
    return Array.from({ length: BUCKETS }, (_, index) => put('snapshot', index, encode(storedBucket, storeBucket(state, index))));
  }

  #changedBuckets(state: State): WriteOperation[] {
    return state.bucketHashes().flatMap((hash, index) => {
      const stored = this.#storedBuckets[index];
      const same = stored !== undefined && equal(stored, hash);
      return same ? [] : [put('snapshot', index, encode(storedBucket, storeBucket(state, index)))];
    });
  }

  async #storedLeaves(index: number): Promise<readonly Uint8Array[]> {
    const bytes = await this.space.get('bundles', index);
    return bytes === undefined ? [] : orCorrupt(decodeBundle(bytes, this.#countInBase(index)));
  }

  async #storedBodies(index: number): Promise<readonly LeafBodies[]> {
    const bytes = await this.space.get('bodies', index);
    return bytes === undefined ? [] : orCorrupt(decode(bundleBodies, bytes, SYNC_ITEM_BYTES_MAX));
  }

  async #storedHeaders(row: number): Promise<readonly Header[]> {
    const bytes = await this.space.get('headers', row);
    return bytes === undefined ? [] : orCorrupt(decode(headerList, bytes, BUNDLE_BYTES_MAX));
  }
}

/** The point after leaf 0, worked out from its bytes. Throws `wrong-genesis` if it founds no chain. */
export function genesisPoint(genesisLeaf: Uint8Array): ChainPoint {
  const signed = unwrap(decodeSignedGenesis(genesisLeaf));
  const { header, state } = unwrap(genesisState(asVerified(signed)));
  const frontier = unwrap(frontierFrom(1, [leafHash(genesisLeaf)]));
  return { header, id: blockIdOf(header), state, frontier };
}

/** The text of a name in a body, with the hash under which records know it; `undefined` if the body is no text. */
export function nameIn(bytes: Uint8Array): { readonly hash: string; readonly text: string } | undefined {
  const body = decodeBody(bytes);
  const text = body.ok ? fromUtf8(body.value.content) : undefined;
  return text === undefined ? undefined : { hash: toHex(bodyHash(bytes)), text };
}

/** The references of a leaf to its bodies; none for leaf 0, whose founders' names are looked up in the genesis. */
export function bodyRefsOf(index: number, leaf: Uint8Array): Result<readonly BodyRef[]> {
  if (index === 0) {
    const signed = decodeSignedGenesis(leaf);
    return signed.ok ? { ok: true, value: signed.value.genesis.founders.map(({ name }) => name) } : signed;
  }
  if (leaf.length > TRANSACTION_BYTES_MAX) return refuse('too-large', 'a leaf over the cap');
  const transaction = decodeTransaction(leaf);
  return transaction.ok ? { ok: true, value: bodiesOf(transaction.value.unsigned.action) } : transaction;
}

async function readBuckets(space: Space): Promise<readonly StateEntry[]> {
  const rows = await space.range('snapshot', 0, BUCKETS - 1, BUCKETS);
  if (rows.length !== BUCKETS) throw corrupt(`${rows.length} of ${BUCKETS} buckets are stored`);
  return rows.flatMap(({ value }) => {
    const stored = orCorrupt(decode(storedBucket, value, SYNC_ITEM_BYTES_MAX));
    // The root over all buckets is compared by the caller; a bucket by itself has nothing to be compared with.
    return orCorrupt(readBucket(stored, undefined));
  });
}

function put(table: 'meta' | 'bundles' | 'bodies' | 'headers' | 'tail' | 'snapshot', key: string | number, value: Uint8Array): WriteOperation {
  return { type: 'put', table, key, value };
}

function joinHashes(hashes: readonly Hash[]): Uint8Array {
  const out = new Uint8Array(hashes.length * 32);
  hashes.forEach((hash, i) => {
    out.set(hash, i * 32);
  });
  return out;
}

function splitHashes(bytes: Uint8Array): Hash[] {
  return Array.from({ length: bytes.length / 32 }, (_, i) => bytes.slice(i * 32, i * 32 + 32) as Hash);
}

function corrupt(detail: string): RefusalError {
  return new RefusalError({ code: 'storage-corrupt', detail });
}

function orCorrupt<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw corrupt(`${result.refusal.code}: ${result.refusal.detail}`);
}
