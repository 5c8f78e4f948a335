/** `withdraw`: a member loses a role, and what it could do by it alone. It stays a member, if of no role. */
import { memberHoldsRole, memberIsHere, withdrawalLeavesASeat, withdrawalLeavesFederation } from '../checks/governing.ts';
import { closeUnfounded } from '../transitions/cancel-open.ts';
import { loseRole } from '../transitions/roles.ts';
import type { Governed } from './change.ts';

export const withdraw: Governed<'withdraw'> = {
  checks: [memberIsHere, memberHoldsRole, withdrawalLeavesASeat, withdrawalLeavesFederation],
  effect: ({ draft, time }, { member, role }) => {
    loseRole(draft, member, role);
    closeUnfounded(draft, member, time);
  },
};
