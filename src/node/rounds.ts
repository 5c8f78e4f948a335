/** What a node does again and again: it looks about for what expired and what is due, and for members who went. */
import { SECOND_MS } from '../core/base/limits.ts';
import type { Clock } from './ports.ts';

/** How often expired transactions are looked for. */
const SWEEP_INTERVAL_MS = 30 * SECOND_MS;
/** A page that was reloaded is back by then. */
const MEET_AGAIN_AFTER_MS = 3 * SECOND_MS;

export class Rounds {
  readonly #clock: Clock;
  readonly #meet: () => void;
  #stopSweeping: () => void = () => undefined;
  #stopMeeting: () => void = () => undefined;

  /** `meet` looks for members to have a session with. */
  constructor(clock: Clock, meet: () => void) {
    this.#clock = clock;
    this.#meet = meet;
  }

  /** Calls from now on, until `close`. */
  sweep(run: () => void): void {
    this.#stopSweeping = this.#clock.schedule(SWEEP_INTERVAL_MS, () => {
      run();
      this.sweep(run);
    });
  }

  /** A member's node went: it may come back, or another take its place. */
  meetLater(): void {
    this.#stopMeeting();
    this.#stopMeeting = this.#clock.schedule(MEET_AGAIN_AFTER_MS, () => this.#meet());
  }

  close(): void {
    this.#stopSweeping();
    this.#stopMeeting();
  }
}
