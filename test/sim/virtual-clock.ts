/**
 * Virtual time: nothing happens but what was scheduled, one event after the other, and time stands still in between until
 * everything that an event set off has come to rest.
 *
 * At rest means that no microtask is left. The code under the simulator waits for nothing but promises of its ports, which
 * settle within events or by microtasks, so one turn of the event loop after an event is enough: a turn begins only when
 * the microtasks of the one before are done. Whatever settles outside (WebCrypto, a disk, a socket) has no place here.
 *
 * Turns are taken many at a time: Node drains the microtasks between any two, and asks the system for news only after all of
 * them, which would otherwise take a twentieth of the simulator's time.
 */
import type { Clock } from '../../src/node/ports.ts';

interface Scheduled {
  readonly time: number;
  /** Orders what is due at the same time: first scheduled, first run. */
  readonly number: number;
  /** `undefined` once it was cancelled or has run. */
  run: (() => void) | undefined;
}

export class VirtualClock implements Clock {
  /** A binary heap by time, then number. */
  readonly #heap: Scheduled[] = [];
  readonly #onEvent: (time: number, number: number) => void;
  #now: number;
  #slept = 0;
  #scheduled = 0;
  #pending = 0;
  #events = 0;

  /** `startMs` since the epoch; `onEvent` hears of each event before it runs. */
  constructor(startMs: number, onEvent: (time: number, number: number) => void) {
    this.#now = startMs;
    this.#onEvent = onEvent;
  }

  now(): number {
    return this.#now + this.#slept;
  }

  /** Every machine sleeps: the time of day goes on, and nothing else. What is due comes as long after waking as before. */
  sleep(ms: number): void {
    this.#slept += ms;
  }

  /** Time in which somebody was awake, ms. */
  get awake(): number {
    return this.#now;
  }

  /** Events that have run. */
  get events(): number {
    return this.#events;
  }

  /** Events that are scheduled and not cancelled. */
  get pending(): number {
    return this.#pending;
  }

  schedule(delayMs: number, run: () => void): () => void {
    const entry: Scheduled = { time: this.#now + Math.max(0, delayMs), number: this.#scheduled++, run };
    this.#push(entry);
    this.#pending += 1;
    return () => {
      if (entry.run === undefined) return;
      entry.run = undefined;
      this.#pending -= 1;
    };
  }

  /** Runs events until `done` says so, asked at rest after each, or until none is left. */
  async run(done: () => boolean): Promise<void> {
    await atRest();
    while (!done()) {
      const entry = this.#pop();
      if (entry === undefined) return;
      const { run } = entry;
      if (run === undefined) continue;
      entry.run = undefined;
      this.#pending -= 1;
      this.#events += 1;
      this.#now = Math.max(this.#now, entry.time);
      this.#onEvent(entry.time, entry.number);
      run();
      await atRest();
    }
  }

  #push(entry: Scheduled): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || isBefore(parent, entry)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  #pop(): Scheduled | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const child = this.#earlierChild(at);
      const entry = heap[child];
      if (entry === undefined || isBefore(last, entry)) break;
      heap[at] = entry;
      at = child;
    }
    heap[at] = last;
    return first;
  }

  #earlierChild(at: number): number {
    const [left, right] = [this.#heap[2 * at + 1], this.#heap[2 * at + 2]];
    return left !== undefined && right !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1;
  }
}

function isBefore(a: Scheduled, b: Scheduled): boolean {
  return a.time < b.time || (a.time === b.time && a.number < b.number);
}

/** Turns of the event loop that are ordered at once. */
const TURNS_AT_ONCE = 256;
const resting: (() => void)[] = [];
let turnsLeft = 0;

/** Settles when no microtask is left. */
function atRest(): Promise<void> {
  return new Promise((resolve) => {
    resting.push(resolve);
    if (turnsLeft === 0) for (; turnsLeft < TURNS_AT_ONCE; turnsLeft++) setImmediate(turn);
  });
}

function turn(): void {
  turnsLeft -= 1;
  resting.shift()?.();
}

/** Time as one process sees it: a little off, and over for the process when it ends. */
export class ProcessClock implements Clock {
  readonly #clock: Clock;
  readonly #skewMs: number;
  readonly #cancels = new Set<() => void>();
  #over = false;

  constructor(clock: Clock, skewMs: number) {
    this.#clock = clock;
    this.#skewMs = skewMs;
  }

  now(): number {
    return this.#clock.now() + this.#skewMs;
  }

  schedule(delayMs: number, run: () => void): () => void {
    if (this.#over) return () => undefined;
    const stop = () => {
      this.#cancels.delete(stop);
      cancel();
    };
    const cancel = this.#clock.schedule(delayMs, () => {
      this.#cancels.delete(stop);
      run();
    });
    this.#cancels.add(stop);
    return stop;
  }

  /** Timers that the process has running. */
  get pending(): number {
    return this.#cancels.size;
  }

  /** The process is gone, and so are its timers. */
  end(): void {
    this.#over = true;
    for (const cancel of [...this.#cancels]) cancel();
  }
}
