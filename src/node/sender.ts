/** Brings what the outbox holds to the chain: signs, offers, and offers again until it is final or refused for good. */
import type { Hash } from '../core/base/hash.ts';
import { type RefusalCode, RefusalError } from '../core/base/result.ts';
import type { Action, Transaction } from '../core/codec/transaction.ts';
import type { Verified } from '../core/membership/verified.ts';
import { RETRIED } from './intake.ts';
import type { Mempool, Waiting } from './mempool.ts';
import type { Outbox, OutboxItem } from './outbox.ts';
import type { Clock } from './ports.ts';

export interface NewAction {
  readonly action: Action;
  /** In the order of `bodiesOf`. */
  readonly bodies: readonly Uint8Array[];
}

export interface SenderPorts {
  readonly outbox: Outbox;
  readonly mempool: Mempool;
  readonly clock: Clock;
  /** Sequence of this device in finalised state; `undefined` while it is no member's. */
  finalSequence(): number | undefined;
  /** Whether all of the chain that there is seems to be here. */
  isLevel(): boolean;
  /** Sends one on its way, to peers and to this device's own validator. */
  spread(item: Waiting): void;
  changed(): void;
}

/** All of it runs in the node's queue. */
export class Sender {
  readonly #ports: SenderPorts;

  constructor(ports: SenderPorts) {
    this.#ports = ports;
  }

  async submit(actions: readonly NewAction[]): Promise<readonly OutboxItem[]> {
    const sequence = this.#ports.finalSequence();
    if (sequence === undefined) throw new RefusalError({ code: 'not-a-member', detail: 'this device is not a member of the chain' });
    const items = await this.#ports.outbox.add(actions, sequence);
    for (const item of items) this.#offer(item);
    this.#ports.changed();
    return items;
  }

  async dismiss(id: Hash): Promise<void> {
    await this.#ports.outbox.dismiss(id);
    this.#ports.changed();
  }

  /** Offers everything that waits and is not in the pool: at the start, and now and then after. */
  async takeUp(): Promise<void> {
    await this.renew();
    const passed = this.#ports.finalSequence() ?? 0;
    for (const item of this.#ports.outbox.items()) {
      const { id, unsigned } = item.transaction;
      if (item.refused === undefined && unsigned.sequence > passed && !this.#ports.mempool.has(id)) this.#offer(item);
    }
  }

  /** Peers hold these: what is ours among them, from before an older disk was put back, need not be signed anew. */
  async takeBack(transactions: readonly Verified<Transaction>[]): Promise<void> {
    for (const { transaction } of await this.#ports.outbox.takeBack(transactions)) this.#ports.mempool.remove(transaction.id);
  }

  /** Signs again what expired or was passed over, and offers that. Every final block up to now must have been looked through. */
  async renew(): Promise<void> {
    const { outbox, mempool } = this.#ports;
    const sequence = this.#ports.finalSequence();
    if (sequence === undefined) return;
    const before = new Map(outbox.items().map(({ row, transaction }) => [row, transaction.id]));
    for (const item of await outbox.renew(sequence, this.#ports.isLevel())) {
      const old = before.get(item.row);
      if (old !== undefined) mempool.remove(old);
      this.#offer(item);
    }
  }

  /** The chain, or a validator, refuses one: believed for good only where trying again could not help. */
  async refused(id: Hash, code: RefusalCode): Promise<void> {
    if (RETRIED.has(code)) return this.renew();
    this.#ports.mempool.remove(id);
    await this.#ports.outbox.refuse(id, code);
    this.#ports.changed();
  }

  /** Puts one into the pool and sends it. What finds no room stays in the outbox and is offered again later. */
  #offer({ transaction, bodies }: OutboxItem): void {
    const waiting = { transaction, bodies, since: this.#ports.clock.now(), from: undefined };
    if (this.#ports.mempool.add(waiting) === undefined) this.#ports.spread(waiting);
  }
}
