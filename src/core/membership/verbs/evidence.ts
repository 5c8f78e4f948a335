/** `evidence`. */
import type { ActionOf } from '../../codec/transaction.ts';
import { no } from '../checks/check.ts';
import { fromMember } from './verb.ts';

const isNotYet = () => no('unknown-action', 'evidence comes later');

export const evidence = fromMember<ActionOf<'evidence'>>([isNotYet], () => undefined);
