/**
 * `suspend`: members have no rights for as long as the rules say. What they left open is cancelled as if they had gone, a
 * seat is given up. It ends by itself, and the roles are theirs again; a seat is taken anew.
 */
import type { Hash } from '../../base/hash.ts';
import { membersAreDistinct, membersAreKnown, membersLeaveASeat, someoneIsHere, suspensionLeavesFederation } from '../checks/governing.ts';
import { memberOf, rulesOf } from '../facts.ts';
import { layDown } from '../seats.ts';
import { cancelOpen } from '../transitions/cancel-open.ts';
import type { ChangeTurn, Governed } from './change.ts';

export const suspend: Governed<'suspend'> = {
  checks: [membersAreKnown, membersAreDistinct, someoneIsHere, membersLeaveASeat, suspensionLeavesFederation],
  effect: (turn, { members }) => {
    for (const id of members) if (!memberOf(turn.draft, id).left) suspendMember(turn, id);
  },
};

function suspendMember({ draft, time }: ChangeTurn, id: Hash): void {
  cancelOpen(draft, id, time);
  const member = memberOf(draft, id);
  draft.put('member', id, { ...member, suspendedUntil: time + rulesOf(draft).limits.suspensionMs });
  for (const role of member.roles) layDown(draft, id, role);
}
