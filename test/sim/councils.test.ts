/**
 * Councils of ten simulated minutes each, on all processors; `npm run sim` makes as many as one likes, and groups between them.
 *
 * Twins and councils are to be done within ten minutes on two processors that do nothing else. That is looked at, and said loudly
 * where it took longer; no test fails by it, since it tells of the machine as much as of the code.
 */
import { availableParallelism } from 'node:os';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Campaign, campaign } from './campaign.ts';
import { isCouncil } from './council/plan.ts';
import type { Order } from './runs.ts';
import { tellFailure } from './summary.ts';

const COUNCILS = 600;
const MINUTES = 10;
/** Made once more; one of them with signatures in earnest. */
const AGAIN = [3, 6, 99];
const HOUR_MS = 3_600_000;
const SECONDS_MAX = 600;

const digests = new Map<number, string>();
const failures: string[] = [];
let all: Campaign;

function* orders(): Generator<Order> {
  for (let seed = 1, councils = 0; councils < COUNCILS; seed++) {
    if (!isCouncil(seed)) continue;
    councils += 1;
    yield { seed, minutes: MINUTES };
  }
}

describe('several validators through storms of ten minutes', () => {
  beforeAll(async () => {
    all = await campaign(orders(), availableParallelism(), (outcome) => {
      digests.set(outcome.seed, outcome.digest);
      if (outcome.failure !== undefined) failures.push(tellFailure(outcome));
    });
    const {
      seeds,
      virtualMinutes,
      medianBlocks,
      seconds,
      simulatedSecondsPerSecond,
      simulatedSecondsPerCpuSecond,
      thousandOnTwoCoresMinutes,
    } = all;
    console.log(
      `${seeds} runs of ${virtualMinutes} simulated minutes in ${seconds} s, the median of ${medianBlocks} blocks: ` +
        `${simulatedSecondsPerSecond} simulated seconds a second, ${simulatedSecondsPerCpuSecond} a second of processor time; ` +
        `a thousand take ${thousandOnTwoCoresMinutes} minutes of two processors`,
    );
    if (seconds > SECONDS_MAX) console.error(`\nTOO SLOW: ${seconds} s for ${seeds} councils, where ${SECONDS_MAX} s are the limit\n`);
  }, HOUR_MS);

  test('keep every promise', () => {
    expect(failures.join('\n')).toBe('');
  });

  test('last as long as they should', () => {
    expect(all.virtualMinutes).toBeGreaterThanOrEqual(COUNCILS * MINUTES);
  });

  test('meet every kind of fault, and get enough done', () => {
    expect(all).toMatchObject({ shortcoming: undefined, notJudged: undefined });
  });

  test('go the same way when they are run again', { timeout: HOUR_MS }, async () => {
    const again = new Map<number, string>();
    const same = AGAIN.map((seed) => ({ seed, minutes: MINUTES }));
    await campaign(same.values(), availableParallelism(), ({ seed, digest }) => again.set(seed, digest));
    expect(AGAIN.map((seed) => again.get(seed))).toEqual(AGAIN.map((seed) => digests.get(seed)));
  });
});
