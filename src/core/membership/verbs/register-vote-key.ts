/** `register-vote-key`. */
import type { ActionOf } from '../../codec/transaction.ts';
import { no } from '../checks/check.ts';
import { fromMember } from './verb.ts';

const isNotYet = () => no('unknown-action', 'register-vote-key comes later');

export const registerVoteKey = fromMember<ActionOf<'register-vote-key'>>([isNotYet], () => undefined);
