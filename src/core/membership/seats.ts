/**
 * Seats and offices: what follows for the trust set when a member gains or loses a role. Seats are given up at once and
 * taken at the end of a block (`seating.ts`), which also begins an epoch if the trust set has changed.
 */
import { compare, equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { invariant } from '../base/result.ts';
import type { Role } from '../codec/primitives.ts';
import type { Office, Seat } from '../codec/records.ts';
import { addToAgenda, takeOffAgenda } from './agenda.ts';
import { memberOf, rulesOf, trustSetOf } from './facts.ts';
import { SINGLETON, type StateDraft, type StateReader } from './state.ts';

/** The keys with which a member votes and signs checkpoints. Those of a founder stand in the trust set until it registers others. */
export function officeOf(state: StateReader, id: Uint8Array): Office | undefined {
  const office = state.get('office', id);
  if (office !== undefined) return office;
  const { seats, auditors } = trustSetOf(state);
  const seat = seats.find(({ member }) => equal(member, id));
  if (seat !== undefined) {
    return { node: seat.node, vote: seat.vote, note: seat.note, versions: seat.software, ready: seat.ready, endpoints: [] };
  }
  const auditor = auditors.find(({ member }) => equal(member, id));
  const [node] = memberOf(state, id).devices;
  return auditor === undefined || node === undefined
    ? undefined
    : { node, vote: undefined, note: auditor.note, versions: [], ready: 0, endpoints: [] };
}

/** Keys by which all others vote, sign or once did, whether they may at the moment or not. */
export function officeKeysBeside(state: StateReader, id: Uint8Array | undefined): readonly Uint8Array[] {
  const { seats, auditors } = trustSetOf(state);
  const listed = [...seats, ...auditors.map((auditor) => ({ ...auditor, vote: undefined }))];
  const offices = [...state.all('office')].map(({ id: member, value: { vote, note } }) => ({ member, vote, note }));
  const others = [...listed, ...offices].filter(({ member }) => id === undefined || !equal(member, id));
  return others.flatMap(keysOf);
}

export function keysOf({ vote, note }: Pick<Office, 'vote' | 'note'>): readonly Uint8Array[] {
  return vote === undefined ? [note] : [vote, note];
}

/**
 * Gives up a member's seat, if it holds one; its keys stay as its office, and another seat asks that it is ready anew. The
 * last seat is never given up: guards come first.
 */
export function giveUpSeat(draft: StateDraft, id: Uint8Array): void {
  const trust = trustSetOf(draft);
  const seats = trust.seats.filter(({ member }) => !equal(member, id));
  if (seats.length === trust.seats.length) return;
  invariant(seats.length > 0, 'the last seat is never given up');
  const office = officeOf(draft, id);
  invariant(office !== undefined, 'a seat has its keys');
  draft.put('office', id, { ...office, ready: 0 });
  draft.put('trust', SINGLETON, { ...trust, seats });
}

/** Seats stand in the order of their node keys. */
export function putSeats(draft: StateDraft, seats: readonly Seat[]): void {
  draft.put('trust', SINGLETON, { ...trustSetOf(draft), seats: [...seats].sort((a, b) => compare(a.node, b.node)) });
}

/** Whatever its role: an auditor is listed no longer. */
export function dropAuditor(draft: StateDraft, id: Hash): void {
  const trust = trustSetOf(draft);
  const auditors = trust.auditors.filter(({ member }) => !equal(member, id));
  if (auditors.length === trust.auditors.length) return;
  draft.put('trust', SINGLETON, { ...trust, auditors });
}

/** Auditors are those with the role and a note key who are not suspended. */
export function followAuditor(draft: StateDraft, id: Hash): void {
  const { roles, suspendedUntil } = memberOf(draft, id);
  const audits = roles.includes('auditor') && suspendedUntil === undefined;
  const trust = trustSetOf(draft);
  const listed = trust.auditors.find(({ member }) => equal(member, id));
  const office = officeOf(draft, id);
  const note = audits ? office?.note : undefined;
  if (note === undefined ? listed === undefined : listed !== undefined && equal(listed.note, note)) return;
  if (listed !== undefined) {
    invariant(office !== undefined, 'an auditor that is listed has its key');
    draft.put('office', id, office);
  }
  const others = trust.auditors.filter((one) => one !== listed);
  draft.put('trust', SINGLETON, { ...trust, auditors: note === undefined ? others : [...others, { member: id, note }] });
  followAuditorsQuorum(draft);
}

/**
 * As many auditors as the rules ask or, while there have not been so many, as there have been. It goes down by the rules
 * alone: an auditor who leaves or is suspended makes no newcomer trust any sooner.
 */
export function followAuditorsQuorum(draft: StateDraft): void {
  const trust = trustSetOf(draft);
  const auditorsQuorum = Math.min(rulesOf(draft).auditorsQuorum, Math.max(trust.auditorsQuorum, trust.auditors.length));
  if (auditorsQuorum !== trust.auditorsQuorum) draft.put('trust', SINGLETON, { ...trust, auditorsQuorum });
}

/** What follows when a member has a role from now on. */
export function takeUp(draft: StateDraft, id: Hash, role: Role): void {
  if (role === 'validator') addToAgenda(draft, 'candidates', id);
  if (role === 'auditor') followAuditor(draft, id);
}

/** What follows when a member may not use a role any more: its record says so already. */
export function layDown(draft: StateDraft, id: Hash, role: Role): void {
  if (role === 'validator') {
    giveUpSeat(draft, id);
    takeOffAgenda(draft, 'candidates', id);
  }
  if (role === 'auditor') followAuditor(draft, id);
}
