/** A clock that only moves when a test moves it, and a way to run a promise to its end in its time. */
import type { Clock } from '../../src/node/ports.ts';

/** Rounds of the event loop in which everything that needs no time has run: signatures take a few each. */
const ROUNDS = 12;
const IDLE_ROUNDS_MAX = 20;

export async function settle(): Promise<void> {
  for (let i = 0; i < ROUNDS; i++) await new Promise((resolve) => setImmediate(resolve));
}

export class ManualClock implements Clock {
  #now: number;
  #sequence = 0;
  readonly #timers = new Map<number, { readonly at: number; readonly run: () => void }>();

  constructor(now = 1_800_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, run: () => void): () => void {
    const id = ++this.#sequence;
    this.#timers.set(id, { at: this.#now + Math.max(0, delayMs), run });
    return () => this.#timers.delete(id);
  }

  /** Timers that wait: none when everything has been closed. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Lets so much time pass, each timer at its moment. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    while (this.#runNext(end)) await settle();
    this.#now = end;
  }

  /** The outcome of a promise, with as much time as it needs, up to `limitMs`. */
  async run<T>(promise: Promise<T>, limitMs = 600_000): Promise<T> {
    let done = false;
    const watched = promise.finally(() => {
      done = true;
    });
    watched.catch(() => {});
    const end = this.#now + limitMs;
    // A promise may itself wait for things to settle, with no timer set meanwhile.
    await settle();
    for (let idle = 0; !done && idle < IDLE_ROUNDS_MAX; await settle()) idle = this.#runNext(end) ? 0 : idle + 1;
    if (!done) throw new Error(`did not settle within ${limitMs} ms of this clock`);
    return watched;
  }

  /** Moves to the next moment at which timers are due, and runs them in the order in which they were set. */
  #runNext(end: number): boolean {
    const moment = Math.min(...[...this.#timers.values()].map((timer) => timer.at));
    if (moment > end || this.#timers.size === 0) return false;
    this.#now = Math.max(this.#now, moment);
    const due = [...this.#timers].filter(([, timer]) => timer.at <= moment).sort(([a], [b]) => a - b);
    for (const [id, timer] of due) if (this.#timers.delete(id)) timer.run();
    return true;
  }
}
