/** The table of cases, through the state machine: both orders of each race, in one block and in two. */
import { expect, test } from 'vitest';
import { ADMISSION_CASES } from '../support/admission-cases.ts';
import { playOnMachine } from '../support/admission-machine.ts';

test('cases have names of their own', () => {
  const names = ADMISSION_CASES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test.each(ADMISSION_CASES.map((one) => [one.name, one] as const))('%s', (_, one) => playOnMachine(one));
