/**
 * Driving a replay from genesis (`core/light/replay.ts`) over a copy of the chain: reads blocks, executes them, and checks all
 * their signatures while the next ones are executed. Abortable and pausable, for a node, an auditor or a worker of a page.
 *
 * A part's blocks are executed before their signatures are known to be good, since what an invitation's key is follows from
 * the blocks before; progress is told, and the end reached, only when they are.
 *
 * Bounds: two parts at a time, each of one block or of at most `PART_LEAVES` leaves.
 */
import { toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { BUNDLE_LEAVES } from '../core/base/limits.ts';
import { RefusalError } from '../core/base/result.ts';
import type { Header } from '../core/codec/block.ts';
import { type EpochFragment, SYNC_EPOCHS_MAX } from '../core/codec/sync-message.ts';
import { decodeTransaction, type Transaction } from '../core/codec/transaction.ts';
import type { Certificate } from '../core/codec/vote.ts';
import type { ChainPoint } from '../core/consensus/execute.ts';
import { beginReplay, faultAt, type Replay, type Replayed, type ReplayFault, replayBlock } from '../core/light/replay.ts';
import { inviteKeysOf, requiredSignatures } from '../core/membership/required-signatures.ts';
import { asVerified } from '../core/membership/verified.ts';
import { abortError } from './abort.ts';
import type { SignatureCheck, Verifier } from './ports.ts';

/** Headers read at a time. */
const HEADERS_AT_ONCE = 256;
/** Leaves executed before their signatures are checked together. */
const PART_LEAVES = 2 * BUNDLE_LEAVES;

/** A copy of a chain, wherever it is. All of it is only bytes until it was replayed. */
export interface ReplaySource {
  readonly chain: Hash;
  readonly genesisLeaf: Uint8Array;
  /** Where the replay is to end, and what makes that final. */
  readonly tip: Header;
  /** `undefined`: whoever replays finds out otherwise. */
  readonly certificate: Certificate | undefined;
  /** Headers from height `from` up to before `to`; fewer where they are missing. */
  headers(from: number, to: number): Promise<readonly Header[]>;
  /** Leaves from `from` up to before `to`; fewer where they are missing. */
  leaves(from: number, to: number): Promise<readonly Uint8Array[]>;
  /** How epochs ended, from `from` on; at most `limit`. */
  epochs(from: number, limit: number): Promise<readonly EpochFragment[]>;
}

export interface ReplayProgress {
  readonly height: number;
  readonly heights: number;
  /** Transactions, the genesis among them. */
  readonly leaves: number;
  readonly leavesInAll: number;
}

/** Sees each block as it is executed. What it saw counts only if the replay reaches its end. */
export type ReplayWitness = (before: ChainPoint, after: ChainPoint, transactions: readonly Transaction[]) => void;

export interface ReplayOptions {
  readonly verifier: Verifier;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: ReplayProgress) => void;
  readonly onBlock?: ReplayWitness;
  /** Awaited between parts: whoever pauses holds it back. */
  readonly mayGoOn?: () => Promise<void>;
  /** Where an earlier replay of the same chain ended; the genesis unless given. */
  readonly from?: Replay;
}

/** A block read from the source, not yet executed. */
interface ReadBlock {
  readonly header: Header;
  readonly leaves: readonly Uint8Array[];
  readonly certificate: Certificate | undefined;
}

/** A signature with the block that needs it. */
interface OpenCheck {
  readonly height: number;
  readonly what: string;
  readonly check: SignatureCheck;
}

/** Blocks that were executed, up to the first that is wrong. */
interface ExecutedPart {
  readonly replay: Replay;
  readonly checks: readonly OpenCheck[];
  readonly fault: ReplayFault | undefined;
}

/**
 * Replays the source's chain to its tip. A fault says which block is wrong and why. Throws the signal's reason when it is
 * aborted, `not-available` where something is missing from the copy, and what the source throws.
 */
