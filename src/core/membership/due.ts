/** When a record changes by time alone (DESIGN §4: time-driven changes run at the start of a block). */
import { SPENT_INVITATION_KEPT_MS } from '../base/limits.ts';
import type { InvitationRecord, RecordKind, RecordOf } from '../codec/records.ts';

const NEVER = Number.POSITIVE_INFINITY;

const DUE_TIMES: { readonly [K in RecordKind]: (value: RecordOf<K>) => number } = {
  chain: () => NEVER,
  rules: () => NEVER,
  trust: () => NEVER,
  census: () => NEVER,
  member: () => NEVER,
  device: () => NEVER,
  invitation: invitationDue,
  request: () => NEVER,
  retired: () => NEVER,
};

/** The block time from which the record's time-driven change is due; infinite if it has none. */
export function dueTime<K extends RecordKind>(kind: K, value: RecordOf<K>): number {
  return DUE_TIMES[kind](value);
}

/** A live invitation expires; one that ended is forgotten once nobody who came through it is left (DESIGN §5). */
function invitationDue({ status, expiry, ended, descendants }: InvitationRecord): number {
  if (status === 'live') return expiry;
  return descendants === 0 ? ended + SPENT_INVITATION_KEPT_MS : NEVER;
}
