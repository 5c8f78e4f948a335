/** The timers that a replica asks for, one of a name at a time. */
import type { TimerName } from '../core/consensus/replica-state.ts';
import type { Clock } from './ports.ts';

export class ReplicaTimers {
  readonly #clock: Clock;
  readonly #cancels = new Map<TimerName, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(timer: TimerName, ms: number, run: () => void): void {
    this.cancel(timer);
    this.#cancels.set(timer, this.#clock.schedule(ms, run));
  }

  cancel(timer: TimerName): void {
    this.#cancels.get(timer)?.();
    this.#cancels.delete(timer);
  }

  close(): void {
    for (const timer of [...this.#cancels.keys()]) this.cancel(timer);
  }
}
