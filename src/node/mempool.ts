/**
 * Transactions that wait for a block, with their bodies. Bounded in number and bytes, per sender too; what does not fit
 * is refused with a typed reason, so that a writer knows and tries again.
 */
import { toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import type { PublicKey } from '../core/base/key.ts';
import { MEMPOOL_BYTES_MAX, MEMPOOL_PER_SENDER_MAX, MEMPOOL_TRANSACTIONS_MAX } from '../core/base/limits.ts';
import type { Refusal } from '../core/base/result.ts';
import type { Transaction } from '../core/codec/transaction.ts';
import type { Verified } from '../core/membership/verified.ts';

export interface Waiting {
  readonly transaction: Verified<Transaction>;
  readonly bodies: readonly Uint8Array[];
  /** When it came here, ms. */
  readonly since: number;
  /** Session that brought it, to be told if it is refused; `undefined` for our own. */
  readonly from: number | undefined;
}

export class Mempool {
  readonly #byId = new Map<string, Waiting>();
  readonly #perSender = new Map<string, number>();
  #bytes = 0;

  get size(): number {
    return this.#byId.size;
  }

  /** What has waited for longest. */
  get oldest(): Waiting | undefined {
    return this.#byId.values().next().value;
  }

  get(id: Hash): Waiting | undefined {
    return this.#byId.get(toHex(id));
  }

  has(id: Hash): boolean {
    return this.#byId.has(toHex(id));
  }

  /** By the hexadecimal of an id. */
  hasHex(id: string): boolean {
    return this.#byId.has(id);
  }

  /** Adds one that is not there yet; says why if there is no room. */
  add(waiting: Waiting): Refusal | undefined {
    const id = toHex(waiting.transaction.id);
    if (this.#byId.has(id)) return undefined;
    const sender = toHex(waiting.transaction.unsigned.sender);
    const ofSender = this.#perSender.get(sender) ?? 0;
    const bytes = bytesOf(waiting);
    if (this.#byId.size >= MEMPOOL_TRANSACTIONS_MAX || this.#bytes + bytes > MEMPOOL_BYTES_MAX || ofSender >= MEMPOOL_PER_SENDER_MAX) {
      return { code: 'too-many-pending', detail: `${this.#byId.size} transactions wait for a block, ${ofSender} of this sender` };
    }
    this.#byId.set(id, waiting);
    this.#perSender.set(sender, ofSender + 1);
    this.#bytes += bytes;
    return undefined;
  }

  remove(id: Hash): void {
    const key = toHex(id);
    const waiting = this.#byId.get(key);
    if (waiting === undefined) return;
    this.#byId.delete(key);
    this.#bytes -= bytesOf(waiting);
    const sender = toHex(waiting.transaction.unsigned.sender);
    const left = (this.#perSender.get(sender) ?? 1) - 1;
    if (left === 0) this.#perSender.delete(sender);
    else this.#perSender.set(sender, left);
  }

  /** Everything that waits, in order of arrival. */
  all(): readonly Waiting[] {
    return [...this.#byId.values()];
  }

  /** Everything that waits, in order of arrival, but each sender's own in the order of its sequence. */
  inOrder(): readonly Waiting[] {
    const bySender = new Map<string, Waiting[]>();
    const order = [...this.#byId.values()];
    for (const waiting of order) {
      const sender = toHex(waiting.transaction.unsigned.sender);
      const list = bySender.get(sender);
      if (list === undefined) bySender.set(sender, [waiting]);
      else list.push(waiting);
    }
    for (const list of bySender.values()) list.sort((a, b) => a.transaction.unsigned.sequence - b.transaction.unsigned.sequence);
    const next = new Map<string, number>();
    return order.map((waiting) => {
      const sender = toHex(waiting.transaction.unsigned.sender);
      const at = next.get(sender) ?? 0;
      next.set(sender, at + 1);
      return bySender.get(sender)?.[at] ?? waiting;
    });
  }

  /** What waits of one sender. */
  of(sender: PublicKey): readonly Waiting[] {
    const key = toHex(sender);
    if (!this.#perSender.has(key)) return [];
    return [...this.#byId.values()].filter(({ transaction }) => toHex(transaction.unsigned.sender) === key);
  }
}

function bytesOf({ transaction, bodies }: Waiting): number {
  return bodies.reduce((total, body) => total + body.length, transaction.bytes.length);
}
