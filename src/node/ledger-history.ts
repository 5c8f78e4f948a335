/**
 * Reading the history of a ledger: leaves, headers, blocks and bundles, partly on disk (the base), partly at hand (the tail).
 *
 * Every read takes the base and the tail as they are at its start. The base may be folded further while the read waits
 * for the disk; rows then hold more than it asks for, never less, so it takes what it needs from their beginning.
 */
import type { Hash } from '../core/base/hash.ts';
import { BUNDLE_LEAVES, HEADER_BUNDLE_HEADERS } from '../core/base/limits.ts';
import { ok, type Result, refuse } from '../core/base/result.ts';
import type { Header } from '../core/codec/block.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { checkHeaderRow, HEADER_ROW_BYTES_MAX } from '../core/codec/header-row.ts';
import { type BlockContents, bundleBodies, headerList } from '../core/codec/sync-message.ts';
import type { ChainPoint } from '../core/consensus/execute.ts';
import { bundleRoot, encodeBundle } from '../core/log/bundle.ts';
import { leafHash } from '../core/log/merkle-hash.ts';
import { consistencyProof, inclusionProof, type Proof } from '../core/log/proof.ts';
import { type HashReader, hashReader, rangeRoot } from '../core/log/subtree.ts';
import { type BundleView, countIn, type LedgerLeaf, type StoredBundle, StoredBundles } from './ledger-bundles.ts';
import { corrupt, orCorrupt } from './ledger-rows.ts';
import type { TailBlock } from './ledger-tail.ts';
import type { Space } from './ports.ts';

/** About 250 kB each once decoded. */
const HEADER_ROWS_KEPT = 8;
const BUNDLE_LEVEL = Math.log2(BUNDLE_LEAVES);

/** What a read goes by. The tail only grows at its end until it is replaced. */
export interface HistoryView extends BundleView {
  readonly genesis: Header;
  readonly tail: readonly TailBlock[];
}

export class History {
  readonly #space: Space;
  readonly #view: () => HistoryView;
  readonly #bundles: StoredBundles;
  /** Rows decoded lately, oldest first: a page of entries asks for the times of many leaves of few rows. */
  readonly #rows = new Map<number, { readonly base: ChainPoint; readonly headers: readonly Header[] }>();
  #upper: { readonly roots: number; readonly reader: HashReader } | undefined;

  constructor(space: Space, view: () => HistoryView) {
    this.#space = space;
    this.#view = view;
    this.#bundles = new StoredBundles(space);
  }

