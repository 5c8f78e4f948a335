/** All cases of admission: run through the bare state machine, and again through four real nodes. */
import type { AdmissionCase } from './admission-case.ts';
import { KEY_CASES } from './admission-key-cases.ts';
import { RACES } from './admission-races.ts';
import { REPLAYS } from './admission-replays.ts';
import { RIGHTS } from './admission-rights.ts';

export const ADMISSION_CASES: readonly AdmissionCase[] = [...RIGHTS, ...REPLAYS, ...RACES, ...KEY_CASES];
