/** A relay's service, day by day: what its receipts attest, and the days of which nothing was told. */
import { toHex } from '../../base/bytes.ts';
import type { Hash } from '../../base/hash.ts';
import { DAY_MS, RECEIPT_DAYS_MAX, SERVICE_DAYS_MAX, UINT_MAX } from '../../base/limits.ts';
import { invariant } from '../../base/result.ts';
import type { RelayReceipt } from '../../codec/relay-receipt.ts';
import { awardNumbers, type DayServed, dayServed } from '../../policy/award.ts';
import { sponsorOf } from '../ancestry.ts';
import { rulesOf } from '../facts.ts';
import type { StateDraft, StateReader } from '../state.ts';

/** Days are counted from 1970-01-01, 00:00 UTC. */
export function dayOf(time: number): number {
  return Math.floor(time / DAY_MS);
}

/** What the receipts of a day say; the members who signed them are known. */
export function attestedDay(state: StateReader, receipts: readonly RelayReceipt[]): DayServed {
  const attested = receipts.flatMap(({ node, watched, minutes, breaks, kib }) => {
    const device = state.get('device', node);
    invariant(device !== undefined, 'attestersWereMembers comes first');
    const sponsor = sponsorOf(state, device.member);
    return sponsor === undefined ? [] : { sponsor: toHex(sponsor), watched, minutes, breaks, kib };
  });
  return dayServed(awardNumbers(rulesOf(state)), attested);
}

/** Adds a day to the record of a relay; days between that were not told of count as none. Gives its days served in a row. */
export function serveDay(draft: StateDraft, id: Hash, day: number, served: DayServed, receipts: readonly RelayReceipt[]): number {
  const before = draft.get('service', id) ?? { last: day - 1, uptime: new Uint8Array(0), streak: 0, circuits: 0, kib: 0 };
  const missed = day - before.last - 1;
  const streak = served.weight === 0 ? 0 : missed > 0 ? 1 : before.streak + 1;
  draft.put('service', id, {
    last: day,
    uptime: withDays(before.uptime, missed, [served.percent]),
    streak,
    circuits: receipts.reduce((sum, { circuits }) => Math.min(UINT_MAX, sum + circuits), before.circuits),
    kib: receipts.reduce((sum, { kib }) => Math.min(UINT_MAX, sum + kib), before.kib),
  });
  return streak;
}

/** Days that nobody can tell of any more were not served. A record of nothing else is forgotten. */
export function missDays(draft: StateDraft, id: Uint8Array, time: number): void {
  const record = draft.get('service', id);
  invariant(record !== undefined, 'what is due is there');
  const last = dayOf(time) - RECEIPT_DAYS_MAX - 1;
  const uptime = withDays(record.uptime, last - record.last, []);
  if (uptime.some((percent) => percent > 0)) draft.put('service', id, { ...record, last, uptime, streak: 0 });
  else draft.delete('service', id);
}

function withDays(uptime: Uint8Array, missed: number, days: readonly number[]): Uint8Array {
  const empty = new Array<number>(Math.min(missed, SERVICE_DAYS_MAX)).fill(0);
  return Uint8Array.from([...uptime, ...empty, ...days].slice(-SERVICE_DAYS_MAX));
}

/** Counts, for each member who signed, one more relay of that day. */
export function countAttested(draft: StateDraft, members: readonly Hash[], day: number, today: number): void {
  for (const id of members) {
    const days = draft.get('attester', id)?.days ?? [];
    const relays = days.find((one) => one.day === day)?.relays ?? 0;
    const others = days.filter((one) => one.day !== day && one.day >= today - RECEIPT_DAYS_MAX);
    draft.put('attester', id, { days: [...others, { day, relays: relays + 1 }].sort((a, b) => a.day - b.day) });
  }
}

/** Whoever is gone has served for nothing. */
export function forgetService(draft: StateDraft, id: Hash): void {
  for (const kind of ['service', 'attester'] as const) if (draft.get(kind, id) !== undefined) draft.delete(kind, id);
}
