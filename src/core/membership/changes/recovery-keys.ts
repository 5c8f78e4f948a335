/** `recovery-keys`: others may recover the chain from now on. What those before asked for, and still waits, is called off. */
import { newRecoveryKeysAreSound } from '../checks/recovery-keys.ts';
import { SINGLETON } from '../state.ts';
import type { Governed } from './change.ts';

export const recoveryKeys: Governed<'recovery-keys'> = {
  checks: [newRecoveryKeysAreSound],
  effect: ({ draft }, { recovery }) => {
    const number = draft.get('recovery', SINGLETON)?.number ?? 0;
    draft.put('recovery', SINGLETON, { number, keys: recovery, pending: undefined });
  },
};
