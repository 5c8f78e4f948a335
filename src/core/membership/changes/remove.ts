/** `remove`: members are gone for good, all at once; of a leaked link, all who came through it. Who left meanwhile is passed over. */
import { membersAreDistinct, membersAreKnown, membersLeaveASeat, removalLeavesFederation, someoneIsHere } from '../checks/governing.ts';
import { memberOf } from '../facts.ts';
import { depart } from '../transitions/depart.ts';
import type { Governed } from './change.ts';

export const remove: Governed<'remove'> = {
  checks: [membersAreKnown, membersAreDistinct, someoneIsHere, membersLeaveASeat, removalLeavesFederation],
  effect: ({ draft, time }, { members }) => {
    for (const id of members) if (!memberOf(draft, id).left) depart(draft, id, time);
  },
};
