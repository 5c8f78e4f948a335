import { expect, test } from 'vitest';
import { PLANTED_BUGS, type PlantedBug } from './planted.ts';
import { type Outcome, simulate } from './simulate.ts';

/** Each bug is to be caught within so many runs. */
const RUNS_MAX = 30;

/** The first run that shows the bug; `undefined` if none does. */
async function firstFailure({ seams, plant }: PlantedBug): Promise<Outcome | undefined> {
  const takeOut = plant?.();
  try {
    for (let seed = 0; seed < RUNS_MAX; seed++) {
      const outcome = await simulate({ seed, ...(seams === undefined ? {} : { seams }) });
      if (outcome.failure !== undefined) return outcome;
    }
    return undefined;
  } finally {
    takeOut?.();
  }
}

test.each(PLANTED_BUGS)('the simulator catches $name', async (bug) => {
  const caught = await firstFailure(bug);
  expect(caught?.failure).toMatch(bug.symptom);
});
