/**
 * The whole history below the base, from several peers at once. What comes in: sessions with anybody. What goes out: rows
 * that were verified against the base's certified header. A peer that serves a wrong byte, or fails, is not asked again;
 * what it was asked for is asked of another. Whatever is written stays written, so that it can go on after a reload.
 *
 * Bounds: a worker holds one bundle with its bodies and a batch of at most `BATCH_BUNDLES` or about `BATCH_BYTES`.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { BUNDLE_LEAVES } from '../core/base/limits.ts';
import { ok, type Result, unwrap } from '../core/base/result.ts';
import { type CheckedBodies, checkBundleBodies } from '../core/codec/bundle-bodies.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { HASHES_PER_FRAME_MAX, hashList, SYNC_ITEM_BYTES_MAX, syncRequest } from '../core/codec/sync-message.ts';
import type { ChainPoint } from '../core/consensus/execute.ts';
import { BUNDLE_BYTES_MAX, type OpenedBundle, openBundle, openPartialBundle, rootFromBundleRoots } from '../core/log/bundle.ts';
import { abortError } from './abort.ts';
import type { Ledger } from './ledger.ts';
import { countIn, type StoredBundle } from './ledger-bundles.ts';
import { erasedIn } from './ledger-erasures.ts';
import type { PeerId, Session } from './ports.ts';
import { Crew } from './sync-crew.ts';
import { Answer, ask, letGo, refused } from './sync-frames.ts';
import { fillHeaders } from './sync-headers.ts';

/** Bundles in one request: enough to keep a connection busy, few enough to share the work among peers. */
export const BUNDLES_PER_REQUEST = 16;
/** Bundles in one transaction of the store; fewer where they are large. */
export const BATCH_BUNDLES = 16;
export const BATCH_BYTES = 4 * 1024 * 1024;
/** Requests under way to each peer: while one answer is being checked the next is on its way. */
export const REQUESTS_PER_SOURCE = 2;
/** Bundles read together when what is here already is checked. */
const HELD_AT_ONCE = 4;
const HASH_ITEM_BYTES_MAX = HASHES_PER_FRAME_MAX * 34 + 16;

export interface FillOptions {
  /** Called after each batch: leaves here, leaves in all. */
  onProgress(done: number, total: number): void;
  readonly concurrency?: number;
}

/**
 * Brings all of history below the ledger's base and marks the ledger complete. `sources` is asked again whenever a
 * request begins, so that peers may come and go. Throws `not-available` when no peer is left to ask, the signal's reason
 * when it is aborted, and what the store throws.
 */
export async function fillHistory(
  ledger: Ledger,
  sources: () => readonly Session[],
  options: FillOptions,
  signal: AbortSignal,
): Promise<void> {
  const crew = new Crew(sources, options.concurrency ?? REQUESTS_PER_SOURCE, signal);
  while (!ledger.complete) {
    const { base } = ledger;
    const index = await crew.one((session) => fetchIndex(session, base, crew.signal));
    // A tail that grew too long meanwhile became part of the history: the base has moved, and there is more to bring.
    if (!(await ledger.fillRoots(base, index.roots))) continue;
    await crew.together(
      () => fillHeaders(ledger, base, crew),
      () => fillBundles(ledger, base, index, crew, options),
    );
    await ledger.markComplete(base);
  }
}

// ---------------------------------------------------------------- index

/** What each bundle is held against. */
interface HistoryIndex {
  readonly roots: readonly Hash[];
  readonly partial: readonly Hash[];
}

async function fetchIndex(session: Session, { header }: ChainPoint, signal: AbortSignal): Promise<HistoryIndex> {
  const full = Math.floor(header.logSize / BUNDLE_LEAVES);
  const count = full + (header.logSize % BUNDLE_LEAVES);
  const hashes = await ask(session, { type: 'history-index', size: header.logSize }, signal, async (answer) => {
    const all: Hash[] = [];
    while (all.length < count) {
      const some = unwrap(decode(hashList, await answer.item(HASH_ITEM_BYTES_MAX), HASH_ITEM_BYTES_MAX));
      if (some.length === 0 || all.length + some.length > count) throw refused('malformed', 'more or fewer hashes than the log has');
      all.push(...some);
    }
    return all;
  });
  const index = { roots: hashes.slice(0, full), partial: hashes.slice(full) };
  if (!equal(rootFromBundleRoots(index.roots, index.partial), header.logRoot)) throw refused('bad-proof', 'the index is not the log’s');
  return index;
}

function openWith({ roots, partial }: HistoryIndex, index: number, bytes: Uint8Array): Result<OpenedBundle> {
  const root = roots[index];
  return root === undefined ? openPartialBundle(bytes, partial) : openBundle(bytes, root);
}

// ---------------------------------------------------------------- bundles

/** A verified bundle, and what its bodies are. */
interface CheckedBundle extends StoredBundle, CheckedBodies {}

/** A bundle that came without some of its bodies, and from whom; from an earlier run where that is not known. */
interface Gap {
  readonly index: number;
  readonly absent: number;
  readonly from: PeerId | undefined;
}

