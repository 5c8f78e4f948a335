/** `activate`: a protocol version comes into force at a height. It takes the place of one that was planned before. */
import { activationIsAhead, versionIsLater } from '../checks/upgrading.ts';
import { SINGLETON } from '../state.ts';
import type { Governed } from './change.ts';

export const activate: Governed<'activate'> = {
  checks: [versionIsLater, activationIsAhead],
  effect: ({ draft }, { version, height }) => draft.put('activation', SINGLETON, { version, height }),
};
