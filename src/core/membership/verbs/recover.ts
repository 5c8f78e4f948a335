/** `recover`. */
import type { ActionOf } from '../../codec/transaction.ts';
import { no } from '../checks/check.ts';
import { fromMember } from './verb.ts';

const isNotYet = () => no('unknown-action', 'recover comes later');

export const recover = fromMember<ActionOf<'recover'>>([isNotYet], () => undefined);
