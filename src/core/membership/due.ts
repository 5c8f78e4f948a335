/** When a record changes by time alone (DESIGN §4: time-driven changes run at the start of a block). */
import { type InvitationRecord, type RecordKind, type RecordOf } from '../codec/records.ts';
import { SPENT_INVITATION_KEPT_MS } from '../base/limits.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** The block time from which the record's time-driven change is due; infinite if it has none. */
export function dueTime(entry: { readonly kind: RecordKind; readonly value: RecordOf<RecordKind> }): number {
  return entry.kind === 'invitation' ? invitationDue(entry.value as InvitationRecord) : NEVER;
}

function invitationDue(invitation: InvitationRecord): number {
  if (invitation.status === 'live') return invitation.expiry;
  return invitation.descendants === 0 ? invitation.ended + SPENT_INVITATION_KEPT_MS : NEVER;
}
