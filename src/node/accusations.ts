/**
 * Pairs of votes that convict whoever gave them, kept until the chain has taken one up: brought at once, and again after
 * whatever kept them from getting there. Others may be first, which is as good. At most one of each vote key that has a seat
 * or had one.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import { MINUTE_MS, VALIDATORS_MAX } from '../core/base/limits.ts';
import type { Action } from '../core/codec/transaction.ts';
import type { Vote } from '../core/codec/vote.ts';
import { seatOf } from '../core/membership/former-seats.ts';
import type { Ledger } from './ledger.ts';
import type { OutboxItem } from './outbox.ts';
import type { Clock } from './ports.ts';

/** All seats of the epoch in force and of the one before. */
const ACCUSATIONS_MAX = 2 * VALIDATORS_MAX;
/** What the chain refused, for whatever reason but that it knows already, is brought again no sooner. */
const BRING_AGAIN_AFTER_MS = 1 * MINUTE_MS;

export interface AccusationsPorts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** This device's own transactions that are not final yet. */
  outbox(): readonly OutboxItem[];
  submit(action: Action): Promise<void>;
}

interface Accusation {
  readonly first: Vote;
  readonly second: Vote;
  broughtAt: number;
}

/** All of it runs in the node's queue. */
export class Accusations {
  readonly #ports: AccusationsPorts;
  /** By the hexadecimal of the vote key. */
  readonly #open = new Map<string, Accusation>();

  constructor(ports: AccusationsPorts) {
    this.#ports = ports;
  }

  add(first: Vote, second: Vote): void {
    const key = seatOf(this.#ports.ledger.state, first)?.vote;
    if (key === undefined || this.#open.has(toHex(key)) || this.#open.size >= ACCUSATIONS_MAX) return;
    this.#open.set(toHex(key), { first, second, broughtAt: Number.NEGATIVE_INFINITY });
  }

  /** Brings what the chain does not know yet. Durable here when it settles. */
  async bring(): Promise<void> {
    const now = this.#ports.clock.now();
    for (const [name, accusation] of this.#open) {
      const { first, second, broughtAt } = accusation;
      if (this.#isSettled(first)) this.#open.delete(name);
      else if (now - broughtAt >= BRING_AGAIN_AFTER_MS && !this.#isUnderWay(first)) {
        await this.#ports.submit({ type: 'evidence', first, second });
        accusation.broughtAt = now;
      }
    }
  }

  /** Convicted, or of an epoch that is too long ago. */
  #isSettled(vote: Vote): boolean {
    const { state } = this.#ports.ledger;
    const seat = seatOf(state, vote);
    return seat === undefined || state.get('retired', seat.vote) !== undefined;
  }

  #isUnderWay({ subject, seat }: Vote): boolean {
    return this.#ports.outbox().some(({ transaction: { unsigned }, refused }) => {
      if (unsigned.action.type !== 'evidence' || refused !== undefined) return false;
      const { first } = unsigned.action;
      return first.seat === seat && first.subject.epoch === subject.epoch && equal(first.subject.chain, subject.chain);
    });
  }
}
