/** The table of cases again, through four real nodes: the transactions are handed to different ones, and all end with the same state. */
import { test } from 'vitest';
import { ADMISSION_CASES } from '../support/admission-cases.ts';
import { playOnNodes } from '../support/admission-nodes.ts';
import { FOUNDERS } from '../support/admission-scene.ts';

test.each(ADMISSION_CASES.map((one) => [one.name, one] as const))('%s', (_, one) => playOnNodes(one));

const inAnyHands = ADMISSION_CASES.filter(({ seats, steps }) => seats === undefined && steps.some((step) => 'race' in step));
test.each(inAnyHands.map((one) => [one.name, one] as const))('four validators: %s', (_, one) => playOnNodes({ ...one, seats: FOUNDERS }));
