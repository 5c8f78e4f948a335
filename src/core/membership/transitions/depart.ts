/** Departure: a member is gone. Its keys stay as tombstones and never return; its live invitations close. */
import { equal } from '../../base/bytes.ts';
import type { Hash } from '../../base/hash.ts';
import { invariant } from '../../base/result.ts';
import { countMember, memberOf } from '../facts.ts';
import type { StateDraft } from '../state.ts';
import { endInvitation } from './end-invitation.ts';

export function depart(draft: StateDraft, id: Hash, time: number): void {
  const member = memberOf(draft, id);
  if (member.invitations > 0) closeInvitations(draft, id, time);
  draft.put('member', id, { ...memberOf(draft, id), roles: [], devices: [], left: true });
  for (const key of member.devices) {
    draft.delete('device', key);
    draft.put('retired', key, { member: id, since: time });
  }
  countMember(draft, member.roles, -1);
  if (member.invitation !== undefined) forgetDescendant(draft, member.invitation);
}

/** Revokes every live invitation of a member. */
export function closeInvitations(draft: StateDraft, issuer: Uint8Array, time: number): void {
  for (const { id, value } of [...draft.all('invitation')]) {
    if (value.status === 'live' && equal(value.issuer, issuer)) endInvitation(draft, id, value, 'revoked', time);
  }
}

function forgetDescendant(draft: StateDraft, invitation: Uint8Array): void {
  const record = draft.get('invitation', invitation);
  invariant(record !== undefined, 'an invitation stays while somebody who came through it is here');
  draft.put('invitation', invitation, { ...record, descendants: record.descendants - 1 });
}
