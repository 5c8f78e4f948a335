/** `cancel-recovery`: a recovery that waits is called off. */
import { no } from '../checks/check.ts';
import type { ChangeCheck, Governed } from './change.ts';

const isNotYet: ChangeCheck = () => no('unknown-action', 'cancel-recovery comes later');

export const cancelRecovery: Governed<'cancel-recovery'> = { checks: [isNotYet], effect: () => undefined };
