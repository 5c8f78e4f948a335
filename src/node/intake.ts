/**
 * What comes into the pool and what goes out of it again: a peer's transaction is checked in full before anything is spent
 * on it, and what a new block made impossible is dropped, with whoever brought it told why.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import type { RefusalCode } from '../core/base/result.ts';
import { bodyRefOf } from '../core/codec/body.ts';
import type { Carried } from '../core/codec/session-message.ts';
import { type Action, bodiesOf, decodeTransaction, type Transaction } from '../core/codec/transaction.ts';
import { refusalAfter } from '../core/consensus/execute.ts';
import type { Verified } from '../core/membership/verified.ts';
import type { CommittedBlock } from './committed-block.ts';
import { erasureRefusal } from './erasing.ts';
import type { Ledger } from './ledger.ts';
import type { Mempool, Waiting } from './mempool.ts';
import type { Clock, Session } from './ports.ts';
import { isInside } from './session-access.ts';
import type { Verification } from './verification.ts';

/** What taking in asks of the node around it. */
export interface IntakePorts {
  readonly ledger: Ledger;
  readonly mempool: Mempool;
  readonly verification: Verification;
  readonly clock: Clock;
  sessions(): readonly Session[];
  /** True if the chain was forked: nothing is taken in any more. */
  isForked(): boolean;
  /** Tells a peer why its transaction is not taken. */
  refuse(session: Session, id: Hash, code: RefusalCode): void;
  /** One of this device's own is refused. */
  ownRefused(id: Hash, code: RefusalCode): void;
}

interface Fresh {
  readonly transaction: Transaction;
  readonly bodies: readonly Uint8Array[];
}

/** All of it runs in the node's queue. */
export class Intake {
  readonly #ports: IntakePorts;

  constructor(ports: IntakePorts) {
    this.#ports = ports;
  }