export async function replayChain(source: ReplaySource, options: ReplayOptions): Promise<Replayed<Replay>> {
  const run = new ReplayRun(source, options);
  return run.toTheEnd();
}

class ReplayRun {
  readonly #source: ReplaySource;
  readonly #options: ReplayOptions;
  readonly #certificates: Certificates;

  constructor(source: ReplaySource, options: ReplayOptions) {
    this.#source = source;
    this.#options = options;
    this.#certificates = new Certificates(source);
  }

  async toTheEnd(): Promise<Replayed<Replay>> {
    const begun = await this.#begin();
    if (!begun.ok) return begun;
    let replay = begun.value;
    /** Of the part before, whose signatures are being checked. */
    let behind: Promise<ReplayFault | undefined> = Promise.resolve(undefined);
    for await (const part of this.#parts(replay)) {
      const executed = this.#execute(replay, part);
      const fault = await behind;
      if (fault !== undefined) return { ok: false, fault };
      behind = this.#check(executed.replay, executed.checks);
      behind.catch(() => undefined); // It is awaited below; until then nobody may call it forgotten.
      // What stands before the block that is wrong comes first.
      if (executed.fault !== undefined) return { ok: false, fault: (await behind) ?? executed.fault };
      replay = executed.replay;
    }
    const fault = await behind;
    return fault === undefined ? { ok: true, value: replay } : { ok: false, fault };
  }

  async #begin(): Promise<Replayed<Replay>> {
    const { from, verifier } = this.#options;
    if (from !== undefined) return { ok: true, value: from };
    const begun = beginReplay(this.#source.chain, this.#source.genesisLeaf);
    if (!begun.ok) return begun;
    const verdicts = await verifier.verify(begun.value.signatures, 'agreement');
    return verdicts.every(Boolean)
      ? { ok: true, value: begun.value.replay }
      : faultAt(0, { code: 'bad-signature', detail: 'a founder’s signature is wrong' });
  }

  /** Blocks in order, some at a time. */
  async *#parts({ point }: Replay): AsyncGenerator<readonly ReadBlock[]> {
    const { tip } = this.#source;
    let { logSize } = point.header;
    for (let height = point.header.height + 1; height <= tip.height; ) {
      await this.#goOn();
      const headers = await this.#source.headers(height, Math.min(height + HEADERS_AT_ONCE, tip.height + 1));
      if (headers.length === 0) throw missing(`the header at height ${height}`);
      for (const some of portions(headers, logSize)) {
        await this.#goOn();
        yield await this.#read(some, logSize);
        logSize = some.at(-1)?.logSize ?? logSize;
      }
      height += headers.length;
    }
  }

  async #goOn(): Promise<void> {
    const { signal, mayGoOn } = this.#options;
    await mayGoOn?.();
    if (signal.aborted) throw abortError(signal);
  }

  async #read(headers: readonly Header[], from: number): Promise<readonly ReadBlock[]> {
    const to = Math.max(from, headers.at(-1)?.logSize ?? from);
    const leaves = await this.#source.leaves(from, to);
    if (leaves.length !== to - from) throw missing(`leaves from ${from} up to ${to}`);
    const blocks: ReadBlock[] = [];
    let at = from;
    for (const header of headers) {
      const certificate = await this.#certificates.of(header);
      blocks.push({ header, leaves: leaves.slice(at - from, header.logSize - from), certificate });
      at = header.logSize;
    }
    return blocks;
  }

  #execute(from: Replay, blocks: readonly ReadBlock[]): ExecutedPart {
    const checks: OpenCheck[] = [];
    let replay = from;
    for (const { header, leaves, certificate } of blocks) {
      const read = readTransactions(replay, leaves);
      if (!read.ok) return { replay, checks, fault: read.fault };
      const { transactions, required } = read.value;
      const step = replayBlock(replay, { header, transactions: transactions.map(asVerified), certificate });
      if (!step.ok) return { replay, checks, fault: step.fault };
      const { height } = header;
      checks.push(...required, ...step.value.signatures.map((check) => ({ height, what: 'the certificate', check })));
      this.#options.onBlock?.(replay.point, step.value.replay.point, transactions);
      replay = step.value.replay;
    }
    return { replay, checks, fault: undefined };
  }

  async #check({ point }: Replay, checks: readonly OpenCheck[]): Promise<ReplayFault | undefined> {
    const { verifier, onProgress } = this.#options;
    const verdicts = await verifier.verify(
      checks.map(({ check }) => check),
      'agreement',
    );
    const wrong = checks.find((_, i) => verdicts[i] !== true);
    if (wrong !== undefined)
      return { height: wrong.height, refusal: { code: 'bad-signature', detail: `a signature under ${wrong.what} is wrong` } };
    const { tip } = this.#source;
    onProgress?.({ height: point.header.height, heights: tip.height, leaves: point.header.logSize, leavesInAll: tip.logSize });
    return undefined;
  }
}

