/** `request-role`. */
import type { ActionOf } from '../../codec/transaction.ts';
import { no } from '../checks/check.ts';
import { fromMember } from './verb.ts';

const isNotYet = () => no('unknown-action', 'request-role comes later');

export const requestRole = fromMember<ActionOf<'request-role'>>([isNotYet], () => undefined);
