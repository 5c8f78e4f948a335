/**
 * A follower's side: asks the tab that runs the node. It lasts as long as that tab does; then `end` lets everything go
 * that still waits, and whoever waits turns to the next holder.
 */
import { type Result, refuse } from '../core/base/result.ts';
import { type AppView, type ChainIdHex, type ChainView, isLast, type JoinOptions, type JoinStage } from './app.ts';
import type { CommandName, ToFollower, ToHolder } from './tab-messages.ts';

/** The longest command makes a chain, which has limits of its own; this one is for a holder that hangs. */
export const COMMAND_TIMEOUT_MS = 120_000;

/** Counts on from holder to holder, so that a late answer of one that went is no answer of the next. */
let lastId = 0;

interface Stages {
  readonly waiting: JoinStage[];
  wake: () => void;
}

export class RemoteHolder {
  readonly #send: (message: ToHolder) => void;
  readonly #answers = new Map<number, (result: Result<unknown> | undefined) => void>();
  readonly #apps = new Map<number, (view: AppView) => void>();
  readonly #chains = new Map<number, (view: ChainView | undefined) => void>();
  readonly #joins = new Map<number, Stages>();
  #ended = false;

  constructor(send: (message: ToHolder) => void) {
    this.#send = send;
  }

  /** The answer; `undefined` if the holder went away before it gave one. */
  command(name: CommandName, args: readonly unknown[]): Promise<Result<unknown> | undefined> {
    if (this.#ended) return Promise.resolve(undefined);
    const id = ++lastId;
    const { promise, resolve } = Promise.withResolvers<Result<unknown> | undefined>();
    const timer = setTimeout(() => resolve(refuse('timed-out', 'the tab that runs the node did not answer')), COMMAND_TIMEOUT_MS);
    this.#answers.set(id, resolve);
    this.#send({ type: 'command', id, name, args });
    return promise.finally(() => {
      clearTimeout(timer);
      this.#answers.delete(id);
    });
  }

  /** Stages until the outcome; ends without one if the holder went away. */
  async *join(text: string, { signal, ...options }: JoinOptions): AsyncGenerator<JoinStage, void, undefined> {
    const id = ++lastId;
    const stages: Stages = { waiting: [], wake: () => {} };
    const abort = () => this.#send({ type: 'abort', id });
    this.#joins.set(id, stages);
    signal.addEventListener('abort', abort);
    this.#send({ type: 'join', id, text, options });
    if (signal.aborted) abort();
    try {
      while (!this.#ended) {
        const stage = stages.waiting.shift();
        if (stage === undefined) await this.#woken(stages);
        else yield stage;
        if (stage !== undefined && isLast(stage)) return;
      }
    } finally {
      signal.removeEventListener('abort', abort);
      this.#joins.delete(id);
    }
  }

  watchApp(listener: (view: AppView) => void): () => void {
    const id = ++lastId;
    this.#apps.set(id, listener);
    return this.#watch(id, undefined, this.#apps);
  }

  watchChain(chain: ChainIdHex, listener: (view: ChainView | undefined) => void): () => void {
    const id = ++lastId;
    this.#chains.set(id, listener);
    return this.#watch(id, chain, this.#chains);
  }

  take(message: ToFollower): void {
    switch (message.type) {
      case 'answer':
        // The holder is the same page on the same site: its answer has the shape of the command's result.
        this.#answers.get(message.id)?.(message.result as Result<unknown>);
        return;
      case 'stage':
        this.#joins.get(message.id)?.waiting.push(message.stage);
        this.#joins.get(message.id)?.wake();
        return;
      case 'app':
        this.#apps.get(message.id)?.(message.view);
        this.#send({ type: 'seen', id: message.id });
        return;
      case 'chain':
        this.#chains.get(message.id)?.(message.view);
        this.#send({ type: 'seen', id: message.id });
        return;
    }
  }

  /** The holder is gone. */
  end(): void {
    this.#ended = true;
    for (const answer of this.#answers.values()) answer(undefined);
    for (const { wake } of this.#joins.values()) wake();
    this.#apps.clear();
    this.#chains.clear();
  }

  #woken(stages: Stages): Promise<void> {
    return new Promise((resolve) => {
      stages.wake = resolve;
    });
  }

  #watch(id: number, chain: ChainIdHex | undefined, listeners: Map<number, unknown>): () => void {
    this.#send({ type: 'watch', id, chain });
    return () => {
      if (listeners.delete(id)) this.#send({ type: 'unwatch', id });
    };
  }
}
