/**
 * From “verified by quorum” to “verified by you”: once the copy of a chain is whole, all of it is replayed from its genesis.
 * Afterwards this device executes each new block itself, so what was found right stays right; it is remembered by height and
 * block id, which must be of the chain still.
 */

import { fromUtf8, toHex, utf8 } from '../core/base/bytes.ts';
import { blockIdOf } from '../core/codec/block.ts';
import type { Chain } from '../node/chain.ts';
import type { Space } from '../node/ports.ts';
import type { ChainIdHex } from './app.ts';
import type { FromReplayer } from './replay-messages.ts';
import type { VerificationView } from './verification-view.ts';

export interface ReplayHandle {
  pause(): void;
  resume(): void;
  stop(): void;
}

/** Begins to replay a chain of this device's store; `heard` is told how it goes. */
export type Replayer = (chain: ChainIdHex, heard: (event: FromReplayer) => void) => ReplayHandle;

const ROW_PREFIX = 'verified/';
const QUORUM: VerificationView = { type: 'quorum' };

interface Run {
  view: VerificationView;
  /** It could not be done at this height: tried again at a later one. */
  failedAt?: number;
  handle: ReplayHandle | undefined;
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
  async look(chain: Chain): Promise<VerificationView> {
    const id = toHex(chain.id);
    const known = this.#runs.get(id);
    if (known !== undefined && !(known.failedAt !== undefined && known.failedAt < chain.height)) return known.view;
    const { ledger } = chain.node;
    if (this.#replayer === undefined || !ledger.complete || !ledger.certified) return QUORUM;
    const run: Run = { view: { type: 'running', done: 0, total: ledger.tip.header.logSize, paused: false }, handle: undefined };
    this.#runs.set(id, run);
    const before = await this.#remembered(chain);
    if (before !== undefined) run.view = { type: 'you', height: before };
    else run.handle = this.#replayer(id, (event) => void this.#heard(chain, run, event));
    return run.view;
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

  async #heard(chain: Chain, run: Run, event: FromReplayer): Promise<void> {
    const id = toHex(chain.id);
    if (run.view.type !== 'running') return;
    if (event.type === 'progress') run.view = { ...run.view, done: event.done, total: event.total };
    else {
      run.handle?.stop();
      run.view = outcome(event);
      if (event.type === 'right') await this.#remember(id, event.height, event.block);
      if (event.type === 'failed') run.failedAt = chain.height;
    }
    this.#changed(id);
  }

  /** The height up to which the chain was found right, if its block there is the same still. */
  async #remembered(chain: Chain): Promise<number | undefined> {
    const row = await this.#space.get('meta', `${ROW_PREFIX}${toHex(chain.id)}`);
    const [height, block] = (row === undefined ? '' : (fromUtf8(row) ?? '')).split(' ');
    if (height === undefined || block === undefined) return undefined;
    const header = await chain.node.ledger.history.header(Number(height));
    return header !== undefined && toHex(blockIdOf(header)) === block ? Number(height) : undefined;
  }

  #remember(id: ChainIdHex, height: number, block: string): Promise<void> {
    const value = utf8(`${height} ${block}`);
    return this.#space.write([{ type: 'put', table: 'meta', key: `${ROW_PREFIX}${id}`, value }], 'relaxed');
  }

  close(): void {
    for (const { handle } of this.#runs.values()) handle?.stop();
    this.#runs.clear();
  }
}

function outcome(event: Exclude<FromReplayer, { readonly type: 'progress' }>): VerificationView {
  switch (event.type) {
    case 'right':
      return { type: 'you', height: event.height };
    case 'wrong':
      return event;
    case 'failed':
      return QUORUM;
  }
}
