/**
 * Following: from the tip held here to a certified one, block by block, headers first. A follower executes every block.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { BLOCK_BODIES_BYTES_MAX, BLOCK_BYTES_MAX, HEADER_BUNDLE_HEADERS } from '../core/base/limits.ts';
import { ok, type Result, refuse, unwrap } from '../core/base/result.ts';
import { blockIdOf, HEADER_BYTES_MAX, type Header } from '../core/codec/block.ts';
import { checkBodies } from '../core/codec/bundle-bodies.ts';
import { decode } from '../core/codec/codec.ts';
import { type BlockContents, blockContents, headerList, SYNC_BLOCKS_MAX, SYNC_HEADERS_MAX } from '../core/codec/sync-message.ts';
import { bodiesOf, decodeTransaction, type Transaction } from '../core/codec/transaction.ts';
import type { Certificate } from '../core/codec/vote.ts';
import { type ChainPoint, executeBlock } from '../core/consensus/execute.ts';
import { headersConnect } from '../core/light/finality.ts';
import { appendLeaves, frontierRoot } from '../core/log/frontier.ts';
import { leafHash } from '../core/log/merkle-hash.ts';
import type { State } from '../core/membership/state.ts';
import { asVerified } from '../core/membership/verified.ts';
import { abortError } from './abort.ts';
import type { CommittedBlock } from './committed-block.ts';
import type { Ledger } from './ledger.ts';
import type { Session } from './ports.ts';
import { ask, refused } from './sync-frames.ts';

/** A gap of more heights is years of absence: even the ids of its headers are 32 MiB. A fresh join is the way then. */
export const BLOCK_GAP_MAX = 1_000_000;
/** Headers held in memory at once, 2 MiB. Over a wider gap they are fetched twice: once to see that they connect, once to be used. */
export const HEADERS_HELD_MAX = 4096;
/** A block of the largest size with its bodies, and framing. */
const BLOCK_ITEM_BYTES_MAX = BLOCK_BYTES_MAX + BLOCK_BODIES_BYTES_MAX + 256 * 1024;
/** Blocks committed in one turn of the node's queue: a moment's work, and little memory. */
const BATCH_BLOCKS_MAX = 32;
const BATCH_BYTES_MAX = 1024 * 1024;
const HEADER_ITEM_BYTES_MAX = HEADER_BUNDLE_HEADERS * HEADER_BYTES_MAX;

/** A certified tip; the certificate was verified. */
export interface CatchUpTarget {
  readonly header: Header;
  readonly certificate: Certificate;
}

export interface CatchUpPorts {
  /** Whether each transaction's signatures hold, as in any block on this state. */
  verify(transactions: readonly Transaction[], state: State): Promise<readonly boolean[]>;
  /** Takes blocks in order, some at a time; commits them before it settles. */
  onBlocks(blocks: readonly CommittedBlock[]): Promise<void>;
}

/**
 * Brings the ledger from its tip to the target. Every block carries the target's certificate: those before it are final
 * by descent. Throws `not-available` if the gap is over `BLOCK_GAP_MAX` or the peer lacks something, `conflicting-block`
 * if the target is not ahead of the tip and differs, and what else the peer's answer deserves. Blocks committed before stay.
 */
export async function catchUpBlocks(
  ledger: Ledger,
  session: Session,
  target: CatchUpTarget,
  ports: CatchUpPorts,
  signal: AbortSignal,
): Promise<void> {
  const { tip } = ledger;
  const gap = target.header.height - tip.header.height;
  if (gap === 0 && !equal(blockIdOf(target.header), tip.id))
    throw refused('conflicting-block', `two final blocks at height ${tip.header.height}`);
  if (gap <= 0) return;
  if (gap > BLOCK_GAP_MAX) throw refused('not-available', `${gap} blocks behind, at most ${BLOCK_GAP_MAX} are caught up with`);
  const ids = gap > HEADERS_HELD_MAX ? await connectingIds(session, tip, target.header, signal) : undefined;
  for (let from = tip.header.height + 1; from <= target.header.height; from += HEADERS_HELD_MAX) {
    const to = Math.min(from + HEADERS_HELD_MAX, target.header.height + 1);
    const headers = await fetchHeaders(session, from, to, signal);
    if (ids === undefined) unwrap(headersConnect(tip, headers, target.header));
    else unwrap(headersAre(headers, ids, from - tip.header.height - 1));
    for (let at = 0; at < headers.length; at += SYNC_BLOCKS_MAX) {
      await fetchBlocks(ledger, session, headers.slice(at, at + SYNC_BLOCKS_MAX), target, ports, signal);
    }
  }
}

