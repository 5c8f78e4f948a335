/**
 * The part of the log that a page shows, read piece by piece from this device's copy: at most `SHOWN_MAX` transactions are held,
 * however long the log is. Reading further lets go of the newest.
 */
import type { RefusalCode } from '../core/base/result.ts';
import type { LogCommands, LogFilter, LogItemView } from './log-item-views.ts';

/** Transactions held for one page: with more, drawing it would be felt. */
export const SHOWN_MAX = 500;
/** Transactions that are read at once: more than a screen. */
export const READ_STEP = 50;

export interface LogSoFar {
  /** Newest first. */
  readonly items: readonly LogItemView[];
  /** Everything below this index is still to be looked at; 0: nothing is. */
  readonly next: number;
  /** The length of the log when reading began. */
  readonly size: number;
  /** False once reading on has let go of the newest. */
  readonly fromNewest: boolean;
  readonly reading: boolean;
  readonly refused: RefusalCode | undefined;
}

export class LogReader {
  readonly #app: Pick<LogCommands, 'readLog'>;
  readonly #chain: string;
  readonly #filter: LogFilter;
  readonly #changed: (sofar: LogSoFar) => void;
  #sofar: LogSoFar;
  #stopped = false;
  #running = false;
  #found = 0;

  /** Of a log of `size` transactions; `changed` hears of each step, and last of that it is done. */
  constructor(app: Pick<LogCommands, 'readLog'>, chain: string, filter: LogFilter, size: number, changed: (sofar: LogSoFar) => void) {
    this.#app = app;
    this.#chain = chain;
    this.#filter = filter;
    this.#changed = changed;
    this.#sofar = { items: [], next: size, size, fromNewest: true, reading: false, refused: undefined };
  }

  get sofar(): LogSoFar {
    return this.#sofar;
  }

  /** Reads until there are `READ_STEP` more, or no more, or it is stopped. */
  async more(): Promise<void> {
    if (this.#stopped) return;
    this.#tell({ reading: true, refused: undefined });
    // What was paused goes on where it is under way still.
    if (this.#running) return;
    this.#running = true;
    const enough = this.#found + READ_STEP;
    while (this.#sofar.reading && this.#sofar.next > 0 && this.#found < enough) await this.#step(enough - this.#found);
    this.#running = false;
    this.#tell({ reading: false });
  }

  async #step(limit: number): Promise<void> {
    const page = await this.#app.readLog(this.#chain, this.#filter, { before: this.#sofar.next, limit });
    if (!page.ok) return this.#tell({ reading: false, refused: page.refusal.code });
    const { items, next } = page.value;
    this.#found += items.length;
    const all = [...this.#sofar.items, ...items];
    this.#tell({ items: all.slice(-SHOWN_MAX), next, fromNewest: this.#sofar.fromNewest && all.length <= SHOWN_MAX });
  }

  /** A search that takes long goes on when `more` is asked for again. */
  pause(): void {
    this.#tell({ reading: false });
  }

  /** Nobody listens any more. */
  stop(): void {
    this.#stopped = true;
    this.#sofar = { ...this.#sofar, reading: false };
  }

  #tell(change: Partial<LogSoFar>): void {
    if (this.#stopped) return;
    this.#sofar = { ...this.#sofar, ...change };
    this.#changed(this.#sofar);
  }
}
