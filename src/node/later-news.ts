/**
 * News that most hear from somebody else: collected for a moment, and told then to whoever was not heard to have it. So one word
 * is enough where everybody is connected to everybody, and nobody is left out where they are not.
 */
import type { Clock } from './ports.ts';

export class LaterNews<T> {
  readonly #clock: Clock;
  readonly #keptMax: number;
  readonly #tell: (news: readonly T[]) => void;
  #news: readonly T[] = [];
  /** Of the moment that runs. */
  #cancel: () => void = () => undefined;

  /** Of more than `keptMax` in one moment the oldest are forgotten. */
  constructor(clock: Clock, keptMax: number, tell: (news: readonly T[]) => void) {
    this.#clock = clock;
    this.#keptMax = keptMax;
    this.#tell = tell;
  }

  add(news: readonly T[], pauseMs: number): void {
    if (news.length === 0) return;
    if (this.#news.length === 0) this.#cancel = this.#clock.schedule(pauseMs, () => this.#flush());
    this.#news = [...this.#news, ...news].slice(-this.#keptMax);
  }

  close(): void {
    this.#cancel();
    this.#news = [];
  }

  #flush(): void {
    const news = this.#news;
    this.#news = [];
    this.#tell(news);
  }
}
