/** What a run of the simulator came to. */
import type { Injected } from './injected.ts';

export interface Outcome {
  /** People around one relay, or several validators from the start. */
  readonly kind: 'group' | 'council';
  readonly seed: number;
  /** How long a council was ordered to last. */
  readonly minutes: number;
  /** The first invariant that did not hold. */
  readonly failure: string | undefined;
  /** The last lines of the trace. */
  readonly lines: readonly string[];
  /** Of all that happened: the same for the same seed. */
  readonly digest: string;
  readonly blocks: number;
  readonly entries: number;
  readonly events: number;
  /** Virtual time, nights not counted. */
  readonly awakeMs: number;
  readonly real: boolean;
  readonly injected: Injected;
}

/** What the hub calls its faults, by what they are counted as. */
export const STRUCK = {
  dialFailure: 'dial failed',
  streamReset: 'stream reset',
  stall: 'stream stalled',
  duplicate: 'stream repeated',
  overtaking: 'frames reordered',
} as const;
