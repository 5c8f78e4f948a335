/** Waiting, with an end: deadlines, pauses, slots and credit. Every wait ends with its signal and leaves nothing behind. */

import { type RefusalCode, RefusalError } from '../core/base/result.ts';
import { type Codec, encode } from '../core/codec/codec.ts';
import type { Clock } from '../node/ports.ts';
import { CLOSE_GRACE_MS } from './protocols.ts';
import type { FrameStream } from './transport.ts';

export function refusalError(code: RefusalCode, detail: string): RefusalError {
  return new RefusalError({ code, detail });
}

/** The code of what was thrown: a refusal's own, else `closed`, since a stream that fails has closed. */
export function codeOf(error: unknown): RefusalCode {
  return error instanceof RefusalError ? error.code : 'closed';
}

/** Why a signal was aborted: the refusal it was aborted with, or `aborted`. */
export function abortReason(signal: AbortSignal): RefusalError {
  return signal.reason instanceof RefusalError ? signal.reason : refusalError('aborted', 'aborted by the caller');
}

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortReason(signal);
}

/** Runs when the signal is aborted, or at once if it is; the returned function forgets it. */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  if (signal.aborted) {
    run();
    return () => {};
  }
  signal.addEventListener('abort', run, { once: true });
  return () => signal.removeEventListener('abort', run);
}

/** The promise's outcome, or the signal's reason if that comes first. The promise itself runs on. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let forget = () => {};
  const aborted = new Promise<never>((_, reject) => {
    forget = onAbort(signal, () => reject(abortReason(signal)));
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    forget();
  }
}

/** A signal that ends with any of its parents, or after a time; `end` releases it. */
export interface Scope {
  readonly signal: AbortSignal;
  /** Aborts it with a reason, if it is not yet. */
  abort(reason: RefusalError): void;
  /** Releases timer and parents. Later aborts of the parents no longer reach it. */
  end(): void;
}

export function scope(...parents: readonly AbortSignal[]): Scope {
  const controller = new AbortController();
  const abort = (reason: RefusalError) => controller.abort(reason);
  const forgets = parents.map((parent) => onAbort(parent, () => abort(abortReason(parent))));
  return {
    signal: controller.signal,
    abort,
    end: () => {
      for (const forget of forgets) forget();
    },
  };
}

/** A scope that is aborted with `timed-out` after `delayMs`. */
export function deadline(clock: Clock, delayMs: number, what: string, ...parents: readonly AbortSignal[]): Scope {
  const inner = scope(...parents);
  const cancel = clock.schedule(delayMs, () => inner.abort(refusalError('timed-out', `${what} took over ${delayMs} ms`)));
  return {
    signal: inner.signal,
    abort: inner.abort,
    end: () => {
      cancel();
      inner.end();
    },
  };
}

/** Runs a wait under a deadline and releases it. */
export async function within<T>(
  clock: Clock,
  delayMs: number,
  what: string,
  parent: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = deadline(clock, delayMs, what, parent);
  try {
    return await run(limit.signal);
  } finally {
    limit.end();
  }
}

/** Settles after a time; rejects with the signal's reason if that comes first. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortReason(signal));
    const cancel = clock.schedule(delayMs, () => {
      forget();
      resolve();
    });
    const forget = onAbort(signal, () => {
      cancel();
      reject(abortReason(signal));
    });
  });
}

/** So many at a time; the others wait in turn, and not too many of them. */
export class Slots {
  readonly #max: number;
  readonly #waitingMax: number;
  #taken = 0;
  #waiting: (() => void)[] = [];

  constructor(max: number, waitingMax: number) {
    this.#max = max;
    this.#waitingMax = waitingMax;
  }

  get idle(): boolean {
    return this.#taken === 0 && this.#waiting.length === 0;
  }

  /** Settles with the function that gives the slot back, once. Throws `slow-down` when too many wait. */
  async take(signal: AbortSignal): Promise<() => void> {
    throwIfAborted(signal);
    if (this.#taken >= this.#max) await this.#turn(signal);
    else this.#taken++;
    let held = true;
    return () => {
      if (held) this.#giveBack();
      held = false;
    };
  }

  #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= this.#waitingMax) throw refusalError('slow-down', `${this.#waitingMax} requests wait already`);
    return new Promise((resolve, reject) => {
      const turn = () => {
        forget();
        resolve();
      };
      this.#waiting.push(turn);
      const forget = onAbort(signal, () => {
        this.#waiting = this.#waiting.filter((one) => one !== turn);
        reject(abortReason(signal));
      });
    });
  }

  // A slot passes straight to the next in turn, so that nobody overtakes.
  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken--;
    else next();
  }
}

/** What the other side has said it can take. Sending may overdraw it by one frame; then it waits for more. */
export class Credit {
  #left: number;
  readonly #max: number;
  #wake: (() => void) | undefined;

  constructor(initial: number, max: number) {
    this.#max = max;
    this.#left = Math.min(initial, max);
  }

  grant(amount: number): void {
    this.#left = Math.min(this.#left + amount, this.#max);
    if (this.#left > 0) this.#wake?.();
  }

  spend(amount: number): void {
    this.#left -= amount;
  }

  /** Settles when there is some. One waiter at a time. */
  async some(signal: AbortSignal): Promise<void> {
    while (this.#left <= 0) {
      await abortable(
        new Promise<void>((resolve) => {
          this.#wake = resolve;
        }),
        signal,
      );
    }
  }
}

/** Promises that run on their own; whoever closes waits for all of them. */
export class Tasks {
  readonly #running = new Set<Promise<void>>();
  readonly #report: (error: unknown) => void;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  get size(): number {
    return this.#running.size;
  }

  /** Runs a task to its end; what it throws is reported. */
  run(work: () => Promise<void>): void {
    const task: Promise<void> = work()
      .catch(this.#report)
      .finally(() => this.#running.delete(task));
    this.#running.add(task);
  }

  /** Settles when none is left, those begun meanwhile included. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}

/** Reads and drops what still comes, until the other side has ended or the stream fails. */
export async function drain(stream: FrameStream): Promise<void> {
  while ((await stream.receive()) !== undefined);
}

/**
 * Sends a last frame, ends our half, and cuts the stream once the other side has ended too or `CLOSE_GRACE_MS` have passed.
 * `otherEnded` settles when the other side has ended; without it this reads the stream to its end, so nobody else may.
 */
export async function endWith<T>(
  stream: FrameStream,
  clock: Clock,
  codec: Codec<T>,
  last: T,
  otherEnded?: Promise<unknown>,
): Promise<void> {
  const cancel = clock.schedule(CLOSE_GRACE_MS, () => stream.abort());
  try {
    await stream.send(encode(codec, last));
    await stream.close();
    await (otherEnded ?? drain(stream));
  } catch {
    // The other side has gone: it misses the last frame, and there is nobody left to tell.
  } finally {
    cancel();
    stream.abort();
  }
}
