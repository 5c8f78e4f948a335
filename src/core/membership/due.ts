/** When a record changes by time alone (DESIGN §4: time-driven changes run at the start of a block). */
import { CLOSED_REQUEST_KEPT_MS, DAY_MS, RECEIPT_DAYS_MAX, SPENT_INVITATION_KEPT_MS } from '../base/limits.ts';
import type { InvitationRecord, RecordKind, RecordOf, RequestStatus } from '../codec/records.ts';

const NEVER = Number.POSITIVE_INFINITY;

const DUE_TIMES: { readonly [K in RecordKind]: (value: RecordOf<K>) => number } = {
  chain: () => NEVER,
  rules: () => NEVER,
  trust: () => NEVER,
  census: () => NEVER,
  member: ({ suspendedUntil }) => suspendedUntil ?? NEVER,
  device: () => NEVER,
  invitation: invitationDue,
  request: ({ status, until, ended }) => (status === 'approved' ? NEVER : closedDue(status, until, ended)),
  retired: () => NEVER,
  proposal: ({ change, status, until, ended }) =>
    status === 'approved' && (change.type === 'grant' || change.type === 'erase') ? NEVER : closedDue(status, until, ended),
  office: () => NEVER,
  agenda: () => NEVER,
  'device-link': ({ expiry }) => expiry,
  recovery: ({ pending }) => pending?.effective ?? NEVER,
  activation: () => NEVER,
  erasure: () => NEVER,
  'erasure-count': () => NEVER,
  'former-seats': () => NEVER,
  service: ({ last }) => untoldFrom(last + 1),
  attester: ({ days }) => untoldFrom(Math.max(...days.map(({ day }) => day))),
  token: ({ until }) => until,
  eligibility: ({ until }) => until ?? NEVER,
  awards: () => NEVER,
};

/** The block time from which the record's time-driven change is due; infinite if it has none. */
export function dueTime<K extends RecordKind>(kind: K, value: RecordOf<K>): number {
  return DUE_TIMES[kind](value);
}

/** From when on nothing of the day can be told any more. */
function untoldFrom(day: number): number {
  return (day + 1 + RECEIPT_DAYS_MAX) * DAY_MS;
}

/** A pending one expires; a closed one is forgotten. An approved request or grant stays, as does
 * an erasure: it says why a member is here, has a role, or why a text is not. */
function closedDue(status: RequestStatus, until: number, ended: number): number {
  return status === 'pending' ? until : ended + CLOSED_REQUEST_KEPT_MS;
}

/** A live invitation expires; one that ended is forgotten once nobody who came through it is left (DESIGN §5). */
function invitationDue({ status, expiry, ended, descendants }: InvitationRecord): number {
  if (status === 'live') return expiry;
  return descendants === 0 ? ended + SPENT_INVITATION_KEPT_MS : NEVER;
}
