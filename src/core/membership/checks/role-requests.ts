/** Checks of `request-role`. */
import type { ActionOf } from '../../codec/transaction.ts';
import { isInMask } from '../../policy/roles.ts';
import { pendingProblem, requestsRoomProblem, ruleProblem } from './asking.ts';
import { type Check, no, senderOf } from './check.ts';
import { conflictProblem, operatorFactsProblem, roomProblem } from './roles.ts';

type RoleCheck = Check<ActionOf<'request-role'>>;

export const askerLacksRole: RoleCheck = (context, { role }) =>
  senderOf(context).member.roles.includes(role) ? no('role-held', `the sender is ${role} already`) : undefined;

/** What it could not do it does not ask for: a linked device reads and writes. */
export const askerActsInRole: RoleCheck = (context, { role }) =>
  isInMask(senderOf(context).device.roleMask, role) ? undefined : no('not-allowed', `a linked device does not ask to be ${role}`);

/** An empty list of roles has no rights, not even to ask. */
export const askerHasRoles: Check = (context) =>
  senderOf(context).roles.length > 0 ? undefined : no('no-roles', 'the sender has no role by which it could act');

export const askedRoleFits: RoleCheck = (context, { role }) => conflictProblem(senderOf(context).member.roles, role);

export const ruleCanGrant: RoleCheck = (context, { role }) =>
  ruleProblem(context.state, { kind: 'role', role, invitation: undefined, subject: senderOf(context).id });

export const askedRoleHasRoom: RoleCheck = ({ state }, { role }) => roomProblem(state, role);

/** What it told before still stands. */
export const askerToldOperator: RoleCheck = (context, { role, operator }) =>
  operatorFactsProblem(context.state, role, operator ?? senderOf(context).member.operator);

export const askerAsksOnce: RoleCheck = (context, { role }) => pendingProblem(context.state, senderOf(context).id, role);

export const requestsHaveRoom: Check = ({ state }) => requestsRoomProblem(state);
