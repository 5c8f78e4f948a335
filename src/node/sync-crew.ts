/**
 * Peers that share some work. Each is asked for as long as it answers well; one that fails or serves what does not hold is
 * dismissed, and what it had is given to another. Only what a peer does is held against it: a failure of our own store is
 * thrown at once.
 */
import { abortError } from './abort.ts';
import type { PeerId, Session } from './ports.ts';
import { refused } from './sync-frames.ts';

/** Workers at once, however many peers there are: each holds up to a batch of bundles in memory. */
const WORKERS_MAX = 8;

/** Why a peer was dismissed: told apart from failures of our own by its type, since a peer chooses what code it sends. */
class PeerFailure extends Error {}

/** Lets a worker take what its peer sends, and know whose fault a failure is. */
export interface Work {
  /** Hands over what the peer sends, one by one. What `items` throws is the peer's fault, what `take` throws is ours. */
  consume<T>(items: AsyncIterable<T>, take: (item: T) => Promise<void>): Promise<void>;
}

export class Crew {
  readonly #sources: () => readonly Session[];
  readonly #perSource: number;
  readonly #outer: AbortSignal;
  readonly #own = new AbortController();
  /** Ends with the caller's signal, or when something here has failed for good. */
  readonly signal: AbortSignal;
  readonly #dismissed = new Set<PeerId>();
  /** Pieces of shared work under way, by session. */
  readonly #busy = new Map<number, number>();
  #lastFailure = 'nobody to ask';

  constructor(sources: () => readonly Session[], perSource: number, signal: AbortSignal) {
    this.#sources = sources;
    this.#perSource = perSource;
    this.#outer = signal;
    this.signal = AbortSignal.any([signal, this.#own.signal]);
  }

  /** Runs several jobs; when one fails the others are stopped. Settles when none is left running. */
  async together(...jobs: readonly (() => Promise<void>)[]): Promise<void> {
    await Promise.all(jobs.map((job) => job().catch((error: unknown) => this.#fail(error))));
    this.#throwIfOver();
  }

  /** The first failure is the one that is told; those after it come of stopping. */
  #fail(error: unknown): void {
    if (!this.#own.signal.aborted) this.#own.abort(error);
  }

  #throwIfOver(): void {
    if (this.#outer.aborted) throw abortError(this.#outer);
    if (this.#own.signal.aborted) throw this.#own.signal.reason;
  }

  /** Asks one peer after another until one answers well. */
  async one<T>(run: (session: Session) => Promise<T>): Promise<T> {
    for (;;) {
      const session = this.#leastBusy();
      if (session === undefined) throw this.#nobody();
      try {
        return await run(session);
      } catch (error) {
        this.#dismiss(session, error);
      }
    }
  }

  /** Asks one peer, another than `except`, and once only. What it fails at is left as it is. */
  async attempt(except: PeerId | undefined, run: (session: Session, work: Work) => Promise<void>): Promise<void> {
    const session = this.#leastBusy(Number.POSITIVE_INFINITY, except);
    if (session === undefined) return;
    try {
      await run(session, WORK);
    } catch (error) {
      if (!(error instanceof PeerFailure)) throw error;
      this.#dismiss(session, error);
    }
  }

  /** Has all pieces of work done, several at once. Settles when no worker is left running. */
  async share<T>(pieces: readonly T[], run: (session: Session, piece: T, work: Work) => Promise<void>): Promise<void> {
    const left = [...pieces];
    const running = new Set<Promise<void>>();
    while (!this.signal.aborted && (left.length > 0 || running.size > 0)) {
      const session = left.length > 0 && running.size < WORKERS_MAX ? this.#leastBusy(this.#perSource) : undefined;
      const piece = session === undefined ? undefined : left.shift();
      if (session === undefined || piece === undefined) {
        if (running.size === 0) this.#fail(this.#nobody());
        else await Promise.race(running);
        continue;
      }
      const worker = this.#occupied(session, () => run(session, piece, WORK))
        .catch((error: unknown) => {
          if (!(error instanceof PeerFailure) || this.signal.aborted) return this.#fail(error);
          this.#dismiss(session, error);
          left.unshift(piece);
        })
        .finally(() => running.delete(worker));
      running.add(worker);
    }
    await Promise.all(running);
    this.#throwIfOver();
  }

  async #occupied<T>(session: Session, run: () => Promise<T>): Promise<T> {
    this.#busy.set(session.id, this.#load(session) + 1);
    try {
      return await run();
    } finally {
      const load = this.#load(session) - 1;
      if (load > 0) this.#busy.set(session.id, load);
      else this.#busy.delete(session.id);
    }
  }

  #load(session: Session): number {
    return this.#busy.get(session.id) ?? 0;
  }

  #leastBusy(below = Number.POSITIVE_INFINITY, except?: PeerId): Session | undefined {
    const isAble = (one: Session) => !this.#dismissed.has(one.peer) && one.peer !== except && this.#load(one) < below;
    const [first, ...others] = this.#sources().filter(isAble);
    return others.reduce<Session | undefined>(
      (best, one) => (best !== undefined && this.#load(one) < this.#load(best) ? one : best),
      first,
    );
  }

  #dismiss(session: Session, error: unknown): void {
    this.#throwIfOver();
    this.#dismissed.add(session.peer);
    this.#lastFailure = error instanceof Error ? error.message : String(error);
  }

  #nobody(): Error {
    return refused('not-available', `no peer is left to ask; the last one: ${this.#lastFailure}`);
  }
}

const WORK: Work = {
  async consume(items, take) {
    const iterator = items[Symbol.asyncIterator]();
    try {
      for (let item = await fromPeer(() => iterator.next()); item.done !== true; item = await fromPeer(() => iterator.next())) {
        await take(item.value);
      }
    } finally {
      await iterator.return?.();
    }
  },
};

async function fromPeer<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw new PeerFailure(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