async function fillBundles(ledger: Ledger, base: ChainPoint, index: HistoryIndex, crew: Crew, options: FillOptions): Promise<void> {
  const { logSize } = base.header;
  const { missing, gaps } = await findMissing(ledger, Math.ceil(logSize / BUNDLE_LEAVES), index);
  let left = missing.reduce((sum, bundle) => sum + countIn(logSize, bundle), 0);
  options.onProgress(logSize - left, logSize);
  await crew.share(rangesOf(missing), async (session, range, work) => {
    const fetched = fetchBundles(session, range, logSize, index, crew.signal);
    await work.consume(batches(fetched), async (batch) => {
      if (crew.signal.aborted) throw abortError(crew.signal);
      await ledger.fillBundles(base, batch);
      range.from += batch.length;
      for (const { index: bundle, absent } of batch) {
        if (absent > erasedOf(ledger, bundle)) gaps.push({ index: bundle, absent, from: session.peer });
        left -= countIn(logSize, bundle);
      }
      options.onProgress(logSize - left, logSize);
    });
  });
  for (const gap of gaps) await closeGap(ledger, base, index, crew, gap);
}

/** A body may have been lost, or a peer may keep it to itself: one other peer is asked, and whoever has more is believed. */
async function closeGap(ledger: Ledger, base: ChainPoint, index: HistoryIndex, crew: Crew, gap: Gap): Promise<void> {
  await crew.attempt(gap.from, async (session, work) => {
    const range = { from: gap.index, to: gap.index + 1 };
    await work.consume(fetchBundles(session, range, base.header.logSize, index, crew.signal), async (bundle) => {
      if (bundle.absent < gap.absent) await ledger.fillBundles(base, [bundle]);
    });
  });
}

/** Bodies of a bundle that nobody need be asked for. */
function erasedOf({ state }: Ledger, bundle: number): number {
  return [...erasedIn(state).keys()].filter((leaf) => Math.floor(leaf / BUNDLE_LEAVES) === bundle).length;
}

/** Part of what is missing: bundles `from` up to before `to`; `from` moves on as they are written. */
interface Range {
  from: number;
  readonly to: number;
}

function rangesOf(missing: readonly number[]): Range[] {
  const ranges: { from: number; to: number }[] = [];
  for (const index of missing) {
    const last = ranges.at(-1);
    if (last !== undefined && last.to === index && index - last.from < BUNDLES_PER_REQUEST) last.to = index + 1;
    else ranges.push({ from: index, to: index + 1 });
  }
  return ranges;
}

/** Bundles that are not here, or not right: what an earlier run left is held against the index like anybody's word. */
async function findMissing(
  ledger: Ledger,
  total: number,
  index: HistoryIndex,
): Promise<{ readonly missing: readonly number[]; readonly gaps: Gap[] }> {
  const held = new Set<number>();
  const gaps: Gap[] = [];
  for (let from = 0; from < total; ) {
    const rows = await ledger.space.range('bundles', from, total - 1, HELD_AT_ONCE);
    for (const { key, value } of rows) {
      const bodies = await ledger.space.get('bodies', key);
      const checked = bodies === undefined ? undefined : checkBundle(index, Number(key), value, bodies);
      if (checked?.ok !== true) continue;
      held.add(Number(key));
      if (checked.value.absent > erasedOf(ledger, Number(key)))
        gaps.push({ index: Number(key), absent: checked.value.absent, from: undefined });
    }
    const last = rows.at(-1);
    if (last === undefined) break;
    from = Number(last.key) + 1;
  }
  const missing = Array.from({ length: total }, (_, bundle) => bundle).filter((bundle) => !held.has(bundle));
  return { missing, gaps };
}

function checkBundle(roots: HistoryIndex, index: number, bundle: Uint8Array, bodies: Uint8Array): Result<CheckedBundle> {
  const opened = openWith(roots, index, bundle);
  if (!opened.ok) return opened;
  const checked = checkBundleBodies(index * BUNDLE_LEAVES, opened.value.leaves, bodies);
  return checked.ok ? ok({ index, bundle, bodies, ...checked.value }) : checked;
}

/** Verified bundles of a range, one by one. */
async function* fetchBundles(
  session: Session,
  { from, to }: Range,
  size: number,
  index: HistoryIndex,
  signal: AbortSignal,
): AsyncGenerator<CheckedBundle> {
  const answer = new Answer(session.request(encode(syncRequest, { type: 'bundles', from, to, size }), signal));
  try {
    for (let bundle = from; bundle < to; bundle++) {
      const leaves = await answer.item(BUNDLE_BYTES_MAX);
      const bodies = await answer.item(SYNC_ITEM_BYTES_MAX);
      yield unwrap(checkBundle(index, bundle, leaves, bodies));
    }
    await answer.end();
  } finally {
    await letGo(answer);
  }
}

/** Groups for writing. What came before a failure is handed over first, since it was verified. */
async function* batches(bundles: AsyncIterable<CheckedBundle>): AsyncGenerator<readonly CheckedBundle[]> {
  let batch: CheckedBundle[] = [];
  let bytes = 0;
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const one of bundles) {
      batch.push(one);
      bytes += one.bundle.length + one.bodies.length;
      if (batch.length < BATCH_BUNDLES && bytes < BATCH_BYTES) continue;
      yield batch;
      batch = [];
      bytes = 0;
    }
  } catch (error) {
    failure = { error };
  }
  if (batch.length > 0) yield batch;
  if (failure !== undefined) throw failure.error;
}
