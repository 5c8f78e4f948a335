/**
 * Where this device stands in its chain: a member, suspended for a while, or out, and by whose wish. It is read from final
 * state; only who was away when it was put out has nothing but the word of those who will not talk to it any more.
 */
import { equal } from '../core/base/bytes.ts';
import type { PublicKey } from '../core/base/key.ts';
import type { RefusalCode } from '../core/base/result.ts';
import type { Transaction } from '../core/codec/transaction.ts';
import { actorOf, rolesWithin } from '../core/membership/facts.ts';
import type { Ledger } from './ledger.ts';
import { readOwn, STANDING, writeOwn } from './own-row.ts';
import type { Clock } from './ports.ts';

export type Standing =
  | { readonly type: 'member' }
  | { readonly type: 'suspended'; readonly until: number }
  /** Its last role was withdrawn: it is let in again once it has another. */
  | { readonly type: 'roleless' }
  /** By its own wish, or not. */
  | { readonly type: 'left' | 'removed' }
  /** The member goes on under another key, or without this device. */
  | { readonly type: 'replaced' }
  /** Others say that it is out, or suspended; the blocks that show it have not come here. */
  | { readonly type: 'shut-out'; readonly code: RefusalCode };

export class OwnStanding {
  readonly #ledger: Ledger;
  readonly #nodeKey: PublicKey;
  readonly #clock: Clock;
  #wished = false;
  #told: RefusalCode | undefined;

  constructor(ledger: Ledger, nodeKey: PublicKey, clock: Clock) {
    this.#ledger = ledger;
    this.#nodeKey = nodeKey;
    this.#clock = clock;
  }

  async takeUp(): Promise<void> {
    this.#wished = (await readOwn(this.#ledger.space))?.standing === STANDING.left;
  }

  now(): Standing {
    const { state } = this.#ledger;
    const actor = actorOf(state, this.#nodeKey);
    if (actor === undefined) return this.#gone();
    const { roles, suspendedUntil } = actor.member;
    if (suspendedUntil !== undefined && suspendedUntil > this.#clock.now()) return { type: 'suspended', until: suspendedUntil };
    if (rolesWithin(roles, actor.device.roleMask).length === 0) return { type: 'roleless' };
    return this.#told === undefined ? { type: 'member' } : { type: 'shut-out', code: this.#told };
  }

  #gone(): Standing {
    const { state } = this.#ledger;
    const retired = state.get('retired', this.#nodeKey);
    const member = retired === undefined ? undefined : state.get('member', retired.member);
    if (member?.left === false) return { type: 'replaced' };
    return { type: this.#wished ? 'left' : 'removed' };
  }

  /** Looks whether a final block put this device out, and keeps by whose wish. True if it did. */
  async committed(transactions: readonly Transaction[]): Promise<boolean> {
    const { state, space } = this.#ledger;
    const own = await this.#goneNow();
    if (own === undefined) return false;
    this.#wished = transactions.some(({ unsigned }) => {
      const member = unsigned.action.type === 'leave' ? state.get('retired', unsigned.sender)?.member : undefined;
      return member !== undefined && equal(member, own);
    });
    const row = await readOwn(space);
    if (row !== undefined) await writeOwn(space, { ...row, standing: this.#wished ? STANDING.left : STANDING.removed });
    return true;
  }

  /** The member that this device was of, if it is not any more and was until now. */
  async #goneNow(): Promise<Uint8Array | undefined> {
    const retired = this.#ledger.state.get('retired', this.#nodeKey);
    if (retired === undefined) return undefined;
    return (await readOwn(this.#ledger.space))?.standing === STANDING.member ? retired.member : undefined;
  }

  /** A peer ended a session, or will not begin one; true if that says something of our standing. */
  refused(code: RefusalCode): boolean {
    if (code !== 'key-retired' && code !== 'suspended' && code !== 'no-roles') return false;
    this.#told = code;
    return true;
  }

  /** Somebody lets us in. */
  letIn(): void {
    this.#told = undefined;
  }
}
