/** A device's clock that jumps, drifts and stands still: time of day by its own account, and timers that a freeze holds up. */
import type { Clock } from '../../../src/node/ports.ts';

export class FaultyClock implements Clock {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #jumpedMs = 0;
  /** Share by which it runs fast, since the moment. */
  #drift = 0;
  #driftsFrom = 0;
  #isFrozen = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    const now = this.#clock.now();
    return Math.floor(now + this.#jumpedMs + (now - this.#driftsFrom) * this.#drift);
  }

  schedule(delayMs: number, run: () => void): () => void {
    let isOver = false;
    const due = () => {
      if (isOver) return;
      if (this.#isFrozen) this.#waiting.push(due);
      else run();
    };
    const cancel = this.#clock.schedule(delayMs / (1 + this.#drift), due);
    return () => {
      isOver = true;
      cancel();
    };
  }

  jump(ms: number): void {
    this.#jumpedMs += ms;
  }

  drift(share: number): void {
    this.#jumpedMs = this.now() - this.#clock.now();
    this.#driftsFrom = this.#clock.now();
    this.#drift = share;
  }

  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const run of this.#waiting.splice(0)) run();
  }

  /** As the others' again. */
  heal(): void {
    this.#jumpedMs = 0;
    this.#drift = 0;
    this.thaw();
  }
}
