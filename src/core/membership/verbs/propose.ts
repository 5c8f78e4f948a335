/** `propose`. */
import type { ActionOf } from '../../codec/transaction.ts';
import { no } from '../checks/check.ts';
import { fromMember } from './verb.ts';

const isNotYet = () => no('unknown-action', 'propose comes later');

export const propose = fromMember<ActionOf<'propose'>>([isNotYet], () => undefined);
