/** Changes that time alone makes, at the start of a block: invitations expire, spent ones are forgotten. */
import { BLOCK_EXPIRIES_MAX } from '../../base/limits.ts';
import type { StateDraft } from '../state.ts';
import { endInvitation } from './end-invitation.ts';

export function passTime(draft: StateDraft, time: number): void {
  const due = draft.base.due(time, BLOCK_EXPIRIES_MAX);
  for (const entry of due) {
    if (entry.kind !== 'invitation') continue;
    if (entry.value.status === 'live') endInvitation(draft, entry.id, entry.value, 'expired', time);
    else draft.delete('invitation', entry.id);
  }
  if (due.length > 0) draft.dueHandled();
}
