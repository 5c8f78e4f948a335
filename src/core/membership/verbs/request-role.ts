/** `request-role`: a member asks for one more role, and waits for approvals. */
import type { ActionOf } from '../../codec/transaction.ts';
import {
  askedRoleFits,
  askedRoleHasRoom,
  askerActsInRole,
  askerAsksOnce,
  askerHasRoles,
  askerLacksRole,
  askerToldOperator,
  requestsHaveRoom,
  ruleCanGrant,
} from '../checks/role-requests.ts';
import { senderIsNotSuspended } from '../checks/sender.ts';
import type { Actor } from '../facts.ts';
import { newRequest, openRequest } from '../transitions/open-request.ts';
import { fromMember, type Turn } from './verb.ts';

export const requestRole = fromMember<ActionOf<'request-role'>>(
  [
    senderIsNotSuspended,
    askerHasRoles,
    askerActsInRole,
    askerLacksRole,
    askedRoleFits,
    ruleCanGrant,
    askedRoleHasRoom,
    askerToldOperator,
    askerAsksOnce,
    requestsHaveRoom,
  ],
  ask,
);

function ask({ draft, time, transaction }: Turn, { id, member }: Actor, { role, operator }: ActionOf<'request-role'>): void {
  const { name, nextKey } = member;
  const told = operator ?? member.operator;
  const question = { kind: 'role', subject: id, role, invitation: undefined, name, operator: told, nextKey } as const;
  openRequest(draft, transaction.id, newRequest(draft, time, question));
}