  /** The leaves from `from` up to before `to`, fewer where history is missing. At most a few bundles at a time. */
  async leaves(from: number, to: number): Promise<readonly LedgerLeaf[]> {
    const view = this.#view();
    const tail = tailLeaves(view, from, to);
    const out: LedgerLeaf[] = [];
    for (let index = Math.floor(from / BUNDLE_LEAVES); index * BUNDLE_LEAVES < Math.min(to, view.base.header.logSize); index++) {
      out.push(...(await this.#bundles.leaves(index, view)).filter((leaf) => leaf.index >= from && leaf.index < to));
    }
    out.push(...tail);
    return out;
  }

  /** Bundles were rewritten: what is kept of them here is read again. */
  forget(bundles: Iterable<number>): void {
    this.#bundles.forget(bundles);
  }

  /** One bundle of the log at `size` with its bodies; `undefined` where history is missing. A full one comes as it is stored. */
  async bundle(index: number, size: number): Promise<StoredBundle | undefined> {
    const count = Math.min(BUNDLE_LEAVES, size - index * BUNDLE_LEAVES);
    if (count === BUNDLE_LEAVES && countIn(this.#view().base.header.logSize, index) === BUNDLE_LEAVES) return this.#bundles.row(index);
    const first = index * BUNDLE_LEAVES;
    const leaves = await this.leaves(first, first + count);
    if (leaves.length !== count) return undefined;
    return {
      index,
      bundle: encodeBundle(leaves.map(({ bytes }) => bytes)),
      bodies: encode(
        bundleBodies,
        leaves.map(({ bodies }) => bodies),
      ),
    };
  }

  /** The header at a height; `undefined` where it is missing. */
  async header(height: number): Promise<Header | undefined> {
    const { genesis, base } = this.#view();
    if (height === 0) return genesis;
    return height === base.header.height ? base.header : (await this.headers(height, height + 1))[0];
  }

  /** Headers from height `from` up to before `to`: up to the first that is missing. */
  async headers(from: number, to: number): Promise<readonly Header[]> {
    const view = this.#view();
    const base = view.base.header;
    const tail = view.tail.filter(({ header }) => header.height >= from && header.height < to).map(({ header }) => header);
    const out: Header[] = [];
    for (let row = Math.floor(from / HEADER_BUNDLE_HEADERS); row * HEADER_BUNDLE_HEADERS <= Math.min(to - 1, base.height); row++) {
      out.push(...(await this.#headers(row)).filter(({ height }) => height >= from && height < to && height <= base.height));
    }
    if (out.length === 0 && from === base.height && from < to) out.push(base); // Always here, though its row may not be.
    out.push(...tail);
    const gap = out.findIndex(({ height }, i) => height !== from + i);
    return gap === -1 ? out : out.slice(0, gap);
  }

  /** A full row of headers as it is stored; `undefined` for any other. */
  async headerRow(row: number): Promise<Uint8Array | undefined> {
    const inBase = (row + 1) * HEADER_BUNDLE_HEADERS <= this.#view().base.header.height + 1;
    return inBase ? this.#space.get('headers', row) : undefined;
  }

  /** The headers of a stored row, which must hold together; none where it is missing. */
  async #headers(row: number): Promise<readonly Header[]> {
    const { base, complete } = this.#view();
    const known = this.#rows.get(row);
    // A full row never changes; the last one has more headers after each fold.
    if (known !== undefined && (known.base === base || known.headers.length === HEADER_BUNDLE_HEADERS)) return known.headers;
    const bytes = await this.#space.get('headers', row);
    if (bytes === undefined && complete) throw corrupt(`header row ${row} is gone`);
    if (bytes === undefined) return [];
    const headers = orCorrupt(decode(headerList, bytes, HEADER_ROW_BYTES_MAX));
    orCorrupt(checkHeaderRow(bytes, headers.length, undefined));
    this.#rows.delete(row);
    this.#rows.set(row, { base, headers });
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > HEADER_ROWS_KEPT && oldest !== undefined) this.#rows.delete(oldest);
    return headers;
  }

  /** Blocks from height `from` up to before `to`, as they are sent to a follower; fewer where something is missing. */
  async blocks(from: number, to: number): Promise<readonly BlockContents[]> {
    const headers = await this.#headersAndParent(from, to);
    const [first, last] = [headers[0], headers.at(-1)];
    if (first === undefined || last === undefined) return [];
    const leaves = await this.leaves(first.logSize, last.logSize);
    const out: BlockContents[] = [];
    let next = 0;
    for (const [i, { logSize }] of headers.slice(1).entries()) {
      const count = logSize - (headers[i]?.logSize ?? 0);
      const some = leaves.slice(next, next + count);
      if (some.length !== count || some[0]?.index !== (count === 0 ? undefined : headers[i]?.logSize)) return out;
      next += count;
      out.push({ leaves: some.map(({ bytes }) => bytes), bodies: some.map(({ bodies }) => bodies) });
    }
    return out;
  }

  async #headersAndParent(from: number, to: number): Promise<readonly Header[]> {
    if (from === 0) return []; // Block 0 is the genesis, which is no list of transactions.
    const parent = await this.header(from - 1);
    return parent === undefined ? [] : [parent, ...(await this.headers(from, to))];
  }

  /** The header of the block that holds a leaf; `undefined` where headers are missing. Binary search over header bundles. */
  async headerOfLeaf(index: number): Promise<Header | undefined> {
    const view = this.#view();
    if (index >= view.base.header.logSize) return view.tail.find(({ header }) => header.logSize > index)?.header;
    let low = 0;
    let high = Math.floor(view.base.header.height / HEADER_BUNDLE_HEADERS);
    while (low < high) {
      const middle = (low + high) >> 1;
      const last = (await this.#headers(middle)).at(-1);
      if (last === undefined) return undefined;
      if (last.logSize > index) high = middle;
      else low = middle + 1;
    }
    return (await this.#headers(low)).find(({ logSize }) => logSize > index);
  }

  // ---------------------------------------------------------------- hashes and proofs

  /** Leaf hashes of one bundle of the log at `size`, for proofs and for newcomers; fewer where history is missing. */
  async leafHashes(bundle: number, size: number): Promise<readonly Hash[]> {
    const leaves = await this.leaves(bundle * BUNDLE_LEAVES, Math.min((bundle + 1) * BUNDLE_LEAVES, size));
    return leaves.map(({ bytes }) => leafHash(bytes));
  }

  /** Roots of all full bundles of the log at `size`; `undefined` where they are not known. */
  async bundleRoots(size: number): Promise<readonly Hash[] | undefined> {
    const { roots: known, base } = this.#view();
    const full = Math.floor(size / BUNDLE_LEAVES);
    if (known.length < Math.min(full, Math.floor(base.header.logSize / BUNDLE_LEAVES))) return undefined;
    const roots = known.slice(0, full);
    for (let bundle = roots.length; bundle < full; bundle++) {
      const hashes = await this.leafHashes(bundle, size);
      if (hashes.length !== BUNDLE_LEAVES) return undefined;
      roots.push(bundleRoot(hashes));
    }
    return roots;
  }

  /** The proof that the log at `newSize` extends the log at `oldSize` (≥ 1). */
  async consistency(oldSize: number, newSize: number): Promise<Result<Proof>> {
    if (oldSize === newSize) return { ok: true, value: [] };
    const reader = await this.#reader(newSize, [oldSize]);
    return reader.ok ? consistencyProof(oldSize, newSize, reader.value) : reader;
  }

  /** The proof that leaf `index` is in the log at `size`. */
  async inclusion(index: number, size: number): Promise<Result<Proof>> {
    const reader = await this.#reader(size, [index]);
    return reader.ok ? inclusionProof(index, size, reader.value) : reader;
  }

  /** Hashes of the log at `size`: below bundle roots only in the bundles of these places, and in the last one. */
  async #reader(size: number, places: readonly number[]): Promise<Result<HashReader>> {
    const roots = await this.bundleRoots(size);
    if (roots === undefined) return refuse('not-available', 'the roots of the history are not here yet');
    const upper = this.#upperReader(roots);
    const lower = new Map<number, HashReader>();
    for (const bundle of new Set([...places, size].map((place) => Math.floor(place / BUNDLE_LEAVES))))
      lower.set(bundle, hashReader(await this.leafHashes(bundle, size)));
    return ok((level, index) => {
      if (level >= BUNDLE_LEVEL) return upper(level - BUNDLE_LEVEL, index);
      const perBundle = BUNDLE_LEAVES / 2 ** level;
      return lower.get(Math.floor(index / perBundle))?.(level, index % perBundle);
    });
  }

  /** The root of the log at `size` (≥ 1); `undefined` where the history it takes is not here. */
  async rootAt(size: number): Promise<Hash | undefined> {
    const { base, tail } = this.#view();
    // Mostly it is asked for where a block of late ended, whose header has it.
    const ended = [base, ...tail].find(({ header }) => header.logSize === size);
    if (ended !== undefined) return ended.header.logRoot;
    const roots = await this.bundleRoots(size);
    if (roots === undefined) return undefined;
    const last = Math.floor(size / BUNDLE_LEAVES);
    const lower = hashReader(size % BUNDLE_LEAVES === 0 ? [] : await this.leafHashes(last, size));
    const upper = this.#upperReader(roots);
    return rangeRoot(0, size, (level, index) =>
      level >= BUNDLE_LEVEL ? upper(level - BUNDLE_LEVEL, index) : lower(level, index - (last * BUNDLE_LEAVES) / 2 ** level),
    );
  }

  /** The first `count` hashes of a tile (C2SP tlog-tiles), each over 256 of the level below; `undefined` where they are not here. */
  async tileHashes(level: number, index: number, count: number): Promise<readonly Hash[] | undefined> {
    const first = index * BUNDLE_LEAVES;
    const leaves = (first + count) * BUNDLE_LEAVES ** level;
    const roots = level === 0 ? [] : await this.bundleRoots(leaves);
    if (roots === undefined) return undefined;
    const upper = level === 0 ? undefined : this.#upperReader(roots);
    const hashes =
      upper === undefined
        ? await this.leafHashes(index, leaves)
        : Array.from({ length: count }, (_, i) => upper((level - 1) * BUNDLE_LEVEL, first + i));
    const held = hashes.filter((hash) => hash !== undefined);
    return held.length === count ? held : undefined;
  }

  /** Made again only when there are more bundles: it holds as many hashes again as there are roots, which never change. */
  #upperReader(roots: readonly Hash[]): HashReader {
    if (this.#upper === undefined || this.#upper.roots < roots.length) this.#upper = { roots: roots.length, reader: hashReader(roots) };
    return this.#upper.reader;
  }
}

function tailLeaves({ base, tail }: HistoryView, from: number, to: number): readonly LedgerLeaf[] {
  const out: LedgerLeaf[] = [];
  let index = base.header.logSize;
  for (const { leaves, bodies } of tail) {
    if (index >= to) break;
    leaves.forEach((bytes, i) => {
      if (index + i >= from && index + i < to) out.push({ index: index + i, bytes, bodies: bodies[i] ?? [] });
    });
    index += leaves.length;
  }
  return out;
}
