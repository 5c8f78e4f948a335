/**
 * An audit of a chain (DESIGN §7): all of it replayed from genesis, each admission held against the rule of its time, and the
 * log against what was vouched for before. What it has seen stays at hand, so that the next look goes on where this one ended.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { RefusalError } from '../core/base/result.ts';
import { blockIdOf, type Header } from '../core/codec/block.ts';
import type { Transaction } from '../core/codec/transaction.ts';
import type { ChainPoint } from '../core/consensus/execute.ts';
import { type SeenAdmission, type SeenFederation, seeBlock } from '../core/light/admissions.ts';
import { type Pattern, patternsIn } from '../core/light/patterns.ts';
import { faultAt, type Replay, type ReplayFault } from '../core/light/replay.ts';
import type { Verifier } from './ports.ts';
import { type ReplayOptions, type ReplaySource, replayChain } from './replaying.ts';

/** A log that was vouched for before: by this auditor, or by whoever compares two looks at one chain. */
export interface Vouched {
  readonly size: number;
  readonly root: Hash;
}

export interface AuditReport {
  readonly chain: Hash;
  /** Up to where the chain was found right. */
  readonly header: Header | undefined;
  /** What is wrong, and at which block; `undefined` for a chain that is right. */
  readonly fault: ReplayFault | undefined;
  readonly admissions: readonly SeenAdmission[];
  /** Worth a look, though no rule is broken. */
  readonly patterns: readonly Pattern[];
}

export type LookOptions = Pick<ReplayOptions, 'signal' | 'onProgress' | 'mayGoOn'>;

/**
 * Begins an audit of a chain that this process follows, somewhere else than in its own thread: in a page, which must stay quick.
 * Each look reads the copy anew and goes on where the last one ended; the source that it is given only shows that there is
 * something to look at.
 */
export type Auditor = (
  chain: Hash,
  vouched: readonly Vouched[],
) => { look(source: ReplaySource, options: Pick<LookOptions, 'signal' | 'onProgress'>): Promise<AuditReport> };

/** What is wrong beside the blocks themselves, once all of them were replayed: who vouches for them, say. */
export type Judge = (point: ChainPoint) => Promise<ReplayFault | undefined>;

/** How far an audit has come, and what it saw on the way. */
interface Found extends Pick<AuditReport, 'fault' | 'admissions'> {
  readonly replay: Replay | undefined;
  readonly federation: readonly SeenFederation[];
}

const NOTHING_YET: Found = { replay: undefined, admissions: [], federation: [], fault: undefined };

export class Audit {
  readonly #verifier: Verifier;
  readonly #vouched: readonly Vouched[];
  #found = NOTHING_YET;

  /** `vouched`: what was signed or found right before, with which the chain must agree. */
  constructor(verifier: Verifier, vouched: readonly Vouched[]) {
    this.#verifier = verifier;
    this.#vouched = vouched;
  }

  /** The point up to which all is right. */
  get point(): ChainPoint | undefined {
    return this.#found.replay?.point;
  }

  /**
   * Goes on to the source's tip; a chain that was once found wrong stays so. What `judge` does not let pass nobody stands for
   * yet: it is told, and the next look begins where this one did. Throws as `replayChain` does.
   */
  async look(source: ReplaySource, options: LookOptions, judge: Judge = async () => undefined): Promise<AuditReport> {
    const found = this.#found.fault === undefined ? await this.#goOn(source, options) : this.#found;
    const { replay, admissions, federation } = found;
    const fault = found.fault ?? (replay && (await judge(replay.point)));
    if (fault === found.fault) this.#found = found;
    const patterns = replay === undefined ? [] : patternsIn({ admissions, federation, state: replay.point.state });
    return { chain: source.chain, header: replay?.point.header, fault, admissions, patterns };
  }

  async #goOn(source: ReplaySource, options: LookOptions): Promise<Found> {
    const before = this.#found;
    const departed = await this.#departure(source);
    if (departed !== undefined) return { ...before, fault: departed };
    const admissions = [...before.admissions];
    const federation = [...before.federation];
    let fault: ReplayFault | undefined;
    const onBlock = (from: ChainPoint, to: ChainPoint, transactions: readonly Transaction[]) => {
      const seen = seeBlock(from, to, transactions);
      admissions.push(...seen.admissions);
      if (seen.federation !== undefined) federation.push(seen.federation);
      fault ??= admissionFault(seen.admissions) ?? this.#inconsistency(from, to);
    };
    const from = before.replay === undefined ? {} : { from: before.replay };
    const done = await replayChain(source, { ...options, ...from, verifier: this.#verifier, onBlock });
    if (!done.ok) return { ...before, fault: earlier(fault, done.fault) };
    return { replay: done.value, admissions, federation, fault: fault ?? this.#tooShort(done.value) };
  }

  /** What was replayed before is no part of what the source holds now: there nothing can go on. */
  async #departure(source: ReplaySource): Promise<ReplayFault | undefined> {
    if (this.point === undefined) return undefined;
    const { header, id } = this.point;
    if (!equal(source.chain, header.chain)) return faultAt(0, { code: 'wrong-chain', detail: 'another chain is shown than before' }).fault;
    if (source.tip.height < header.height) return shrunk(source.tip, header.logSize);
    const [now] = source.tip.height === header.height ? [source.tip] : await source.headers(header.height, header.height + 1);
    if (now === undefined) throw new RefusalError({ code: 'not-available', detail: `the header at height ${header.height} is missing` });
    return equal(blockIdOf(now), id) ? undefined : notAsVouched(header, header.logSize);
  }

  /** The log at a size that was vouched for has another root, or none since no block ends there. */
  #inconsistency(before: ChainPoint, { header }: ChainPoint): ReplayFault | undefined {
    const reached = this.#vouched.filter(({ size }) => size > before.header.logSize && size <= header.logSize);
    const wrong = reached.find(({ size, root }) => size !== header.logSize || !equal(root, header.logRoot));
    return wrong && notAsVouched(header, wrong.size);
  }

  #tooShort({ point: { header } }: Replay): ReplayFault | undefined {
    const missing = this.#vouched.find(({ size }) => size > header.logSize);
    return missing && shrunk(header, missing.size);
  }
}

function notAsVouched({ height }: Header, size: number): ReplayFault {
  return faultAt(height, { code: 'conflicting-block', detail: `the log of ${size} entries is not the one that was vouched for` }).fault;
}

function shrunk({ height, logSize }: Header, size: number): ReplayFault {
  return faultAt(height, { code: 'conflicting-block', detail: `the log ends with ${logSize} entries, of ${size} that were vouched for` })
    .fault;
}

function admissionFault(admissions: readonly SeenAdmission[]): ReplayFault | undefined {
  const wrong = admissions.find(({ problem }) => problem !== undefined);
  return wrong && faultAt(wrong.height, { code: 'needs-approval', detail: wrong.problem ?? '' }).fault;
}

function earlier(one: ReplayFault | undefined, other: ReplayFault): ReplayFault {
  return one !== undefined && one.height <= other.height ? one : other;
}
