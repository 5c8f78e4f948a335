/** `join`: the holder of a link becomes a member. Of two joiners racing for the last use the chain's order decides. */
import type { Hash } from '../../base/hash.ts';
import { USES_MAX, USES_UNLIMITED } from '../../base/limits.ts';
import { invariant } from '../../base/result.ts';
import { memberIdOf } from '../../codec/records.ts';
import type { ActionOf, Transaction } from '../../codec/transaction.ts';
import { ALL_ROLES_MASK, countMember } from '../facts.ts';
import type { StateDraft } from '../state.ts';
import { endInvitation } from './end-invitation.ts';

export function join(draft: StateDraft, chain: Hash, transaction: Transaction, action: ActionOf<'join'>, time: number): void {
  const { sender, sequence } = transaction.unsigned;
  const invitation = draft.get('invitation', action.invitation);
  invariant(invitation !== undefined, 'a join names a known invitation');
  const spent = { ...invitation, used: invitation.used + 1, descendants: invitation.descendants + 1 };
  draft.put('invitation', action.invitation, spent);
  // Unlimited is as many as can be counted.
  const uses = spent.uses === USES_UNLIMITED ? USES_MAX : spent.uses;
  if (spent.used >= uses) endInvitation(draft, action.invitation, spent, 'used', time);

  const id = memberIdOf(chain, sender);
  draft.put('member', id, {
    roles: [invitation.role],
    name: action.name,
    since: time,
    invitation: action.invitation,
    request: undefined,
    nextKey: action.nextKey,
    rotations: 0,
    suspendedUntil: undefined,
    operator: action.operator,
    devices: [sender],
    invitations: 0,
    left: false,
  });
  draft.put('device', sender, { member: id, sequence, roleMask: ALL_ROLES_MASK, added: time });
  countMember(draft, [invitation.role], 1);
}
