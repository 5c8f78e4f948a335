/**
 * The ledger: the finalised chain of one space, on disk and at hand.
 *
 * On disk it is a base and a tail. The base is all of the chain up to one block, as bundles of 256 leaves with their
 * bodies, bundles of 256 headers, the roots of the bundles, and the state by buckets. The tail is the blocks since, a row
 * each. Committing a block writes one row; now and then the tail is folded into the base in one atomic write that rewrites
 * only the buckets that changed. Opening reads the base and replays the tail.
 *
 * A newcomer's base starts from a verified snapshot, with the history below it still missing: `complete` is false until
 * `fill…` has brought it, and the tail waits. A tail that grows too long meanwhile becomes part of what is missing.
 *
 * Changes take turns, whoever asks for them: each begins when the one before it is on disk, and each leaves a store that
 * opens. Reads need no turn.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { BUNDLE_LEAVES, HEADER_BUNDLE_HEADERS } from '../core/base/limits.ts';
import { invariant } from '../core/base/result.ts';
import type { Header } from '../core/codec/block.ts';
import { type BodyRef, bodyHash } from '../core/codec/body.ts';
import { encode } from '../core/codec/codec.ts';
import type { Genesis } from '../core/codec/genesis.ts';
import type { TrustSet } from '../core/codec/records.ts';
import type { RecoveryCertificate } from '../core/codec/recovery.ts';
import { tailRow } from '../core/codec/stored.ts';
import { bundleBodies, headerList } from '../core/codec/sync-message.ts';
import type { Certificate } from '../core/codec/vote.ts';
import type { ChainPoint } from '../core/consensus/execute.ts';
import type { FirstPoint } from '../core/light/genesis.ts';
import { bundleRoot, encodeBundle } from '../core/log/bundle.ts';
import { leafHash } from '../core/log/merkle-hash.ts';
import { trustSetOf } from '../core/membership/facts.ts';
import type { State } from '../core/membership/state.ts';
import type { Verified } from '../core/membership/verified.ts';
import { bodiesFit, type CommittedBlock, newNames } from './committed-block.ts';
import {
  type Base,
  baseOperations,
  bucketOperations,
  EVERYTHING,
  forgetOperations,
  genesisPoint,
  headerOperations,
  readBase,
  rootsFit,
  storedGenesis,
} from './ledger-base.ts';
import type { LedgerLeaf, StoredBundle } from './ledger-bundles.ts';
import { epochRows, LedgerEpochs } from './ledger-epochs.ts';
import { bundlesToRewrite, bundleWithoutErased, erasedIn, erasedSince, forgetting, withoutErased } from './ledger-erasures.ts';
import { History } from './ledger-history.ts';
import { replayTail } from './ledger-opening.ts';
import { corrupt, type KnownName, nameIn, nameOperation, put, readNames } from './ledger-rows.ts';
import { Tail } from './ledger-tail.ts';
import type { Space, WriteOperation } from './ports.ts';
import { SerialQueue } from './queue.ts';

/** A dead chain goes on: the certificate by which it does, and the trust set that this appoints. */
export interface Takeover {
  readonly certificate: Verified<RecoveryCertificate>;
  readonly trust: TrustSet;
}

/** A verified state of the chain to start from, with the bodies of its members' names. */
export interface LedgerSnapshot {
  readonly point: Omit<ChainPoint, 'recovery'>;
  readonly certificate: Certificate;
  readonly names: readonly Uint8Array[];
}

export class Ledger {
  readonly space: Space;
  readonly chain: Hash;
  readonly genesis: Genesis;
  readonly genesisLeaf: Uint8Array;
  readonly genesisHeader: Header;
  readonly history: History;
  readonly epochs: LedgerEpochs;
  readonly #turns = new SerialQueue(() => undefined);
  readonly #names: Map<string, string>;
  #base: Base;
  #tail = new Tail();
  #tip: ChainPoint;
  #certificate: Certificate;
  #takeover: Takeover | undefined;

