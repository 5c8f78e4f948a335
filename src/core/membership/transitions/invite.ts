/** `invite`: a member opens an invitation. The chain holds the public half of its key; the seed is in the link alone. */
import type { Hash } from '../../base/hash.ts';
import { type ActionOf, invitationIdOf } from '../../codec/transaction.ts';
import { type Actor, countLiveInvitation } from '../facts.ts';
import type { StateDraft } from '../state.ts';

export function invite(draft: StateDraft, chain: Hash, issuer: Actor, action: ActionOf<'invite'>): void {
  const { key, role, uses, expiry, shared } = action;
  draft.put('invitation', invitationIdOf(chain, key), {
    key,
    issuer: issuer.id,
    role,
    uses,
    used: 0,
    expiry,
    shared,
    status: 'live',
    ended: 0,
    descendants: 0,
  });
  countLiveInvitation(draft, issuer.id, 1);
}
