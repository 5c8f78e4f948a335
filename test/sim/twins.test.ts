import { expect, test } from 'vitest';
import { describeCase, partitions, twinsCases, twinsProblem } from './twins.ts';

test('there are as many partitions of five as there should be', () => {
  expect(partitions()).toHaveLength(52);
});

test('two replicas with one key never bring four validators apart, whoever leads and hears whom for two views', {
  timeout: 600_000,
}, () => {
  const problems: string[] = [];
  let cases = 0;
  for (const one of twinsCases()) {
    cases += 1;
    const problem = twinsProblem(one);
    if (problem !== undefined) problems.push(`${describeCase(one)}: ${problem}`);
  }
  expect(problems.slice(0, 5)).toEqual([]);
  expect(cases).toBeGreaterThan(20_000);
});
