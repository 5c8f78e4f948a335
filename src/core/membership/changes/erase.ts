/** `erase`: the body of an entry goes, whoever wrote it. */
import { changeErasesOnce, changeHasRoom } from '../checks/erasing.ts';
import { eraseEntry } from '../transitions/erase.ts';
import type { Governed } from './change.ts';

export const erase: Governed<'erase'> = {
  checks: [changeErasesOnce, changeHasRoom],
  effect: ({ draft, time }, { leaf, entry }) => eraseEntry(draft, entry, { leaf, member: undefined, time }),
};
