/** What relays of a chain serve and earn, as commands tell it: plain JSON, and the same said in lines. */
import { toHex } from '../../src/core/base/bytes.ts';
import type { Chain } from '../../src/node/chain.ts';
import type { RelayInfo } from '../../src/node/relay-work.ts';
import { untilFinal } from './chain-actions.ts';
import { timeView } from './desk-views.ts';

export interface EarningView {
  readonly chain: string;
  /** Joining tokens that nobody has spent, seats for which none is out, and the days in a row that a day must follow to win one. */
  readonly unspent: number;
  readonly placesFree: number;
  readonly streakDays: number;
  readonly relays: readonly {
    readonly id: string;
    readonly name: string;
    readonly you: boolean;
    readonly active: boolean;
    /** Percent of each day, the latest first. */
    readonly uptime: readonly number[];
    readonly streak: number;
    readonly circuits: number;
    readonly kib: number;
    /** When its token lapses; `null` without one. */
    readonly token: string | null;
    /** `validates`: for as long as it does. */
    readonly eligible: string | null;
  }[];
}

export interface SpentAnswer {
  readonly chain: string;
  readonly final: boolean;
}

export function earningOf(chain: Chain): EarningView {
  const { numbers, unspent, placesFree } = chain.relaying.award();
  return { chain: chain.name, unspent, placesFree, streakDays: numbers.streakDays, relays: chain.relaying.relays().map(relayView) };
}

function relayView({ relay, tokenUntil, eligibleUntil, ...work }: RelayInfo): EarningView['relays'][number] {
  const until = eligibleUntil === undefined ? null : Number.isFinite(eligibleUntil) ? timeView(eligibleUntil) : 'validates';
  return {
    ...work,
    id: toHex(relay.id),
    name: relay.name,
    you: relay.you,
    token: tokenUntil === undefined ? null : timeView(tokenUntil),
    eligible: until,
  };
}

/** One line a relay; none where nobody relays. */
export function earningLines({ relays, unspent, placesFree, streakDays }: EarningView): readonly string[] {
  if (relays.length === 0) return [];
  const places = `${placesFree} seats to earn, ${unspent} tokens unspent; a day wins after ${streakDays} served in a row`;
  return [places, ...relays.map(relayLine)];
}

function relayLine({ name, you, active, uptime, streak, circuits, kib, token, eligible }: EarningView['relays'][number]): string {
  const days = Math.min(uptime.length, DAYS_TOLD);
  const mean = days === 0 ? 0 : Math.round(uptime.slice(0, days).reduce((sum, one) => sum + one, 0) / days);
  const served = days === 0 ? 'nothing attested yet' : `${mean} % of the last ${days} days, ${streak} served in a row`;
  const has = token === null ? [] : [`has a joining token until ${token}`];
  const may =
    eligible === null ? [] : [eligible === 'validates' ? 'validates by a token that it spent' : `may ask to validate until ${eligible}`];
  const who = `${name}${you ? ' (this node)' : ''}${active ? '' : ' (relays no more)'}`;
  return [`${who}: ${served}; ${circuits} circuits, ${kib} KiB carried`, ...has, ...may].join('; ');
}

/** Days over which a line gives the mean. */
const DAYS_TOLD = 30;

export async function spendToken(chain: Chain): Promise<SpentAnswer> {
  return { chain: chain.name, final: await untilFinal(chain, () => chain.relaying.spendToken()) };
}
