/** The run of a seed: a group around one relay, or a council of several validators. */
import { simulateCouncil } from './council/council.ts';
import { isCouncil } from './council/plan.ts';
import type { Outcome } from './outcome.ts';
import { type SimulationOptions, simulate } from './simulate.ts';

export interface Order {
  readonly seed: number;
  /** How long a council's storm lasts, simulated; a group's is over within one. */
  readonly minutes: number;
}

export function run(options: SimulationOptions & Order): Promise<Outcome> {
  return isCouncil(options.seed) ? simulateCouncil(options) : simulate(options);
}