  /** Takes in what a peer sent: checks all of it, tells the peer what was refused, gives what is new in the pool. */
  async receive(session: Session, items: readonly Carried[]): Promise<readonly Waiting[]> {
    const { ledger, verification } = this.#ports;
    if (this.#ports.isForked()) return this.#turnAway(session, items);
    const fresh = this.#readable(session, items);
    const transactions = fresh.map(({ transaction }) => transaction);
    const verdicts = fresh.length === 0 ? [] : await verification.transactions(transactions, ledger.state, 'message');
    const unfit = await Promise.all(transactions.map((one) => erasureRefusal(ledger, one)));
    return fresh.flatMap(({ transaction, bodies }, i) => {
      const verdict = verdicts[i];
      if (verdict === undefined) return [];
      const taken = verdict.ok ? (unfit[i] ?? this.#admit(session, verdict.value, bodies)) : verdict.refusal.code;
      if (typeof taken !== 'string') return [taken];
      this.#ports.refuse(session, transaction.id, taken);
      return [];
    });
  }

  /** Members hear of the fork, and keep what they wrote; a newcomer would wait for ever for an answer. */
  #turnAway(session: Session, items: readonly Carried[]): readonly Waiting[] {
    if (isInside(session.access)) return [];
    for (const { leaf } of items) {
      const transaction = decodeTransaction(leaf);
      if (transaction.ok) this.#ports.refuse(session, transaction.value.id, 'conflicting-block');
    }
    return [];
  }

  #readable(session: Session, items: readonly Carried[]): readonly Fresh[] {
    const fresh: Fresh[] = [];
    for (const { leaf, bodies } of items) {
      const transaction = decodeTransaction(leaf);
      // A peer of a later version may know more actions; anything else that cannot be read is no honest peer's.
      if (!transaction.ok && transaction.refusal.code !== 'unknown-action') {
        session.close(transaction.refusal.code);
        return [];
      }
      if (!transaction.ok || this.#ports.mempool.has(transaction.value.id)) continue;
      const code = inadmissible(session, transaction.value, bodies);
      if (code === undefined) fresh.push({ transaction: transaction.value, bodies });
      else this.#ports.refuse(session, transaction.value.id, code);
    }
    return fresh;
  }

  #admit(session: Session, transaction: Verified<Transaction>, bodies: readonly Uint8Array[]): Waiting | RefusalCode {
    const refusal = this.#refusalNow(transaction);
    if (refusal !== undefined) return refusal;
    const waiting = { transaction, bodies, since: this.#ports.clock.now(), from: session.id };
    return this.#ports.mempool.add(waiting)?.code ?? waiting;
  }

  /** Whether one that waits here could enter the next block, as far as this node knows. */
  admits(id: Hash): boolean {
    const waiting = this.#ports.mempool.get(id);
    return waiting !== undefined && this.#refusalNow(waiting.transaction) === undefined;
  }

  /** Why a block made now would refuse it. By our clock: a block that is decided late may be of long ago. */
  #refusalNow(transaction: Verified<Transaction>): RefusalCode | undefined {
    return refusalAfter(this.#ports.ledger.tip, this.#ports.clock.now(), transaction)?.code;
  }

  /** Takes one out of the pool that the chain refuses, and tells whoever brought it. */
  drop(transaction: Verified<Transaction>, code: RefusalCode): void {
    const waiting = this.#ports.mempool.get(transaction.id);
    this.#ports.mempool.remove(transaction.id);
    const session = this.#ports.sessions().find(({ id }) => id === waiting?.from);
    if (session !== undefined) this.#ports.refuse(session, transaction.id, code);
    if (waiting?.from === undefined) this.#ports.ownRefused(transaction.id, code);
  }

  /** Drops what the block made impossible: passed sequences, spent invitations, what expired by its time. */
  dropOutdated({ point, transactions }: CommittedBlock): void {
    // An entry changes nothing but its sender's sequence.
    const passed = new Map(transactions.map(({ unsigned: { sender, sequence } }) => [toHex(sender), sequence]));
    const changesMembership = transactions.some(({ unsigned }) => unsigned.action.type !== 'entry');
    for (const { transaction } of this.#ports.mempool.all()) {
      const { sender, sequence, expiry } = transaction.unsigned;
      if (!changesMembership && expiry > point.header.time && sequence > (passed.get(toHex(sender)) ?? -1)) continue;
      const refusal = this.#refusalNow(transaction);
      if (refusal !== undefined) this.drop(transaction, refusal);
    }
  }

  dropExpired(): void {
    const now = this.#ports.clock.now();
    for (const { transaction } of this.#ports.mempool.all()) {
      if (transaction.unsigned.expiry <= now) this.drop(transaction, 'expired');
    }
  }
}

/** What can be said before any signature is checked: a guest may only ask to come in, and bodies are those that are named. */
export function inadmissible(
  { access, nodeKey }: Session,
  { unsigned }: Transaction,
  bodies: readonly Uint8Array[],
): RefusalCode | undefined {
  const { action, sender } = unsigned;
  if (access === 'foreign' || access === 'knocker') return 'not-a-member';
  if (access === 'guest' && (!asksToEnter(action) || !equal(sender, nodeKey))) return 'not-a-member';
  const refs = bodiesOf(action);
  if (bodies.length !== refs.length) return 'body-missing';
  const match = refs.every(({ hash, length }, i) => {
    const body = bodies[i];
    return body !== undefined && body.length === length && equal(bodyRefOf(body).hash, hash);
  });
  return match ? undefined : 'body-mismatch';
}

/** Actions of a key that is no member's yet: by a link, as one more device, or as the next key of a member. */
function asksToEnter(action: Action): boolean {
  return action.type === 'join' || action.type === 'rotate-key' || (action.type === 'link-device' && action.step.type === 'enter');
}

/** Refusals that another try may overcome: they say something of the moment, not of the transaction. */
export const RETRIED: ReadonlySet<RefusalCode> = new Set([
  'stale-sequence',
  'expired',
  'too-many-pending',
  'body-missing',
  'not-a-member',
  'unknown-sender',
  'suspended',
  'slow-down',
]);
