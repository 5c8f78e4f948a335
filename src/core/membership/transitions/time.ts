/** Changes that time alone makes, at the start of a block: what waits expires, what ended is forgotten. */
import { BLOCK_EXPIRIES_MAX } from '../../base/limits.ts';
import { invariant } from '../../base/result.ts';
import type { StateDraft, StateRow } from '../state.ts';
import { endInvitation } from './end-invitation.ts';

export function passTime(draft: StateDraft, time: number): void {
  if (time < draft.base.nextDue) return;
  for (const row of draft.base.due(time, BLOCK_EXPIRIES_MAX)) takeDue(draft, row, time);
}

function takeDue(draft: StateDraft, { kind, id }: StateRow, time: number): void {
  switch (kind) {
    case 'invitation':
      return invitationDue(draft, id, time);
    default:
      throw new Error(`broken invariant: time does not change a ${kind}`);
  }
}

function invitationDue(draft: StateDraft, id: Uint8Array, time: number): void {
  const invitation = draft.get('invitation', id);
  invariant(invitation !== undefined, 'what is due is there');
  if (invitation.status === 'live') endInvitation(draft, id, invitation, 'expired', time);
  else draft.delete('invitation', id);
}
