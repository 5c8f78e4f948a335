/** The three ways in which an invitation stops being live: used up, expired, revoked. */
import { invariant } from '../../base/result.ts';
import type { InvitationRecord } from '../../codec/records.ts';
import { countLiveInvitation } from '../facts.ts';
import type { StateDraft } from '../state.ts';

/** Closes a live invitation at block time `time`. */
export function endInvitation(
  draft: StateDraft,
  id: Uint8Array,
  record: InvitationRecord,
  status: 'used' | 'expired' | 'revoked',
  time: number,
): void {
  invariant(record.status === 'live', 'an invitation ends once');
  draft.put('invitation', id, { ...record, status, ended: time });
  countLiveInvitation(draft, record.issuer, -1);
}
