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

export class Audit {
  readonly #verifier: Verifier;
  readonly #vouched: readonly Vouched[];
  readonly #admissions: SeenAdmission[] = [];
  readonly #federation: SeenFederation[] = [];
  #replay: Replay | undefined;
  #fault: ReplayFault | undefined;

  /** `vouched`: what was signed or found right before, with which the chain must agree. */
  constructor(verifier: Verifier, vouched: readonly Vouched[]) {
    this.#verifier = verifier;
    this.#vouched = vouched;
  }

  /** The point up to which all is right. */
  get point(): ChainPoint | undefined {
    return this.#replay?.point;
  }

  /** Goes on to the source's tip; a chain that was once found wrong stays so. Throws as `replayChain` does. */
  async look(source: ReplaySource, options: LookOptions): Promise<AuditReport> {
    if (this.#fault === undefined) await this.#goOn(source, options);
    const { state, header } = this.#replay?.point ?? {};
    const patterns = state === undefined ? [] : patternsIn({ admissions: this.#admissions, federation: this.#federation, state });
    return { chain: source.chain, header, fault: this.#fault, admissions: [...this.#admissions], patterns };
  }

  async #goOn(source: ReplaySource, options: LookOptions): Promise<void> {
    this.#fault = await this.#departure(source);
    if (this.#fault !== undefined) return;
    const seen: { admissions: SeenAdmission[]; federation: SeenFederation[]; fault: ReplayFault | undefined } = {
      admissions: [],
      federation: [],
      fault: undefined,
    };
    const onBlock = (before: ChainPoint, after: ChainPoint, transactions: readonly Transaction[]) => {
      const { admissions, federation } = seeBlock(before, after, transactions);
      seen.admissions.push(...admissions);
      if (federation !== undefined) seen.federation.push(federation);
      seen.fault ??= admissionFault(admissions) ?? this.#inconsistency(before, after);
    };
    const from = this.#replay === undefined ? {} : { from: this.#replay };
    const done = await replayChain(source, { ...options, ...from, verifier: this.#verifier, onBlock });
    this.#fault = done.ok ? seen.fault : earlier(seen.fault, done.fault);
    if (!done.ok) return;
    this.#replay = done.value;
    this.#fault ??= this.#tooShort(done.value);
    this.#admissions.push(...seen.admissions);
    this.#federation.push(...seen.federation);
  }

  /** What was replayed before is no part of what the source holds now: there nothing can go on. */
  async #departure(source: ReplaySource): Promise<ReplayFault | undefined> {
    if (this.#replay === undefined) return undefined;
    const { header, id } = this.#replay.point;
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
