/** `rotate-key`. */
import type { ActionOf } from '../../codec/transaction.ts';
import { no } from '../checks/check.ts';
import { fromMember } from './verb.ts';

const isNotYet = () => no('unknown-action', 'rotate-key comes later');

export const rotateKey = fromMember<ActionOf<'rotate-key'>>([isNotYet], () => undefined);
