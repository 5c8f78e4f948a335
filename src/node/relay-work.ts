/** What relays of a chain have earned, and spending it, as an embedding developer sees it. */
import { asHash, type Hash } from '../core/base/hash.ts';
import { awardsOf } from '../core/membership/awards.ts';
import { rulesOf } from '../core/membership/facts.ts';
import type { State } from '../core/membership/state.ts';
import { placesFree } from '../core/membership/transitions/award.ts';
import { dayOf } from '../core/membership/transitions/serve.ts';
import { type AwardNumbers, awardNumbers } from '../core/policy/award.ts';
import type { Acting } from './acting.ts';
import type { ChainNode } from './chain-node.ts';
import { type Person, personOf } from './persons.ts';

/** A member who relays, or has earned something by it. */
export interface RelayInfo {
  readonly relay: Person;
  /** Whether it relays now. */
  readonly active: boolean;
  /** Percent of each day that members attest, the latest first. */
  readonly uptime: readonly number[];
  /** Days served in a row since its last token. */
  readonly streak: number;
  /** Circuits and KiB that members attest in all. */
  readonly circuits: number;
  readonly kib: number;
  /** When the joining token lapses that it has, ms; `undefined` without one. */
  readonly tokenUntil: number | undefined;
  /** Until when it may ask to validate, having spent one, ms; infinite for who validates by it. `undefined`: it may not. */
  readonly eligibleUntil: number | undefined;
}

/** What is asked for, and what is left. */
export interface AwardInfo {
  readonly numbers: AwardNumbers;
  /** Tokens that nobody has spent: each doubles what the next one takes. */
  readonly unspent: number;
  /** Seats for which nobody has a token, is eligible or waits; 0 where the rules ask for no token. */
  readonly placesFree: number;
}

export class RelayWork {
  readonly #node: ChainNode;
  readonly #acting: Acting;

  constructor(node: ChainNode, acting: Acting) {
    this.#node = node;
    this.#acting = acting;
  }

  get #state(): State {
    return this.#node.ledger.state;
  }

  /** Those who relay now, and whoever else has earned something by it. */
  relays(): readonly RelayInfo[] {
    const relays = [...this.#state.all('member')].filter(({ id, value }) => value.roles.includes('relay') || this.#hasEarned(id));
    return relays.flatMap(({ id }) => this.#info(asHash(id)) ?? []);
  }

  award(): AwardInfo {
    const state = this.#state;
    return { numbers: awardNumbers(rulesOf(state)), unspent: awardsOf(state).tokens.length, placesFree: placesFree(state) };
  }

  /** Receipts of yesterday that this relay has gathered so far; 0 for who is none. */
  gathered(): number {
    const { duties, ports } = this.#node;
    return duties.relaying.receipts.gathered(dayOf(ports.clock.now()) - 1);
  }

  /** Spends this member's joining token: it may ask to validate from then on. Throws `not-earned` without one. */
  async spendToken(): Promise<void> {
    await this.#acting.act({ type: 'spend-token' });
  }

  #hasEarned(id: Uint8Array): boolean {
    return (['service', 'token', 'eligibility'] as const).some((kind) => this.#state.get(kind, id) !== undefined);
  }

  #info(id: Hash | undefined): RelayInfo | undefined {
    const member = id === undefined ? undefined : this.#state.get('member', id);
    if (id === undefined || member === undefined) return undefined;
    const service = this.#state.get('service', id);
    const eligibility = this.#state.get('eligibility', id);
    return {
      relay: personOf(this.#node, id),
      active: member.roles.includes('relay') && member.suspendedUntil === undefined,
      uptime: [...(service?.uptime ?? [])].reverse(),
      streak: service?.streak ?? 0,
      circuits: service?.circuits ?? 0,
      kib: service?.kib ?? 0,
      tokenUntil: this.#state.get('token', id)?.until,
      eligibleUntil: eligibility === undefined ? undefined : (eligibility.until ?? Number.POSITIVE_INFINITY),
    };
  }
}
