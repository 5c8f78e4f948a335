/** Many runs are judged together; few say that they are not. */
import { expect, test } from 'vitest';
import { COUNCIL_FAULT_KINDS, Injected } from './injected.ts';
import type { Outcome } from './outcome.ts';
import { judgement, summarize } from './summary.ts';

function runs(count: number, blocks: number, struck: readonly (typeof COUNCIL_FAULT_KINDS)[number][] = COUNCIL_FAULT_KINDS) {
  const injected = new Injected();
  for (const kind of struck) injected.add(kind);
  const size = { lines: [], digest: '', entries: 0, events: 0, awakeMs: 0, real: false, failure: undefined };
  const outcomes = Array.from({ length: count }, (_, seed): Outcome => ({ kind: 'council', seed, minutes: 10, blocks, injected, ...size }));
  return judgement(summarize(outcomes));
}

test('few runs say plainly that they are not judged', () => {
  const { shortcoming, notJudged } = runs(40, 3, []);
  expect(shortcoming).toBeUndefined();
  expect(notJudged).toMatch(/^not judged: 40 runs are too few/);
});

test('many fall short where a kind of fault never struck, or too little became final', () => {
  expect(runs(150, 120)).toEqual({ shortcoming: undefined, notJudged: undefined });
  expect(runs(150, 99).shortcoming).toContain('the median run has 99 blocks');
  expect(runs(150, 120, COUNCIL_FAULT_KINDS.slice(1)).shortcoming).toBe(`these faults never struck: ${COUNCIL_FAULT_KINDS[0]}`);
});
