/** `approve` and `reject`. */
import type { ActionOf } from '../../codec/transaction.ts';
import { no } from '../checks/check.ts';
import { fromMember } from './verb.ts';

const isNotYet = () => no('unknown-action', 'decisions come later');

export const approve = fromMember<ActionOf<'approve'>>([isNotYet], () => undefined);
export const reject = fromMember<ActionOf<'reject'>>([isNotYet], () => undefined);
