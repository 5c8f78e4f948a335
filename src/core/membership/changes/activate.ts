/** `activate`: a protocol version comes into force at a height. */
import { no } from '../checks/check.ts';
import type { ChangeCheck, Governed } from './change.ts';

const isNotYet: ChangeCheck = () => no('unknown-action', 'activate comes later');

export const activate: Governed<'activate'> = { checks: [isNotYet], effect: () => undefined };
