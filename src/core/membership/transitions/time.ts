/** Changes that time alone makes, at the start of a block: invitations expire, spent ones are forgotten. */
import { BLOCK_EXPIRIES_MAX } from '../../base/limits.ts';
import { invariant } from '../../base/result.ts';
import type { StateDraft } from '../state.ts';
import { endInvitation } from './end-invitation.ts';

export function passTime(draft: StateDraft, time: number): void {
  if (time < draft.base.nextDue) return;
  for (const { id } of draft.base.due(time, BLOCK_EXPIRIES_MAX)) {
    const invitation = draft.get('invitation', id);
    invariant(invitation !== undefined, 'time changes invitations alone');
    if (invitation.status === 'live') endInvitation(draft, id, invitation, 'expired', time);
    else draft.delete('invitation', id);
  }
  // Also if nothing was due: the time that was kept is only the earliest at which something might have been.
  draft.dueHandled();
}
