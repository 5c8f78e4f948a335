/**
 * `evidence`: two votes that no honest validator gives both. Anybody here may bring it, and it names only the guilty: their
 * vote key is retired, and with it they lose the role and the seat at once. Where that would leave the chain without
 * validators it is recorded only: the key stands as retired and the votes in the log, until others take over.
 */
import { invariant } from '../../base/result.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import {
  seatConvicted,
  voteKeyIsNotConvicted,
  votesAreOfOneEpoch,
  votesAreOfOneSeat,
  votesAreOfOneView,
  votesAreOfThisChain,
  votesContradict,
} from '../checks/evidence.ts';
import { seatsGuard } from '../checks/guards.ts';
import { type Actor, memberOf } from '../facts.ts';
import { loseRole } from '../transitions/roles.ts';
import { fromMember, type Turn } from './verb.ts';

type Evidence = ActionOf<'evidence'>;

export const evidence = fromMember<Evidence>(
  [votesAreOfThisChain, votesAreOfOneEpoch, votesAreOfOneSeat, votesAreOfOneView, votesContradict, voteKeyIsNotConvicted],
  convict,
);

function convict({ draft, time }: Turn, _: Actor, { first }: Evidence): void {
  const seat = seatConvicted(draft.base, first);
  invariant(seat !== undefined, 'votesAreOfOneSeat comes first');
  const { member: id, vote } = seat;
  draft.put('retired', vote, { member: id, since: time });
  // It may have lost the role earlier in this block, or gone.
  if (!memberOf(draft, id).roles.includes('validator') || seatsGuard(draft, [id]) !== undefined) return;
  loseRole(draft, id, 'validator');
  const office = draft.get('office', id);
  if (office !== undefined) draft.put('office', id, { ...office, vote: undefined });
}
