import { expect, test } from 'vitest';
import { replicaStormProblem } from './replica-storm.ts';

const SEEDS = 1000;

test('replicas alone come through a thousand storms, with twins and rash leaders among them', { timeout: 300_000 }, () => {
  const problems = Array.from({ length: SEEDS }, (_, seed) => ({ seed, problem: replicaStormProblem(seed) }));
  expect(problems.filter(({ problem }) => problem !== undefined)).toEqual([]);
});
