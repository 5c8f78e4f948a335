/** Which run a seed is: one in ten is a group around one relay, all others are councils of several validators. */
import { simulateCouncil } from './council/council.ts';
import type { Outcome } from './outcome.ts';
import { type SimulationOptions, simulate } from './simulate.ts';

const GROUP_EVERY = 10;

export function isCouncil(seed: number): boolean {
  return seed % GROUP_EVERY !== 0;
}

export function run(options: SimulationOptions): Promise<Outcome> {
  return isCouncil(options.seed) ? simulateCouncil(options) : simulate(options);
}
