/**
 * What follows when the disk fails under a chain that runs. A write that failed may leave memory ahead of the disk, and nobody
 * can say by how much; what was read from the disk never is. So the chain votes no more, and once the disk takes a write
 * again it is closed and opened anew: from its ledger, its votes and its outbox, as after a crash. Until then it is read and
 * served as before, with its problem shown. Tried for ever, at pauses that grow while it keeps failing.
 */
import { MINUTE_MS, SECOND_MS } from '../core/base/limits.ts';
import { type RefusalCode, RefusalError } from '../core/base/result.ts';
import type { Clock } from './ports.ts';

/** Most failures are of a moment, and a chain may stand still as long as this validator does. */
export const REOPEN_PAUSE_MS = SECOND_MS;
/** A disk that is full stays so until somebody makes room: they need not wait for long after that. */
export const REOPEN_PAUSE_MS_MAX = MINUTE_MS;
/** Whoever ran for so long since it was opened anew has a new problem, and not the old one still. */
const STEADY_MS = 5 * MINUTE_MS;

/** One chain that may be closed and opened anew. */
export interface ReopeningPorts {
  readonly clock: Clock;
  /** Opens it anew; false or an error if it has to be tried again. */
  reopen(): Promise<boolean>;
  /** It could not be opened anew for a reason that does not pass by itself, such as damage: somebody should know. */
  stuck(error: unknown): void;
}

/** Whether the disk may do what it failed to do if it is asked again: it could not be read or written, or it was full. */
export function mayPass(error: unknown): boolean {
  return error instanceof RefusalError && (error.code === 'storage-failed' || error.code === 'storage-full');
}

/** What a chain's problem is called after an error that ended a task of its own. */
export function failureCode(error: unknown): RefusalCode | undefined {
  if (error === undefined) return undefined;
  return error instanceof RefusalError ? error.code : 'storage-failed';
}

/** Does what belongs to a start; where that fails, nothing of what was begun is left running. */
export async function orClose<T>(begun: { close(): Promise<void> }, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await begun.close();
    throw error;
  }
}

export class Reopening {
  readonly #ports: ReopeningPorts;
  #state: 'idle' | 'waiting' | 'trying' | 'closed' = 'idle';
  #pauseMs = REOPEN_PAUSE_MS;
  #openedAt = Number.NEGATIVE_INFINITY;
  #stopWaiting: () => void = () => undefined;
  #trying: Promise<void> = Promise.resolve();

  constructor(ports: ReopeningPorts) {
    this.#ports = ports;
  }

  /** The disk failed. True if this is news, and not what is being seen to already. */
  failed(): boolean {
    if (this.#state !== 'idle') return false;
    if (this.#ports.clock.now() - this.#openedAt > STEADY_MS) this.#pauseMs = REOPEN_PAUSE_MS;
    this.#wait();
    return true;
  }

  #wait(): void {
    this.#state = 'waiting';
    this.#stopWaiting = this.#ports.clock.schedule(this.#pauseMs, () => {
      this.#state = 'trying';
      this.#trying = this.#try();
    });
    this.#pauseMs = Math.min(2 * this.#pauseMs, REOPEN_PAUSE_MS_MAX);
  }

  #failedAnew(error: unknown): false {
    if (this.#state !== 'closed' && !mayPass(error)) this.#ports.stuck(error);
    return false;
  }

  async #try(): Promise<void> {
    const isOpen = await this.#ports.reopen().catch((error: unknown) => this.#failedAnew(error));
    if (this.#state === 'closed') return;
    this.#openedAt = this.#ports.clock.now();
    if (isOpen) this.#state = 'idle';
    else this.#wait();
  }

  /** Opens nothing any more; settles when nothing of it is running. */
  async close(): Promise<void> {
    this.#state = 'closed';
    this.#stopWaiting();
    await this.#trying;
  }
}
