import { describe, expect, test } from 'vitest';
import type { Outcome } from './outcome.ts';
import { simulate } from './simulate.ts';
import { summarize, tellFailure } from './summary.ts';

const SEEDS = Array.from({ length: 50 }, (_, seed) => seed);
/** A few runs are made twice: with a liar, with a night, with signatures in earnest. */
const TWICE = [3, 7, 16, 25];
/** Below this the storm kept everybody from doing anything, and the checks had little to look at. */
const MEDIAN_BLOCKS_MIN = 20;

const outcomes = new Map<number, Outcome>();

describe('a group that writes, invites and joins through a storm', () => {
  test.each(SEEDS)('keeps every promise in run %i', async (seed) => {
    const outcome = await simulate({ seed });
    outcomes.set(seed, { ...outcome, lines: [] });
    if (outcome.failure !== undefined) throw new Error(tellFailure(outcome));
  });

  test.each(TWICE)('goes the same way when run %i is run again', async (seed) => {
    const again = await simulate({ seed });
    expect(again.digest).toBe(outcomes.get(seed)?.digest);
    expect(again.events).toBe(outcomes.get(seed)?.events);
  });

  test('meets every kind of fault, and gets enough done', () => {
    const { neverInjected, medianBlocks, seeds } = summarize([...outcomes.values()]);
    expect(seeds).toBe(SEEDS.length);
    expect(neverInjected).toEqual([]);
    expect(medianBlocks).toBeGreaterThanOrEqual(MEDIAN_BLOCKS_MIN);
  });
});
