/** `leave`: a member goes of its own accord. With it go its decisions, so what waits is judged anew. */
import type { ActionOf } from '../../codec/transaction.ts';
import { deviceActsInEveryRole, leavesASeat, leavesEnoughFederation } from '../checks/leaving.ts';
import { depart } from '../transitions/depart.ts';
import { settleAll } from '../transitions/settle.ts';
import { fromMember } from './verb.ts';

export const leave = fromMember<ActionOf<'leave'>>([deviceActsInEveryRole, leavesASeat, leavesEnoughFederation], (turn, { id }) => {
  depart(turn.draft, id, turn.time);
  settleAll(turn);
});
