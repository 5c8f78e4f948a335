/** The simulator finds bugs that are planted in consensus: three a day here, all of them by `npm run sim:planted`. */
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/command.ts';
import { judge } from '../mutations/judge.ts';
import { sampleOf } from '../mutations/mutant.ts';
import { CONSENSUS_BUGS } from './consensus-bugs.ts';
import { hunt } from './hunting.ts';
import { RULES_TEST, withoutEachRule } from './safety-rules.ts';

const DAY_MS = 86_400_000;
/** The day, unless a failure of another is looked into. */
const SEED = Number(process.env['PLANTED_SEED'] ?? Math.floor(Date.now() / DAY_MS));
const LIMIT_MS = 600_000;
const SEED_LIMIT_MS = 60_000;

test('there are twenty bugs at least', () => {
  expect(CONSENSUS_BUGS.length).toBeGreaterThanOrEqual(20);
});

test.each(sampleOf(CONSENSUS_BUGS, 3, SEED))(`found, of day ${SEED}: $name`, { timeout: LIMIT_MS }, async (bug) => {
  expect(await hunt(bug, { seeds: 1000, limitMs: LIMIT_MS, seedLimitMs: SEED_LIMIT_MS, knows: true })).toMatchObject({ by: bug.by });
});

describe('no rule of safety can go unnoticed', () => {
  const rules = withoutEachRule();

  test('all of them are found by reading the code', () => {
    const names = rules.map(({ name }) => name.replace(/^.* without /, ''));
    const some = ['isCurrentView', 'standsOnNotarized', 'notarizesOnce', 'hasNotFinalized', 'hasNotNullified'];
    expect(names).toEqual(expect.arrayContaining(some));
    expect(names.length).toBeGreaterThanOrEqual(14);
  });

  test.each(rules)('$name', { timeout: LIMIT_MS }, async (mutant) => {
    expect(await judge(ROOT, mutant, RULES_TEST)).toMatchObject({ outcome: 'caught' });
  });
});
