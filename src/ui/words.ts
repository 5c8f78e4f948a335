/** How things are put into words: roles, times, spans, counts. The page speaks English, so dates do too. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/base/limits.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { JoinStageName, MemberView, PeerView } from './app.ts';
import { likeness } from './names.ts';

export const ROLE_WORDS: Readonly<Record<Role, { readonly name: string; readonly may: string }>> = {
  observer: { name: 'Observer', may: 'reads the record' },
  writer: { name: 'Writer', may: 'reads the record and adds entries' },
  federation: { name: 'Federation', may: 'reads, adds entries, invites to any role and decides who joins' },
  validator: { name: 'Validator', may: 'reads the record and attests its blocks' },
  auditor: { name: 'Auditor', may: 'reads, verifies and countersigns the record' },
  relay: { name: 'Relay', may: 'connects the others' },
  gateway: { name: 'Gateway', may: 'forwards what others have signed' },
};

export const STAGE_WORDS: Readonly<Record<JoinStageName, string>> = {
  'reaching-relay': 'Reaching the relay',
  verifying: 'Verifying the chain',
  asking: 'Asking to be let in',
  waiting: 'Waiting for the members to approve you',
  admitted: 'Admitted',
  copying: 'Copying the record',
};

export const PATH_WORDS: Readonly<Record<PeerView['path'], string>> = {
  relay: 'The relay itself',
  direct: 'Connected browser to browser',
  relayed: 'Connected through the relay',
};

/** `1 peer`, `2 peers`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

/** `0.4 s`, `12.0 s`, `1 min 05 s`. */
export function elapsed(ms: number): string {
  if (ms < MINUTE_MS) return `${(ms / SECOND_MS).toFixed(1)} s`;
  const seconds = Math.floor(ms / SECOND_MS);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** How long something still has: `7 days`, `5 hours`, `3 minutes`, rounded to what a person would say. */
export function span(ms: number): string {
  if (ms >= 2 * DAY_MS) return count(Math.round(ms / DAY_MS), 'day');
  if (ms >= HOUR_MS) return count(Math.round(ms / HOUR_MS), 'hour');
  return count(Math.max(1, Math.round(ms / MINUTE_MS)), 'minute');
}

function englishLocale(): string {
  return navigator.languages.find((language) => language === 'en' || language.startsWith('en-')) ?? 'en-GB';
}

let formats: Readonly<Record<'clock' | 'thisYear' | 'otherYear' | 'full', Intl.DateTimeFormat>> | undefined;

function dateFormats() {
  const locale = englishLocale();
  formats ??= {
    clock: new Intl.DateTimeFormat(locale, { hour: 'numeric', minute: '2-digit' }),
    thisYear: new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long' }),
    otherYear: new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'long', year: 'numeric' }),
    full: new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'medium' }),
  };
  return formats;
}

/** From any midnight to somewhere in the next day, whatever the clocks are put to in between. */
const A_DAY_AND_MORE_MS = 30 * HOUR_MS;

function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** `14:03`, `Yesterday, 14:03`, `Tomorrow, 14:03`, `3 March, 14:03`, `3 March 2025, 14:03`, as seen from `now`. */
export function moment(at: number, now: number): string {
  const { clock, thisYear, otherYear } = dateFormats();
  const time = clock.format(at);
  const [day, today] = [startOfDay(at), startOfDay(now)];
  if (day === today) return time;
  if (day === startOfDay(today - 1)) return `Yesterday, ${time}`;
  if (day === startOfDay(today + A_DAY_AND_MORE_MS)) return `Tomorrow, ${time}`;
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return `${(sameYear ? thisYear : otherYear).format(at)}, ${time}`;
}

/** The same in the middle of a sentence: `yesterday, 14:03`; names of months keep their capital. */
export function momentWithin(at: number, now: number): string {
  return moment(at, now).replace(/^(Yesterday|Tomorrow)/, (day) => day.toLowerCase());
}

/** Day and time in full, for those who point at a short one. */
export function fullMoment(at: number): string {
  return dateFormats().full.format(at);
}

/** For `<time datetime>`; a time that no calendar has is left out. */
export function machineTime(at: number): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}

/**
 * Names are free text, so two members can bear one. Gives each of those a mark from its id, and nobody else one.
 */
export function nameMarks(members: readonly Pick<MemberView, 'id' | 'name'>[]): ReadonlyMap<string, string> {
  const byName = Map.groupBy(members, (member) => likeness(member.name));
  const alike = [...byName.values()].filter((group) => group.length > 1).flat();
  return new Map(alike.map((member) => [member.id, member.id.slice(0, 6)]));
}
