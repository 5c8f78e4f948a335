/**
 * `join`: the holder of a link becomes a member, or begins to wait for those who must approve. Either way the invitation
 * is used: of two joiners racing for its last use the chain's order decides, and who was not let in gives nothing back.
 */
import { USES_MAX, USES_UNLIMITED } from '../../base/limits.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import { openRequestsOf } from '../agenda.ts';
import { invitationIsKnown, invitationIsLive, invitationOf } from '../checks/invitations.ts';
import {
  joinerAsksOnce,
  joinerToldOperator,
  joinIsNew,
  membersHaveRoom,
  mustWait,
  nameIsWithinCap,
  nextKeyIsAnother,
  requestsHaveRoomForJoin,
  requestsOfIssuerHaveRoom,
  roleByInvitation,
  roleHasRoom,
  ruleCanAdmit,
} from '../checks/joining.ts';
import { admit } from '../transitions/admit.ts';
import { closeRequest } from '../transitions/close.ts';
import { endInvitation } from '../transitions/end-invitation.ts';
import { newRequest, openRequest, subjectOfKey } from '../transitions/open-request.ts';
import { fromNewKey, type Turn } from './verb.ts';

export const join = fromNewKey<ActionOf<'join'>>(
  2,
  [
    invitationIsKnown,
    invitationIsLive,
    ruleCanAdmit,
    roleHasRoom,
    membersHaveRoom,
    nameIsWithinCap,
    nextKeyIsAnother,
    joinerToldOperator,
    joinIsNew,
    joinerAsksOnce,
    requestsHaveRoomForJoin,
    requestsOfIssuerHaveRoom,
  ],
  enter,
);

function enter({ draft, chain, time, transaction }: Turn, join: ActionOf<'join'>): void {
  const { sender, sequence } = transaction.unsigned;
  const { invitation, name, nextKey, operator } = join;
  const role = roleByInvitation(draft, invitation);
  const waits = mustWait(draft, join);
  useInvitation(draft, invitation, time);
  if (waits) {
    const question = { kind: 'join', subject: subjectOfKey(sender), role, invitation, name, operator, nextKey } as const;
    return openRequest(draft, transaction.id, newRequest(draft, time, question));
  }
  // A knock that came in meanwhile has nothing more to ask.
  for (const id of openRequestsOf(draft, sender)) closeRequest(draft, id, 'cancelled', time);
  admit(draft, chain, time, { key: sender, sequence, role, name, nextKey, operator, invitation, request: undefined });
}

function useInvitation(draft: Turn['draft'], id: Uint8Array, time: number): void {
  const record = invitationOf(draft, id);
  const spent = { ...record, used: record.used + 1, descendants: record.descendants + 1 };
  draft.put('invitation', id, spent);
  // Unlimited is as many as can be counted.
  const uses = spent.uses === USES_UNLIMITED ? USES_MAX : spent.uses;
  if (spent.used >= uses) endInvitation(draft, id, spent, 'used', time);
}
