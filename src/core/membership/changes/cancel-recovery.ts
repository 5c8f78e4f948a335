/** `cancel-recovery`: a recovery that waits is called off. Its number is spent: the same certificate does not come back. */
import { recoveryWaits } from '../checks/recovery-keys.ts';
import { recoveryOf } from '../recovery-state.ts';
import { SINGLETON } from '../state.ts';
import type { Governed } from './change.ts';

export const cancelRecovery: Governed<'cancel-recovery'> = {
  checks: [recoveryWaits],
  effect: ({ draft, recovery }) => draft.put('recovery', SINGLETON, { ...recoveryOf(draft, recovery), pending: undefined }),
};
