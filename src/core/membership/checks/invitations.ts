/** Checks of `invite` and `revoke-invite`, and of what names an invitation. */
import { equal } from '../../base/bytes.ts';
import { isAdmissibleKey } from '../../base/key.ts';
import { INVITATIONS_LIVE_MAX, INVITATIONS_PER_MEMBER_MAX } from '../../base/limits.ts';
import { invariant, type Refusal, unreachable } from '../../base/result.ts';
import type { InvitationRecord } from '../../codec/records.ts';
import { type ActionOf, invitationIdOf } from '../../codec/transaction.ts';
import { mayInviteTo, ROLES_WRITERS_INVITE_TO } from '../../policy/roles.ts';
import { type Actor, actsFully, censusOf, rulesOf } from '../facts.ts';
import type { StateReader } from '../state.ts';
import { type Check, no, senderOf } from './check.ts';

export const senderMayInviteToRole: Check<ActionOf<'invite'>> = (context, { role }) =>
  mayInviteTo(rulesOf(context.state), senderOf(context).roles, role)
    ? undefined
    : no('not-allowed', `the sender’s roles do not let it invite to ${role}`);

export const inviteKeyIsAdmissible: Check<ActionOf<'invite'>> = (_, { key }) =>
  isAdmissibleKey(key) ? undefined : no('bad-key', 'the invite key is not a sound Ed25519 key');

export const inviteKeyIsNew: Check<ActionOf<'invite'>> = ({ state, transaction }, { key }) =>
  state.get('invitation', invitationIdOf(transaction.unsigned.chain, key)) === undefined
    ? undefined
    : no('duplicate', 'an invitation with this key exists');

export const inviteExpiresInTime: Check<ActionOf<'invite'>> = ({ state, time }, { expiry }) => {
  if (expiry <= time) return no('invitation-expired', 'the invitation would be expired already');
  const latest = time + rulesOf(state).limits.invitationLifetimeMs;
  return expiry <= latest ? undefined : no('expiry-too-far', `the invitation expires after ${latest}`);
};

export const invitationsHaveRoom: Check = ({ state }) =>
  censusOf(state).liveInvitations < INVITATIONS_LIVE_MAX
    ? undefined
    : no('too-many-pending', `${INVITATIONS_LIVE_MAX} invitations are live`);

export const senderHasFewInvitations: Check = (context) =>
  senderOf(context).member.invitations < INVITATIONS_PER_MEMBER_MAX
    ? undefined
    : no('too-many-pending', `${INVITATIONS_PER_MEMBER_MAX} invitations of the sender are live`);

export const invitationIsKnown: Check<{ readonly invitation: Uint8Array }> = ({ state }, { invitation }) =>
  state.get('invitation', invitation) === undefined ? no('invitation-unknown', 'the chain has no such invitation') : undefined;

export const senderMayRevoke: Check<ActionOf<'revoke-invite'>> = (context, { invitation }) =>
  mayRevoke(senderOf(context), invitationOf(context.state, invitation))
    ? undefined
    : no('not-allowed', 'only its issuer or a federation member closes an invitation');

/** A device that only writes for its member closes what a writer can have opened, and not what the member opened as more. */
export function mayRevoke(sender: Actor, { issuer, role }: Pick<InvitationRecord, 'issuer' | 'role'>): boolean {
  if (sender.roles.includes('federation')) return true;
  if (!equal(issuer, sender.id) || sender.roles.length === 0) return false;
  return actsFully(sender) || (sender.roles.includes('writer') && ROLES_WRITERS_INVITE_TO.includes(role));
}

export const invitationIsLive: Check<{ readonly invitation: Uint8Array }> = ({ state, time }, { invitation }) =>
  endOf(invitationOf(state, invitation), time);

/** Why an invitation is not live at `time`; `undefined` if it is. */
export function endOf(record: InvitationRecord, time: number): Refusal | undefined {
  switch (record.status) {
    case 'used':
      return no('invitation-used', 'the invitation was used up');
    case 'revoked':
      return no('invitation-revoked', 'the invitation was revoked');
    case 'expired':
      return no('invitation-expired', 'the invitation has expired');
    case 'live':
      return record.expiry > time ? undefined : no('invitation-expired', `the invitation expired at ${record.expiry}`);
    default:
      return unreachable(record.status);
  }
}

export function invitationOf(state: StateReader, id: Uint8Array): InvitationRecord {
  const record = state.get('invitation', id);
  invariant(record !== undefined, 'invitationIsKnown comes first');
  return record;
}
