/** `ready`. */
import type { ActionOf } from '../../codec/transaction.ts';
import { no } from '../checks/check.ts';
import { fromMember } from './verb.ts';

const isNotYet = () => no('unknown-action', 'ready comes later');

export const ready = fromMember<ActionOf<'ready'>>([isNotYet], () => undefined);
