/** `invite`: a member opens an invitation. The chain holds the public half of its key; the seed is in the link alone. */
import { type ActionOf, invitationIdOf } from '../../codec/transaction.ts';
import {
  invitationsHaveRoom,
  inviteExpiresInTime,
  inviteKeyIsAdmissible,
  inviteKeyIsNew,
  senderHasFewInvitations,
  senderMayInviteToRole,
} from '../checks/invitations.ts';
import { type Actor, countLiveInvitation } from '../facts.ts';
import { fromMember, type Turn } from './verb.ts';

export const invite = fromMember<ActionOf<'invite'>>(
  [senderMayInviteToRole, inviteExpiresInTime, inviteKeyIsAdmissible, inviteKeyIsNew, senderHasFewInvitations, invitationsHaveRoom],
  open,
);

function open({ draft, chain }: Turn, issuer: Actor, { key, role, uses, expiry, shared }: ActionOf<'invite'>): void {
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
