/** The table of cases again, through four real nodes: the transactions are handed to different ones, and all end with the same state. */
import { test } from 'vitest';
import { ADMISSION_CASES } from '../support/admission-cases.ts';
import { playOnNodes } from '../support/admission-nodes.ts';

// Several seats need votes over the network, and a trust set that changes needs nodes that follow it.
const cases = ADMISSION_CASES.filter(({ seats = ['ada'], epochs = false }) => seats.length === 1 && !epochs);

test.each(cases.map((one) => [one.name, one] as const))('%s', (_, one) => playOnNodes(one));
