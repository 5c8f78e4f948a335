import { expect, test } from 'vitest';
import type { Outcome } from './outcome.ts';
import { PLANTED_BUGS, type PlantedBug } from './planted.ts';
import { simulate } from './simulate.ts';

/** Each bug is to be caught within so many runs; the slowest to show took 38 when this was written. */
const RUNS_MAX = 120;

/** The first run that shows the bug by what it breaks; others may fail by what follows from that. `undefined` if none does. */
async function firstFailure({ seams, plant, symptom }: PlantedBug): Promise<Outcome | undefined> {
  const takeOut = plant?.();
  try {
    for (let seed = 0; seed < RUNS_MAX; seed++) {
      const outcome = await simulate({ seed, ...(seams === undefined ? {} : { seams }) });
      if (outcome.failure !== undefined && symptom.test(outcome.failure)) return outcome;
    }
    return undefined;
  } finally {
    takeOut?.();
  }
}

test.each(PLANTED_BUGS)('the simulator catches $name', { timeout: 300_000 }, async (bug) => {
  const caught = await firstFailure(bug);
  expect(caught?.failure).toMatch(bug.symptom);
});
