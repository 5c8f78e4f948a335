/**
 * Where this device stands in its chain: a member, suspended for a while, or out, and by whose wish. It is read from final
 * state; who was away when it was put out has the proof that those give who will not talk to it any more, or their word.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import type { PublicKey } from '../core/base/key.ts';
import type { RefusalCode } from '../core/base/result.ts';
import type { Member } from '../core/codec/records.ts';
import type { Transaction } from '../core/codec/transaction.ts';
import { actorOf, rolesWithin } from '../core/membership/facts.ts';
import { proposalAgainst, type ShutOut, type ShuttingOut, shuttingOut } from './farewell.ts';
import type { Ledger } from './ledger.ts';
import { readOwn, STANDING, writeOwn } from './own-row.ts';
import type { Clock } from './ports.ts';

export type Standing =
  | { readonly type: 'member' }
  /** `decision`: who decided it, when and why; `undefined` where the record has forgotten. */
  | { readonly type: 'suspended'; readonly until: number; readonly decision: ShuttingOut | undefined }
  /** Its last role was withdrawn: it is let in again once it has another. */
  | { readonly type: 'roleless'; readonly decision: ShuttingOut | undefined }
  | { readonly type: 'removed'; readonly decision: ShuttingOut | undefined }
  /** By its own wish. */
  | { readonly type: 'left' }
  /** The member goes on under another key, or without this device. */
  | { readonly type: 'replaced' }
  /** Others say that it is out, or suspended; neither the blocks that show it nor a proof have come here. */
  | { readonly type: 'shut-out'; readonly code: RefusalCode };

/** A machine that starts answers the next time. */
const SILENCES_TELLING = 3;

export class OwnStanding {
  readonly #ledger: Ledger;
  readonly #nodeKey: PublicKey;
  readonly #clock: Clock;
  #wished = false;
  #told: RefusalCode | undefined;
  #proved: ShutOut | undefined;
  #silences = 0;

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
    const isSuspended = suspendedUntil !== undefined && suspendedUntil > this.#clock.now();
    if (isSuspended) return { type: 'suspended', until: suspendedUntil, decision: this.#decision(actor.id, actor.member) };
    if (rolesWithin(roles, actor.device.roleMask).length === 0)
      return { type: 'roleless', decision: this.#decision(actor.id, actor.member) };
    if (this.#told === undefined) return { type: 'member' };
    return this.#proved === undefined ? { type: 'shut-out', code: this.#told } : standingOf(this.#proved);
  }

  #gone(): Standing {
    const { state } = this.#ledger;
    const retired = state.get('retired', this.#nodeKey);
    const member = retired === undefined ? undefined : state.get('member', retired.member);
    if (member?.left === false) return { type: 'replaced' };
    if (this.#wished) return { type: 'left' };
    return { type: 'removed', decision: retired && member && this.#decision(retired.member, member) };
  }

  #decision(id: Hash, member: Member): ShuttingOut | undefined {
    const record = proposalAgainst(this.#ledger.state, id, member)?.record;
    return record && shuttingOut(record, record.reason && this.#ledger.name(record.reason));
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

  /** What a peer gave along with its refusal proves that we are out. */
  proved(shutOut: ShutOut): void {
    this.#proved = shutOut;
  }

  /** A peer was reached and would not answer; true if that tells something that was not known. */
  unanswered(): boolean {
    this.#silences += 1;
    return this.#silences === SILENCES_TELLING;
  }

  /** Whether those who are reached keep silent: they ask for a network key that this device does not have, or lost the chain. */
  get meetsSilence(): boolean {
    return this.#silences >= SILENCES_TELLING;
  }

  /** Somebody lets us in. */
  letIn(): void {
    this.#silences = 0;
    this.#told = undefined;
    this.#proved = undefined;
  }
}

function standingOf({ type, until, decision }: ShutOut): Standing {
  return type === 'suspended' ? { type, until: until ?? 0, decision } : { type, decision };
}
