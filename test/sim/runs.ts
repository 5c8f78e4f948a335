/** Which run a seed is: one in ten is a group around one relay, all others are councils of several validators. */
import { simulateCouncil } from './council/council.ts';
import type { Outcome } from './outcome.ts';
import { type SimulationOptions, simulate } from './simulate.ts';

const GROUP_EVERY = 10;

export interface Order {
  readonly seed: number;
  /** How long a council's storm lasts, simulated; a group's is over within one. */
  readonly minutes: number;
}

export function isCouncil(seed: number): boolean {
  return seed % GROUP_EVERY !== 0;
}

export function run(options: SimulationOptions & Order): Promise<Outcome> {
  return isCouncil(options.seed) ? simulateCouncil(options) : simulate(options);
}