  private constructor(space: Space, first: FirstPoint, base: Base, names: Map<string, string>) {
    invariant(equal(first.header.chain, base.point.header.chain), 'the base is of the genesis’ chain');
    this.space = space;
    this.genesis = first.genesis;
    this.genesisLeaf = first.leaf;
    this.genesisHeader = first.header;
    this.chain = first.header.chain;
    this.#names = names;
    this.#base = base;
    this.#tip = base.point;
    this.#certificate = base.certificate;
    this.epochs = new LedgerEpochs(space);
    this.history = new History(space, () => {
      const { point, complete, roots } = this.#base;
      return { genesis: this.genesisHeader, base: point, complete, roots, tail: this.#tail.blocks };
    });
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
    return new Ledger(space, first, base, textsOf(names));
  }

  /**
   * A newcomer's copy from a snapshot that was verified against a certified header; history follows through `fill…`.
   * A space that holds an earlier part of the same chain keeps its full bundles.
   */
  static async adopt(space: Space, genesisLeaf: Uint8Array, snapshot: LedgerSnapshot): Promise<Ledger> {
    const first = genesisPoint(genesisLeaf);
    const point = { ...snapshot.point, recovery: first.genesis.recovery };
    const base = { point, certificate: snapshot.certificate, complete: false, roots: [] };
    const names = snapshot.names.flatMap((body) => nameIn(body) ?? []);
    await space.write(
      [
        ...(await bundlesToRewrite(space, erasedIn(base.point.state))).values(),
        ...(await forgetOperations(space)),
        { type: 'delete-range', table: 'tail', ...EVERYTHING },
        put('meta', 'genesis', genesisLeaf),
        ...bucketOperations(base.point.state),
        ...baseOperations(base),
        ...names.map(nameOperation),
      ],
      erasedIn(base.point.state).size > 0 ? 'erasing' : 'relaxed',
    );
    return new Ledger(space, first, base, await readNames(space));
  }

  /** Opens what the space holds; `undefined` if it holds no chain. Throws `storage-corrupt` where rows contradict each other. */
  static async open(space: Space): Promise<Ledger | undefined> {
    const [leaf, base] = await Promise.all([space.get('meta', 'genesis'), space.get('meta', 'base')]);
    if (leaf === undefined && base === undefined) return undefined;
    if (leaf === undefined || base === undefined) throw corrupt('a chain without its genesis or its base');
    const first = storedGenesis(leaf);
    const read = await readBase(space, base, first.genesis);
    if (!equal(read.point.header.chain, first.header.chain)) throw corrupt('the base is of another chain than the genesis');
    const ledger = new Ledger(space, first, read, await readNames(space));
    for await (const block of replayTail(space, ledger.tip)) ledger.#advance(block);
    return ledger;
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
  /** Under which the next block is final. */
  get trust(): TrustSet {
    return this.#takeover?.trust ?? trustSetOf(this.#tip.state);
  }
  /** Those who go on above the tip by a recovery certificate, instead of those whom the tip leaves in force. */
  get takeover(): Takeover | undefined {
    return this.#takeover;
  }
  /** The chain is dead: it goes on by the certificate, and by nobody else, until the next block is here. See `Recovering`. */
  goOnBy(takeover: Takeover): void {
    this.#takeover = takeover;
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
   * fails, nothing has changed and it can be tried again: a full tail is folded first, not afterwards. What it erases leaves the disk. `alongside`: what must
   * be written with the block or not at all.
   */
  commit(block: CommittedBlock, alongside: readonly WriteOperation[] = []): Promise<void> {
    return this.#turns.run(async () => {
      const { point, transactions, certificate } = block;
      invariant(point.header.height === this.#tip.header.height + 1, 'blocks are committed in order');
      invariant(bodiesFit(transactions, block.bodies), 'each body has its place, held or not');
      if (this.#tail.isFull(this.complete)) await this.#fold();
      const leaves = transactions.map(({ bytes }) => bytes);
      const names = newNames(block);
      const forgotten = await forgetting(this.space, this.#tail.blocks, erasedSince(this.#tip.state, point.state));
      const bodies = withoutErased(this.#tip.header.logSize, leaves, block.bodies, erasedIn(point.state));
      const row = encode(tailRow, { block: { header: point.header, leaves }, bodies, certificate });
      const rows = [
        put('tail', point.header.height, row),
        ...names.map(nameOperation),
        ...epochRows(block, this.certified ? { point: this.#tip, certificate: this.#certificate } : undefined),
      ];
      await this.space.write([...(forgotten?.rows ?? []), ...rows, ...alongside], forgotten === undefined ? 'relaxed' : 'erasing');
      if (forgotten !== undefined) {
        this.#tail = Tail.of(forgotten.tail);
        this.history.forget(forgotten.bundles);
      }
      this.#remember(names);
      this.#advance({ ...block, bodies });
    });
  }

  #advance({ point, transactions, bodies, certificate }: CommittedBlock): void {
    this.#takeover = undefined;
    this.#tail.add({ header: point.header, leaves: transactions.map(({ bytes }) => bytes), bodies });
    this.#tip = point;
    this.#certificate = certificate;
  }

  #remember(names: readonly KnownName[]): void {
    for (const { hash, text } of names) this.#names.set(hash, text);
  }

  /** Folds the tail into the base: one atomic write. While history is missing there is nothing to fold it into, and it stays. */
  fold(): Promise<void> {
    return this.#turns.run(async () => {
      if (this.complete) await this.#fold();
    });
  }

  async #fold(): Promise<void> {
    if (this.#tail.blocks.length === 0) return;
    const { roots, operations } = this.complete ? await this.#foldedRows() : { roots: [], operations: await forgetOperations(this.space) };
    const base = { point: this.#tip, certificate: this.#certificate, complete: this.complete, roots };
    await this.space.write(
      [
        ...operations,
        ...bucketOperations(base.point.state, this.#base.point.state),
        ...baseOperations(base),
        { type: 'delete-range', table: 'tail', from: 0, to: base.point.header.height },
      ],
      'relaxed',
    );
    this.#base = base;
    this.#tail = new Tail();
  }

  async #foldedRows(): Promise<{ readonly roots: readonly Hash[]; readonly operations: readonly WriteOperation[] }> {
    const { logSize } = this.#base.point.header;
    const first = Math.floor(logSize / BUNDLE_LEAVES);
    const leaves = await this.history.leaves(first * BUNDLE_LEAVES, this.#tip.header.logSize);
    if (leaves.length !== this.#tip.header.logSize - first * BUNDLE_LEAVES) throw corrupt(`bundle ${first} is not whole`);
    const roots = [...this.#base.roots];
    const operations: WriteOperation[] = [];
    for (let at = 0; at < leaves.length; at += BUNDLE_LEAVES) {
      const some = leaves.slice(at, at + BUNDLE_LEAVES);
      const bytes = some.map((leaf) => leaf.bytes);
      if (some.length === BUNDLE_LEAVES) roots.push(bundleRoot(bytes.map(leafHash)));
      operations.push(put('bundles', first + at / BUNDLE_LEAVES, encodeBundle(bytes)));
      operations.push(
        put(
          'bodies',
          first + at / BUNDLE_LEAVES,
          encode(
            bundleBodies,
            some.map(({ bodies }) => bodies),
          ),
        ),
      );
    }
    return { roots, operations: [...operations, ...(await this.#foldedHeaders())] };
  }

  async #foldedHeaders(): Promise<readonly WriteOperation[]> {
    const first = Math.floor((this.#base.point.header.height + 1) / HEADER_BUNDLE_HEADERS);
    const from = first * HEADER_BUNDLE_HEADERS;
    const headers = await this.history.headers(from, this.#tip.header.height + 1);
    if (headers.length !== this.#tip.header.height + 1 - from) throw corrupt(`header row ${first} is not whole`);
    return headerOperations(first, headers);
  }

  // ---------------------------------------------------------------- filling in history
  // Each takes the base for which its rows were verified, and does nothing but say so, with false, if the base has moved.

  /** Keeps the verified roots of the full bundles below the base. */
  fillRoots(point: ChainPoint, roots: readonly Hash[]): Promise<boolean> {
    invariant(rootsFit(point, roots), 'roots were verified');
    return this.#fill(point, { roots }, [], 'relaxed');
  }

  /** Writes verified bundles with their verified bodies, and remembers the names among these: one transaction for all. */
  async fillBundles(point: ChainPoint, bundles: readonly (StoredBundle & { readonly words: readonly Uint8Array[] })[]): Promise<boolean> {
    const names = bundles.flatMap((one) => one.words.flatMap((body) => nameIn(body) ?? []));
    const erased = erasedIn(this.state);
    const kept = bundles.map((one) => bundleWithoutErased(one, erased));
    const rows = kept.flatMap(({ index, bundle, bodies }) => [put('bundles', index, bundle), put('bodies', index, bodies)]);
    const filled = await this.#fill(point, undefined, [...rows, ...names.map(nameOperation)], 'relaxed');
    if (filled) this.#remember(names);
    return filled;
  }

  /** Writes header rows that were verified to lead up to the base. */
  fillHeaders(point: ChainPoint, rows: readonly { readonly row: number; readonly bytes: Uint8Array }[]): Promise<boolean> {
    const operations = rows.map(({ row, bytes }) => put('headers', row, bytes));
    return this.#fill(point, undefined, operations, 'relaxed');
  }

  /** Says that all of history up to the base is here; from now on the tail is folded. */
  markComplete(point: ChainPoint): Promise<boolean> {
    return this.#fill(point, { complete: true }, [], 'strict');
  }

  #fill(
    point: ChainPoint,
    change: Partial<Base> | undefined,
    rows: readonly WriteOperation[],
    durability: 'relaxed' | 'strict',
  ): Promise<boolean> {
    return this.#turns.run(async () => {
      if (point !== this.#base.point) return false;
      const base = { ...this.#base, ...change };
      await this.space.write(change === undefined ? rows : [...rows, ...baseOperations(base)], durability);
      this.#base = base;
      return true;
    });
  }
}

function textsOf(names: readonly KnownName[]): Map<string, string> {
  return new Map(names.map(({ hash, text }) => [hash, text]));
}
