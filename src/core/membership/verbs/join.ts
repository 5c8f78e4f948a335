/** `join`: the holder of a link becomes a member. Of two joiners racing for the last use the chain's order decides. */
import { USES_MAX, USES_UNLIMITED } from '../../base/limits.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import { invitationIsKnown, invitationIsLive, invitationOf } from '../checks/invitations.ts';
import { membersHaveRoom, nameIsWithinCap, nextKeyIsAnother, roleHasRoom, roleIsByInvitation, ruleAdmits } from '../checks/joining.ts';
import { admit } from '../transitions/admit.ts';
import { endInvitation } from '../transitions/end-invitation.ts';
import { fromNewKey, type Turn } from './verb.ts';

export const join = fromNewKey<ActionOf<'join'>>(
  2,
  [invitationIsKnown, invitationIsLive, roleIsByInvitation, ruleAdmits, roleHasRoom, membersHaveRoom, nameIsWithinCap, nextKeyIsAnother],
  enter,
);

function enter({ draft, chain, time, transaction }: Turn, { invitation, name, nextKey, operator }: ActionOf<'join'>): void {
  const { sender, sequence } = transaction.unsigned;
  const { role } = invitationOf(draft, invitation);
  useInvitation(draft, invitation, time);
  const found = { key: sender, sequence, role, name, nextKey, operator, invitation, request: undefined };
  admit(draft, chain, time, found);
}

function useInvitation(draft: Turn['draft'], id: Uint8Array, time: number): void {
  const record = invitationOf(draft, id);
  const spent = { ...record, used: record.used + 1, descendants: record.descendants + 1 };
  draft.put('invitation', id, spent);
  // Unlimited is as many as can be counted.
  const uses = spent.uses === USES_UNLIMITED ? USES_MAX : spent.uses;
  if (spent.used >= uses) endInvitation(draft, id, spent, 'used', time);
}
