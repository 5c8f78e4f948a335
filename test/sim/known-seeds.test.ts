/** Where planted bugs are known to show: the plans of those seeds must still have whom and what the bugs need, or a hunt looks elsewhere first. */
import { expect, test } from 'vitest';
import { CONSENSUS_BUGS, type ConsensusBug, canShow } from './consensus-bugs.ts';

const known = CONSENSUS_BUGS.filter(({ seed }) => seed !== undefined);

test.each(known)('$name may show at $by $seed', (bug) => {
  expect(canShow(bug, bug.seed ?? 0)).toBe(true);
});

test('a seed is stale where its plan lacks what the bug needs, and where it is a group', () => {
  const bug: ConsensusBug = {
    name: '',
    file: '',
    find: '',
    replace: '',
    by: 'council',
    shows: [],
    where: ({ founders }) => founders.length === 7,
  };
  const fitting = Array.from({ length: 200 }, (_, i) => i).filter((seed) => canShow(bug, seed));
  expect(fitting.length).toBeGreaterThan(0);
  expect(fitting.length).toBeLessThan(50);
  expect(fitting.some((seed) => seed % 10 === 0)).toBe(false);
});

test('each simulator has bugs to find', () => {
  for (const by of ['council', 'replicas', 'twins']) expect(known.filter((bug) => bug.by === by).length).toBeGreaterThanOrEqual(3);
});
