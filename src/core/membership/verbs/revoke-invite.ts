/** `revoke-invite`: its issuer or a federation member closes an invitation. Who came through it stays. */
import type { ActionOf } from '../../codec/transaction.ts';
import { invitationIsKnown, invitationIsLive, invitationOf, senderMayRevoke } from '../checks/invitations.ts';
import { endInvitation } from '../transitions/end-invitation.ts';
import { fromMember } from './verb.ts';

export const revokeInvite = fromMember<ActionOf<'revoke-invite'>>(
  [invitationIsKnown, senderMayRevoke, invitationIsLive],
  ({ draft, time }, _, { invitation }) => endInvitation(draft, invitation, invitationOf(draft, invitation), 'revoked', time),
);
