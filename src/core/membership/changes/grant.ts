/** `grant`: a member gains a role; a seat follows when it is ready for one. */
import {
  grantedRoleFits,
  grantedRoleHasRoom,
  memberIsHere,
  memberIsNotSuspended,
  memberLacksRole,
  operatorHasTold,
} from '../checks/governing.ts';
import { gainRole } from '../transitions/roles.ts';
import type { Governed } from './change.ts';

export const grant: Governed<'grant'> = {
  checks: [memberIsHere, memberIsNotSuspended, memberLacksRole, grantedRoleFits, grantedRoleHasRoom, operatorHasTold],
  effect: ({ draft }, { member, role }) => gainRole(draft, member, role),
};
