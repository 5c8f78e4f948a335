/** `recovery-keys`: others may recover the chain from now on. */
import { no } from '../checks/check.ts';
import type { ChangeCheck, Governed } from './change.ts';

const isNotYet: ChangeCheck = () => no('unknown-action', 'recovery-keys comes later');

export const recoveryKeys: Governed<'recovery-keys'> = { checks: [isNotYet], effect: () => undefined };
