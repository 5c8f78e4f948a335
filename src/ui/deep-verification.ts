/**
 * From “verified by quorum” to “verified by you”: once the copy of a chain is whole, all of it is replayed from its genesis, and
 * what an audit tells of it is kept. Afterwards this device executes each new block itself, so what was found right stays
 * right; it is remembered by height and block id, which must be of the chain still.
 */

import { fromUtf8, toHex, utf8 } from '../core/base/bytes.ts';
import { blockIdOf } from '../core/codec/block.ts';
import type { AuditReport } from '../node/auditing.ts';
import type { Chain } from '../node/chain.ts';
import type { Space } from '../node/ports.ts';
import type { ChainIdHex } from './app.ts';
import { findingsOf, readFindings, writeFindings } from './findings.ts';
import type { FromReplayer } from './replay-messages.ts';
import type { FindingsView, VerificationView, Verified } from './verification-view.ts';

export interface ReplayHandle {
  pause(): void;
  resume(): void;
  stop(): void;
}

/** Begins to replay a chain of this device's store; `heard` is told how it goes. */
export type Replayer = (chain: ChainIdHex, heard: (event: FromReplayer) => void) => ReplayHandle;

const ROW_PREFIX = 'verified/';
const FINDINGS_PREFIX = 'findings/';
const QUORUM: VerificationView = { type: 'quorum' };

interface Run {
  view: VerificationView;
  /** It could not be done at this height: tried again at a later one. */
  failedAt?: number;
  handle: ReplayHandle | undefined;
  findings: FindingsView | undefined;
  /** How far it is where somebody asked for one more look at what was found right already. */
  looking: { readonly done: number; readonly total: number } | undefined;
}

export class DeepVerifications {
  readonly #replayer: Replayer | undefined;
  readonly #space: Space;
  readonly #changed: (chain: ChainIdHex) => void;
  readonly #runs = new Map<ChainIdHex, Run>();

  constructor(replayer: Replayer | undefined, space: Space, changed: (chain: ChainIdHex) => void) {
    this.#replayer = replayer;
    this.#space = space;
    this.#changed = changed;
  }

  /** How far the chain is verified here; begins with it where the copy is whole and nothing is remembered. */
  async look(chain: Chain): Promise<Verified> {
    const run = await this.#runOf(chain);
    const { audited } = chain;
    // An auditor's node looks at each checkpoint: what it found last is the newest there is.
    const isNewer = audited?.fault !== undefined || (audited?.header?.height ?? -1) > (run?.findings?.height ?? -1);
    const findings = audited !== undefined && isNewer ? findingsOf(chain, audited) : run?.findings;
    const audit = { findings, looking: run?.looking, possible: this.#replayer !== undefined };
    return { verification: run?.view ?? QUORUM, audit };
  }

  async #runOf(chain: Chain): Promise<Run | undefined> {
    const id = toHex(chain.id);
    const known = this.#runs.get(id);
    if (known !== undefined && !(known.failedAt !== undefined && known.failedAt < chain.height)) return known;
    const { ledger } = chain.node;
    if (this.#replayer === undefined || !ledger.complete || !ledger.certified) return undefined;
    const view: VerificationView = { type: 'running', done: 0, total: ledger.tip.header.logSize, paused: false };
    const run: Run = { view, handle: undefined, findings: undefined, looking: undefined };
    this.#runs.set(id, run);
    const before = await this.#remembered(chain);
    if (before === undefined) run.handle = this.#replayer(id, (event) => void this.#heard(chain, run, event));
    else {
      run.view = { type: 'you', height: before };
      run.findings = readFindings(await this.#space.get('meta', `${FINDINGS_PREFIX}${id}`));
    }
    return run;
  }

  /** Pauses what runs, or lets it go on. */
  setPaused(id: ChainIdHex, paused: boolean): void {
    const run = this.#runs.get(id);
    if (run?.view.type !== 'running') return;
    if (paused) run.handle?.pause();
    else run.handle?.resume();
    run.view = { ...run.view, paused };
    this.#changed(id);
  }

  /** Looks at all of it once more, unless that is under way. */
  again(chain: Chain): void {
    const id = toHex(chain.id);
    const run = this.#runs.get(id);
    if (run?.view.type !== 'you' || run.looking !== undefined || this.#replayer === undefined) return;
    run.looking = { done: 0, total: chain.log.size };
    run.handle = this.#replayer(id, (event) => void this.#heard(chain, run, event));
    this.#changed(id);
  }

  async #heard(chain: Chain, run: Run, event: FromReplayer): Promise<void> {
    if (run.view.type !== 'running' && run.looking === undefined) return;
    if (event.type === 'progress') {
      const far = { done: event.leaves, total: event.leavesInAll };
      if (run.view.type === 'running') run.view = { ...run.view, ...far };
      else run.looking = far;
    } else {
      run.handle?.stop();
      if (event.type === 'seen') await this.#seen(chain, run, event.report);
      else if (run.looking === undefined) {
        run.view = QUORUM;
        run.failedAt = chain.height;
      }
      run.looking = undefined;
    }
    this.#changed(toHex(chain.id));
  }

  async #seen(chain: Chain, run: Run, report: AuditReport): Promise<void> {
    const id = toHex(chain.id);
    run.findings = findingsOf(chain, report);
    if (report.fault !== undefined || report.header === undefined) {
      const { height = 0, refusal } = report.fault ?? {};
      run.view = { type: 'wrong', height, code: refusal?.code ?? 'failed', detail: refusal?.detail ?? '' };
      return;
    }
    const { height } = report.header;
    run.view = { type: 'you', height };
    await this.#space.write(
      [
        { type: 'put', table: 'meta', key: `${ROW_PREFIX}${id}`, value: utf8(`${height} ${toHex(blockIdOf(report.header))}`) },
        { type: 'put', table: 'meta', key: `${FINDINGS_PREFIX}${id}`, value: writeFindings(run.findings) },
      ],
      'relaxed',
    );
  }

  /** The height up to which the chain was found right, if its block there is the same still. */
  async #remembered(chain: Chain): Promise<number | undefined> {
    const row = await this.#space.get('meta', `${ROW_PREFIX}${toHex(chain.id)}`);
    const [height, block] = (row === undefined ? '' : (fromUtf8(row) ?? '')).split(' ');
    if (height === undefined || block === undefined) return undefined;
    const header = await chain.node.ledger.history.header(Number(height));
    return header !== undefined && toHex(blockIdOf(header)) === block ? Number(height) : undefined;
  }

  close(): void {
    for (const { handle } of this.#runs.values()) handle?.stop();
    this.#runs.clear();
  }
}