/** The ids of all headers after the tip up to the target, once they are seen to be one chain. */
async function connectingIds(session: Session, tip: ChainPoint, target: Header, signal: AbortSignal): Promise<readonly Hash[]> {
  const ids: Hash[] = [];
  let last: { readonly id: Hash; readonly header: Header } = tip;
  while (last.header.height < target.height) {
    const from = last.header.height + 1;
    const headers = await fetchHeaders(session, from, Math.min(from + HEADERS_HELD_MAX, target.height + 1), signal);
    const end = headers.at(-1);
    if (end === undefined) throw refused('malformed', 'fewer headers than were asked for');
    unwrap(headersConnect(last, headers, end));
    ids.push(...headers.map(blockIdOf));
    last = { id: blockIdOf(end), header: end };
  }
  if (!equal(last.id, blockIdOf(target))) throw refused('bad-proof', 'the headers lead elsewhere');
  return ids;
}

function headersAre(headers: readonly Header[], ids: readonly Hash[], first: number): Result<void> {
  const same = headers.every((header, i) => equal(blockIdOf(header), ids[first + i] ?? new Uint8Array(0)));
  return same ? ok(undefined) : refuse('bad-proof', 'headers that are not the ones which connect');
}

/** Headers from one height up to before another, as the peer tells them. */
export async function fetchHeaders(session: Session, from: number, to: number, signal: AbortSignal): Promise<readonly Header[]> {
  const headers: Header[] = [];
  while (from + headers.length < to) {
    const start = from + headers.length;
    const end = Math.min(to, start + SYNC_HEADERS_MAX);
    await ask(session, { type: 'headers', from: start, to: end }, signal, async (answer) => {
      while (from + headers.length < end) {
        const some = unwrap(decode(headerList, await answer.item(HEADER_ITEM_BYTES_MAX), HEADER_ITEM_BYTES_MAX));
        if (some.length === 0 || from + headers.length + some.length > end)
          throw refused('malformed', 'more or fewer headers than were asked for');
        headers.push(...some);
      }
    });
  }
  return headers;
}

async function fetchBlocks(
  ledger: Ledger,
  session: Session,
  headers: readonly Header[],
  target: CatchUpTarget,
  ports: CatchUpPorts,
  signal: AbortSignal,
): Promise<void> {
  const [first, last] = [headers[0], headers.at(-1)];
  if (first === undefined || last === undefined) return;
  const batch = new Batch(ports);
  await ask(session, { type: 'blocks', from: first.height, to: last.height + 1 }, signal, async (answer) => {
    for (const header of headers) {
      const item = await answer.item(BLOCK_ITEM_BYTES_MAX);
      const contents = unwrap(decode(blockContents, item, BLOCK_ITEM_BYTES_MAX));
      if (header.height <= ledger.tip.header.height) continue; // It came by another way meanwhile.
      const block = await openBlock(batch.tipOr(ledger.tip), header, contents, ports);
      if (signal.aborted) throw abortError(signal);
      await batch.add({ ...block, certificate: target.certificate }, item.length);
    }
    await batch.commit();
  });
}

/**
 * Blocks on their way into the ledger. Each turn of the node's queue is waited for: a validator that is behind hears much
 * meanwhile, and would never catch up one block a turn.
 */
class Batch {
  readonly #ports: CatchUpPorts;
  #blocks: CommittedBlock[] = [];
  #bytes = 0;

  constructor(ports: CatchUpPorts) {
    this.#ports = ports;
  }

  /** The block that the next one stands on. */
  tipOr(tip: ChainPoint): ChainPoint {
    const last = this.#blocks.at(-1)?.point;
    return last !== undefined && last.header.height > tip.header.height ? last : tip;
  }

  async add(block: CommittedBlock, bytes: number): Promise<void> {
    this.#blocks.push(block);
    this.#bytes += bytes;
    if (this.#blocks.length >= BATCH_BLOCKS_MAX || this.#bytes >= BATCH_BYTES_MAX) await this.commit();
  }

  async commit(): Promise<void> {
    const blocks = this.#blocks;
    this.#blocks = [];
    this.#bytes = 0;
    if (blocks.length > 0) await this.#ports.onBlocks(blocks);
  }
}

/** Leaves are held against the header's log root first: what differs there is the peer's doing, what fails later the validators'. */
async function openBlock(
  tip: ChainPoint,
  header: Header,
  contents: BlockContents,
  ports: CatchUpPorts,
): Promise<Omit<CommittedBlock, 'certificate'>> {
  const { leaves, bodies } = contents;
  const frontier = appendLeaves(tip.frontier, leaves.map(leafHash));
  if (!equal(frontierRoot(frontier), header.logRoot)) throw refused('bad-proof', `height ${header.height}: other leaves than the header’s`);
  if (bodies.length !== leaves.length)
    throw refused('body-mismatch', `height ${header.height}: bodies of ${bodies.length} leaves for ${leaves.length}`);
  const transactions = leaves.map((leaf) => unwrap(decodeTransaction(leaf)));
  transactions.forEach(({ unsigned }, i) => unwrap(checkBodies(bodiesOf(unsigned.action), bodies[i] ?? [])));
  const verdicts = await ports.verify(transactions, tip.state);
  if (verdicts.length !== transactions.length || !verdicts.every(Boolean))
    throw refused('bad-signature', `height ${header.height}: a signature is wrong`);
  const point = unwrap(executeBlock(tip, header, transactions.map(asVerified)));
  return { point, transactions, bodies };
}
