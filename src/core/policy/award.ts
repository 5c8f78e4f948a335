/**
 * What a day's receipts are worth, and when they win a joining token (DESIGN §5). Pure: who signed, what they signed and the
 * chain's numbers give an uptime, a weight and a verdict; whose receipts may count at all is for the membership room to say.
 */
import type { Hash } from '../base/hash.ts';
import { BREAKS_FORGIVEN_MAX, LOT_WEIGHT_MAX, SERVICE_DAYS_MAX, VALIDATORS_MAX, WATCHED_MINUTES_MIN } from '../base/limits.ts';
import type { Rule, Rules } from '../codec/rules.ts';

/** The chain's numbers, in the order in which `rules.token` lists them; an empty list stands for the defaults. */
export interface AwardNumbers {
  /** Members who must attest a day, and whose word for its uptime is taken: the least that so many say. */
  readonly attesters: number;
  /** Of these, how many at most whom one federation member let in: a lineage is one voice, however many identities it has. */
  readonly perSponsor: number;
  /** Days served in a row before one can win. A day missed, or of many restarts, begins anew. */
  readonly streakDays: number;
  /** Percent of a day that it must have been up. */
  readonly percent: number;
  /** KiB that it must have carried for a member in a day. */
  readonly kib: number;
  /** A day of weight w wins once in odds / w, while no token is unspent; each doubles it. */
  readonly odds: number;
  /** Unspent tokens at one time. */
  readonly tokens: number;
}

/** A fortnight's work in a group of a dozen, where a seat is free. */
export const AWARD_DEFAULTS: AwardNumbers = { attesters: 3, perSponsor: 2, streakDays: 7, percent: 90, kib: 0, odds: 32, tokens: 4 };

const NAMES = ['attesters', 'perSponsor', 'streakDays', 'percent', 'kib', 'odds', 'tokens'] as const satisfies (keyof AwardNumbers)[];

/** What each may be: from, to. */
const RANGES: Readonly<Record<keyof AwardNumbers, readonly [number, number]>> = {
  attesters: [1, LOT_WEIGHT_MAX],
  perSponsor: [1, LOT_WEIGHT_MAX],
  streakDays: [1, SERVICE_DAYS_MAX],
  percent: [1, 100],
  kib: [0, 1024 * 1024],
  odds: [1, 1_000_000],
  tokens: [1, VALIDATORS_MAX],
};

/** The numbers as the rules list them. */
export function awardNumbersList(numbers: AwardNumbers): readonly number[] {
  return NAMES.map((name) => numbers[name]);
}

export function awardNumbers({ token }: Pick<Rules, 'token'>): AwardNumbers {
  const [attesters, perSponsor, streakDays, percent, kib, odds, tokens] = token;
  const given = { attesters, perSponsor, streakDays, percent, kib, odds, tokens };
  const whole = { ...AWARD_DEFAULTS };
  for (const name of NAMES) whole[name] = given[name] ?? AWARD_DEFAULTS[name];
  return whole;
}

/** What is wrong with a chain's numbers, in words. */
export function awardProblem({ token }: Pick<Rules, 'token'>): string | undefined {
  if (token.length !== 0 && token.length !== NAMES.length) return `joining tokens take ${NAMES.length} numbers, or none`;
  const numbers = awardNumbers({ token });
  const wrong = NAMES.find((name) => numbers[name] < RANGES[name][0] || numbers[name] > RANGES[name][1]);
  return wrong === undefined ? undefined : `joining tokens: ${wrong} is from ${RANGES[wrong][0]} to ${RANGES[wrong][1]}`;
}

/** A member's word for a day; `sponsor` names the lineage that it speaks for. */
export interface Attested {
  readonly sponsor: string;
  /** Minutes in which the member would have used the relay, and those in which it could. */
  readonly watched: number;
  readonly minutes: number;
  readonly breaks: number;
  readonly kib: number;
}

/** What a day was: percent of it that counts as uptime, and what it weighs in the draw; 0 if it was not served. */
export interface DayServed {
  readonly percent: number;
  readonly weight: number;
}

/** Whom many restarts cut off attests nothing. Uptime is what enough members attest at least, so that few who lie change little either way. */
export function dayServed(numbers: AwardNumbers, receipts: readonly Attested[]): DayServed {
  const sound = receipts.filter((one) => one.breaks <= BREAKS_FORGIVEN_MAX && one.kib >= numbers.kib && one.watched >= WATCHED_MINUTES_MIN);
  const percents = perSponsor(numbers.perSponsor, sound).map(percentOf);
  const percent = percents[numbers.attesters - 1] ?? 0;
  const served = percents.filter((one) => one >= numbers.percent).length;
  return { percent, weight: served < numbers.attesters ? 0 : Math.min(served, LOT_WEIGHT_MAX) };
}

/** Of the time in which it was wanted: nobody knows whether it was up while nobody was there. */
function percentOf({ watched, minutes }: Attested): number {
  return Math.floor((100 * Math.min(minutes, watched)) / watched);
}

/** The best of each sponsor, so many of them; the best first. */
function perSponsor(most: number, receipts: readonly Attested[]): readonly Attested[] {
  const taken = new Map<string, number>();
  return receipts
    .toSorted((a, b) => percentOf(b) - percentOf(a))
    .filter(({ sponsor }) => {
      const before = taken.get(sponsor) ?? 0;
      taken.set(sponsor, before + 1);
      return before < most;
    });
}

/** Bits of a lot that are compared: exact in a double. */
const LOT_BITS = 48;

/**
 * Whether a lot wins. The threshold doubles with each unspent token, so that tokens come more slowly than they are used.
 * Powers of two and one division: the same on every engine.
 */
export function wins(lot: Hash, weight: number, unspent: number, { odds, tokens }: AwardNumbers): boolean {
  if (unspent >= tokens) return false;
  const drawn = lot.subarray(0, LOT_BITS / 8).reduce((number, byte) => number * 256 + byte, 0);
  return drawn < (weight * 2 ** LOT_BITS) / (odds * 2 ** unspent);
}

/** Whether a joining token is among what the rule asks for. */
export function asksToken(rule: Rule): boolean {
  return rule.type === 'token' || ((rule.type === 'allOf' || rule.type === 'anyOf') && rule.rules.some(asksToken));
}
