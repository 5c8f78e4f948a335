/** Checks of `request-role`. */
import type { ActionOf } from '../../codec/transaction.ts';
import { pendingProblem, requestsRoomProblem, ruleProblem } from './asking.ts';
import { type Check, no, senderOf } from './check.ts';
import { conflictProblem, operatorFactsProblem, roomProblem } from './roles.ts';

type RoleCheck = Check<ActionOf<'request-role'>>;

export const askerLacksRole: RoleCheck = (context, { role }) =>
  senderOf(context).member.roles.includes(role) ? no('role-held', `the sender is ${role} already`) : undefined;

export const askedRoleFits: RoleCheck = (context, { role }) => conflictProblem(senderOf(context).member.roles, role);

export const ruleCanGrant: RoleCheck = ({ state }, { role }) => ruleProblem(state, { kind: 'role', role, invitation: undefined });

export const askedRoleHasRoom: RoleCheck = ({ state }, { role }) => roomProblem(state, role);

/** What it told before still stands. */
export const askerToldOperator: RoleCheck = (context, { role, operator }) =>
  operatorFactsProblem(context.state, role, operator ?? senderOf(context).member.operator);

export const askerAsksOnce: RoleCheck = (context, { role }) => pendingProblem(context.state, senderOf(context).id, role);

export const requestsHaveRoom: Check = ({ state }) => requestsRoomProblem(state);
