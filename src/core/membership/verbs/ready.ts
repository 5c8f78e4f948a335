/** `ready`: a validator, or who would be one, is level with the chain, and runs these protocol versions. */
import { invariant } from '../../base/result.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import { readyNodeIsLevel, readyVersionsAreSound, senderHoldsTheOffice } from '../checks/office.ts';
import { senderIsNotSuspended } from '../checks/sender.ts';
import { officeOf } from '../seats.ts';
import { fromMember } from './verb.ts';

export const ready = fromMember<ActionOf<'ready'>>(
  [senderIsNotSuspended, senderHoldsTheOffice, readyNodeIsLevel, readyVersionsAreSound],
  ({ draft, time }, { id }, { versions }) => {
    const office = officeOf(draft, id);
    invariant(office !== undefined, 'senderHoldsTheOffice comes first');
    draft.put('office', id, { ...office, versions, ready: time });
  },
);