/** The transactions of the next block, with the signatures that each must carry. */
function readTransactions(
  { point }: Replay,
  leaves: readonly Uint8Array[],
): Replayed<{ readonly transactions: readonly Transaction[]; readonly required: readonly OpenCheck[] }> {
  const height = point.header.height + 1;
  const transactions: Transaction[] = [];
  for (const [i, bytes] of leaves.entries()) {
    const read = decodeTransaction(bytes);
    if (!read.ok) return faultAt(height, { ...read.refusal, detail: `leaf ${point.frontier.size + i}: ${read.refusal.detail}` });
    transactions.push(read.value);
  }
  const inviteKeys = inviteKeysOf(transactions);
  const required: OpenCheck[] = [];
  for (const [i, transaction] of transactions.entries()) {
    const { action, sender } = transaction.unsigned;
    const what = `leaf ${point.frontier.size + i} (${action.type} by key ${toHex(sender).slice(0, 8)})`;
    const checks = requiredSignatures(transaction, point.state, inviteKeys);
    if (typeof checks === 'string') return faultAt(height, { code: 'bad-signature', detail: `${what}: ${checks}` });
    required.push(...checks.map((check) => ({ height, what, check })));
  }
  return { ok: true, value: { transactions, required } };
}

/** What is known to make single blocks final: the last of each epoch, and the tip. */
class Certificates {
  readonly #source: ReplaySource;
  #fragments: readonly EpochFragment[] = [];
  #asked = -1;

  constructor(source: ReplaySource) {
    this.#source = source;
  }

  async of(header: Header): Promise<Certificate | undefined> {
    const { tip, certificate } = this.#source;
    if (header.height === tip.height) return certificate;
    const fragment = await this.#endOf(header.epoch);
    return fragment?.header.height === header.height ? fragment.certificate : undefined;
  }

  async #endOf(epoch: number): Promise<EpochFragment | undefined> {
    if (epoch > this.#asked) {
      this.#fragments = await this.#source.epochs(epoch, SYNC_EPOCHS_MAX);
      this.#asked = Math.max(epoch, this.#fragments.at(-1)?.header.epoch ?? epoch);
    }
    return this.#fragments.find(({ header }) => header.epoch === epoch);
  }
}

/** Headers in groups whose blocks have at most `PART_LEAVES` leaves together, or are one. */
function portions(headers: readonly Header[], from: number): readonly (readonly Header[])[] {
  const groups: Header[][] = [];
  let start = from;
  for (const header of headers) {
    const last = groups.at(-1);
    if (last !== undefined && header.logSize - start <= PART_LEAVES) last.push(header);
    else {
      start = last?.at(-1)?.logSize ?? from;
      groups.push([header]);
    }
  }
  return groups;
}

function missing(what: string): RefusalError {
  return new RefusalError({ code: 'not-available', detail: `${what} is missing from the copy` });
}
