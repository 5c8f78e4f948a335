/** Bugs that are planted in the admission machine are caught: three a day here, all of them by `npm run mutations`. */
import { expect, test } from 'vitest';
import { ROOT } from '../../scripts/command.ts';
import { judge } from '../mutations/judge.ts';
import { plant, sampleOf } from '../mutations/mutant.ts';
import { withoutEachCheck } from '../mutations/named-checks.ts';
import { PLANTED_BUGS } from '../mutations/planted.ts';
import { scratchCopy } from '../mutations/scratch.ts';

const DAY_MS = 86_400_000;
/** The day, unless a failure of another is looked into. */
const SEED = Number(process.env['MUTATION_SEED'] ?? Math.floor(Date.now() / DAY_MS));

test('there are twenty planted bugs at least', () => {
  expect(PLANTED_BUGS.length).toBeGreaterThanOrEqual(20);
});

test('named checks are found where they stand in a list, and nothing else is', () => {
  const names = withoutEachCheck(ROOT).map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('verbs/verb.ts')).join()).toMatch(/isForThisChain.*isNotExpired.*sequenceAdvances/);
  expect(names.some((name) => /^genesis-checks.ts:\d+ without hasName$/.test(name))).toBe(true);
  expect(names.some((name) => /^verbs\/join.ts:\d+ without invitationIsLive$/.test(name))).toBe(true);
  expect(names.filter((name) => /EVERY|FROM_MEMBER|\.\.\./.test(name))).toEqual([]);
});

test(`three of them are caught (seed ${SEED})`, { timeout: 900_000 }, async () => {
  const scratch = await scratchCopy();
  try {
    const mutants = [...PLANTED_BUGS.map((bug) => plant(scratch.root, bug)), ...withoutEachCheck(scratch.root)];
    for (const mutant of sampleOf(mutants, 3, SEED)) expect(await judge(scratch.root, mutant)).toMatchObject({ outcome: 'caught' });
  } finally {
    await scratch.drop();
  }
});
