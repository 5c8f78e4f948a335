/** `leave`: a member goes of its own accord. */
import type { ActionOf } from '../../codec/transaction.ts';
import { leavesAValidator, leavesEnoughFederation } from '../checks/leaving.ts';
import { depart } from '../transitions/depart.ts';
import { fromMember } from './verb.ts';

export const leave = fromMember<ActionOf<'leave'>>([leavesAValidator, leavesEnoughFederation], ({ draft, time }, { id }) =>
  depart(draft, id, time),
);
