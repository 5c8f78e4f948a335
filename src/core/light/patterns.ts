/**
 * Patterns worth a look in who was let in, found in what a replay has seen. None of them is against the rules, and each can
 * have a good reason: an auditor reports them, and people judge.
 */
import { compare, equal, toHex } from '../base/bytes.ts';
import { asHash, type Hash } from '../base/hash.ts';
import { HOUR_MS, SECOND_MS } from '../base/limits.ts';
import { itemAt } from '../base/result.ts';
import { censusOf, countOf } from '../membership/facts.ts';
import type { State } from '../membership/state.ts';
import type { SeenAdmission, SeenFederation } from './admissions.ts';

/** Joins within `BURST_MS` from which they are a burst: more than a class that is invited at once. */
export const BURST_JOINS = 30;
export const BURST_MS = HOUR_MS;
/** Admissions with approvals from which it tells something that one member approved all of them. */
export const ONE_APPROVER_ADMISSIONS = 5;
/** An approval this soon after the request was made by nobody who read it. */
export const HASTE_MS = 5 * SECOND_MS;
/** Hasty admissions from which they are more than luck. */
export const HASTY_ADMISSIONS = 3;
/** A federation that once had so many… */
export const FEDERATION_PEAK_MIN = 4;
/** …and has lost this part of them since. */
export const FEDERATION_LOST = 1 / 2;

export type Pattern =
  | { readonly type: 'burst'; readonly joins: number; readonly from: number; readonly to: number }
  /** In a federation of `federation`, who could have decided without it. */
  | { readonly type: 'one-approver'; readonly member: Hash; readonly admissions: number; readonly federation: number }
  | { readonly type: 'shared-operator'; readonly operator: Uint8Array; readonly members: readonly Hash[] }
  | { readonly type: 'haste'; readonly admissions: number; readonly member: Hash; readonly withinMs: number }
  | { readonly type: 'federation-shrank'; readonly peak: number; readonly count: number; readonly time: number };

/** What a replay has seen, in order of time, and the state in which it ended. */
export interface Seen {
  readonly admissions: readonly SeenAdmission[];
  readonly federation: readonly SeenFederation[];
  readonly state: State;
}

export function patternsIn(seen: Seen): readonly Pattern[] {
  return [...bursts(seen), ...oneApprover(seen), ...sharedOperators(seen), ...haste(seen), ...shrinking(seen)];
}

/** Runs of joins of which any `BURST_JOINS` in a row lie within `BURST_MS`. */
function bursts({ admissions }: Seen): readonly Pattern[] {
  const times = admissions.filter(({ how }) => how !== 'role').map(({ time }) => time);
  const runs: { first: number; last: number }[] = [];
  for (let last = BURST_JOINS - 1; last < times.length; last++) {
    const first = last - BURST_JOINS + 1;
    if (itemAt(times, last) - itemAt(times, first) > BURST_MS) continue;
    const run = runs.at(-1);
    if (run !== undefined && first <= run.last) run.last = last;
    else runs.push({ first, last });
  }
  return runs.map(({ first, last }) => ({
    type: 'burst',
    joins: last - first + 1,
    from: itemAt(times, first),
    to: itemAt(times, last),
  }));
}

/** Of a federation in which others could have decided as well. */
function oneApprover({ admissions, state }: Seen): readonly Pattern[] {
  const federation = countOf(censusOf(state), 'federation');
  const approved = admissions.filter(({ approvals }) => approvals.length > 0);
  const [first] = approved;
  if (first === undefined || federation < 2 || approved.length < ONE_APPROVER_ADMISSIONS) return [];
  const behindAll = first.approvals.filter(({ member }) => approved.every((one) => approvedBy(one, member)));
  // Where all of several had to approve each time, it says nothing.
  const others = behindAll.filter(({ member }) => approved.some((one) => one.needed < federation && approvedBy(one, member)));
  return others.map(({ member }) => ({ type: 'one-approver', member, admissions: approved.length, federation }));
}

function approvedBy({ approvals }: SeenAdmission, member: Hash): boolean {
  return approvals.some((one) => equal(one.member, member));
}

/** Members with a role of the infrastructure who name the same operator: they fail, and lie, together. */
function sharedOperators({ state }: Seen): readonly Pattern[] {
  const byOperator = new Map<string, { readonly operator: Uint8Array; readonly members: Hash[] }>();
  for (const { id, value } of state.all('member')) {
    const operator = value.operator?.operatorId;
    const member = asHash(id);
    if (operator === undefined || member === undefined || value.left || operator.length === 0) continue;
    const known = byOperator.get(toHex(operator));
    if (known === undefined) byOperator.set(toHex(operator), { operator, members: [member] });
    else known.members.push(member);
  }
  const shared = [...byOperator.values()].filter(({ members }) => members.length > 1);
  return shared.map(({ operator, members }) => ({ type: 'shared-operator', operator, members: members.sort(compare) }));
}

/** Who approved within seconds of being asked, several times. A knock is asked in the block that decides it, so it tells nothing. */
function haste({ admissions }: Seen): readonly Pattern[] {
  const byMember = new Map<string, { readonly member: Hash; admissions: number }>();
  for (const { how, asked, approvals } of admissions) {
    for (const { member, time } of how === 'knock' ? [] : approvals) {
      if (time - asked > HASTE_MS) continue;
      const known = byMember.get(toHex(member)) ?? { member, admissions: 0 };
      known.admissions += 1;
      byMember.set(toHex(member), known);
    }
  }
  const hasty = [...byMember.values()].filter((one) => one.admissions >= HASTY_ADMISSIONS);
  return hasty.map((one) => ({ type: 'haste', ...one, withinMs: HASTE_MS }));
}

function shrinking({ federation, state }: Seen): readonly Pattern[] {
  const count = countOf(censusOf(state), 'federation');
  const peak = federation.reduce((most, one) => Math.max(most, one.before, one.count), count);
  const last = federation.at(-1);
  if (last === undefined || peak < FEDERATION_PEAK_MIN || count > peak * (1 - FEDERATION_LOST)) return [];
  return [{ type: 'federation-shrank', peak, count, time: last.time }];
}
