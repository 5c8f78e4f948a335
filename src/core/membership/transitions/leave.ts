/** `leave`: a member goes. Its keys stay as tombstones and never return; its live invitations close. */
import { equal } from '../../base/bytes.ts';
import type { StateDraft } from '../state.ts';
import { type Actor, countMember } from '../facts.ts';
import { endInvitation } from './end-invitation.ts';

export function leave(draft: StateDraft, { id, member }: Actor, time: number): void {
  draft.put('member', id, { ...member, roles: [], devices: [], left: true });
  for (const key of member.devices) {
    draft.delete('device', key);
    draft.put('retired', key, { member: id, since: time });
  }
  countMember(draft, member.roles, -1);
  for (const invitation of invitationsOf(draft, id)) {
    const record = draft.get('invitation', invitation);
    if (record?.status === 'live') endInvitation(draft, invitation, record, 'revoked', time);
  }
  if (member.invitation !== undefined) forgetDescendant(draft, member.invitation);
}

function invitationsOf(draft: StateDraft, issuer: Uint8Array): readonly Uint8Array[] {
  return [...draft.all('invitation')].filter(({ value }) => equal(value.issuer, issuer)).map(({ id }) => id);
}

function forgetDescendant(draft: StateDraft, invitation: Uint8Array): void {
  const record = draft.get('invitation', invitation);
  if (record !== undefined) draft.put('invitation', invitation, { ...record, descendants: record.descendants - 1 });
}
