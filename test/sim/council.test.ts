import { describe, expect, test } from 'vitest';
import { simulateCouncil } from './council/council.ts';
import type { Outcome } from './outcome.ts';
import { summarize, tellFailure } from './summary.ts';

/** A first look in every test run; `npm run sim` makes thousands. */
const SEEDS = Array.from({ length: 24 }, (_, seed) => seed + 1);
const TWICE = [3, 8];
const MEDIAN_BLOCKS_MIN = 60;

const outcomes = new Map<number, Outcome>();

describe('several validators through storms of ten minutes', () => {
  test.each(SEEDS)('keep every promise in run %i', { timeout: 120_000 }, async (seed) => {
    const outcome = await simulateCouncil({ seed });
    outcomes.set(seed, { ...outcome, lines: [] });
    if (outcome.failure !== undefined) throw new Error(tellFailure(outcome));
  });

  test.each(TWICE)('go the same way when run %i is run again', { timeout: 120_000 }, async (seed) => {
    const again = await simulateCouncil({ seed });
    expect(again.digest).toBe(outcomes.get(seed)?.digest);
  });

  test('get enough done', () => {
    expect(summarize([...outcomes.values()]).medianBlocks).toBeGreaterThanOrEqual(MEDIAN_BLOCKS_MIN);
  });
});
