/** `entry`: a member adds to the record. An entry is its leaf; the state keeps only its sender's sequence. */
import type { ActionOf } from '../../codec/transaction.ts';
import { bodyIsWithinCap, senderMayWrite } from '../checks/writing.ts';
import { fromMember } from './verb.ts';

export const entry = fromMember<ActionOf<'entry'>>([senderMayWrite, bodyIsWithinCap], () => undefined);
