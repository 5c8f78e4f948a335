/** Checks of entries. */
import type { ActionOf } from '../../codec/transaction.ts';
import { mayWrite } from '../../policy/roles.ts';
import { rulesOf } from '../facts.ts';
import { type Check, no, senderOf } from './check.ts';

export const senderMayWrite: Check = (context) =>
  mayWrite(senderOf(context).roles) ? undefined : no('not-allowed', 'the sender’s roles do not let it write');

export const bodyIsWithinCap: Check<ActionOf<'entry'>> = ({ state }, { body }) => {
  const cap = rulesOf(state).limits.bodyBytes;
  return body.length > 0 && body.length <= cap ? undefined : no('too-large', `a body of ${body.length} bytes, 1 to ${cap} are taken`);
};
