/**
 * The outbox: this device's own transactions that are not final yet, durable from the moment the person wrote them.
 *
 * A transaction that expired is signed again under the same sequence, so that at most one of the two can enter; under a
 * new sequence only when the finalised sequence has passed it without its id (DESIGN §4). So an entry enters exactly once.
 *
 * The disk may be an older one, put back: what lies on it was signed anew since, under a sequence that it does not know. So
 * that is done only once all of the chain is here, and whatever says the same under any sequence is the same: a body's salt
 * makes an entry unlike any other.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { OUTBOX_MAX } from '../core/base/limits.ts';
import { type RefusalCode, RefusalError } from '../core/base/result.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { OUTBOX_ROW_BYTES_MAX, outboxRow } from '../core/codec/stored.ts';
import { type Action, action, decodeTransaction, encodeUnsigned, type Transaction } from '../core/codec/transaction.ts';
import { asVerified, type Verified } from '../core/membership/verified.ts';
import type { Clock, Signer, Space, WriteOperation } from './ports.ts';
import { makeTransaction } from './writing.ts';

export interface OutboxItem {
  /** Row in the table; keeps the order in which things were written. */
  readonly row: number;
  readonly transaction: Verified<Transaction>;
  readonly bodies: readonly Uint8Array[];
  /** When the person wrote it, ms. */
  readonly made: number;
  /** Why it cannot enter, if it cannot; it stays until the person dismisses it. */
  readonly refused: RefusalCode | undefined;
}

export class Outbox {
  readonly #space: Space;
  readonly #signer: Signer;
  readonly #clock: Clock;
  readonly #chain: Hash;
  readonly #items = new Map<number, OutboxItem>();
  #nextRow = 0;

  private constructor(options: { space: Space; signer: Signer; clock: Clock; chain: Hash }) {
    this.#space = options.space;
    this.#signer = options.signer;
    this.#clock = options.clock;
    this.#chain = options.chain;
  }

  static async open(options: { space: Space; signer: Signer; clock: Clock; chain: Hash }): Promise<Outbox> {
    const outbox = new Outbox(options);
    const rows = await options.space.range('outbox', 0, Number.MAX_SAFE_INTEGER, OUTBOX_MAX);
    for (const { key, value } of rows) {
      const row = decode(outboxRow, value, OUTBOX_ROW_BYTES_MAX);
      const transaction = row.ok ? decodeTransaction(row.value.item.leaf) : row;
      if (!row.ok || !transaction.ok) throw new RefusalError({ code: 'storage-corrupt', detail: 'a row of the outbox cannot be read' });
      const { item, made, refused } = row.value;
      outbox.#items.set(Number(key), { row: Number(key), transaction: asVerified(transaction.value), bodies: item.bodies, made, refused });
      outbox.#nextRow = Number(key) + 1;
    }
    return outbox;
  }

  /** In the order in which they were written. */
  items(): readonly OutboxItem[] {
    return [...this.#items.values()];
  }

  find(id: Hash): OutboxItem | undefined {
    return this.items().find(({ transaction }) => equal(transaction.id, id));
  }

  /** Signs and keeps actions, in order, in one durable write. `after` is the sender's sequence in finalised state. */
  async add(
    actions: readonly { readonly action: Action; readonly bodies: readonly Uint8Array[] }[],
    after: number,
  ): Promise<readonly OutboxItem[]> {
    if (this.#items.size + actions.length > OUTBOX_MAX)
      throw new RefusalError({ code: 'too-many-pending', detail: `the outbox holds ${this.#items.size}` });
    const now = this.#clock.now();
    let sequence = this.#highestSequence(after);
    const items: OutboxItem[] = [];
    for (const { action, bodies } of actions) {
      sequence += 1;
      const transaction = await makeTransaction(this.#signer, { chain: this.#chain, sequence, now, action });
      items.push({ row: this.#nextRow++, transaction, bodies, made: now, refused: undefined });
    }
    await this.#write(items);
    return items;
  }

  #highestSequence(after: number): number {
    return this.items().reduce((highest, { transaction }) => Math.max(highest, transaction.unsigned.sequence), after);
  }

  /**
   * What of it is final with these transactions, each of which settles one item. One that expired may have entered all the
   * same before we signed it again, so it is known by what it says under which sequence, not by its id alone.
   */
  settledBy(transactions: readonly Transaction[]): readonly OutboxItem[] {
    const settled = new Set<OutboxItem>();
    for (const final of this.#own(transactions)) {
      const waiting = this.items().filter((item) => !settled.has(item));
      const item =
        waiting.find(({ transaction }) => saysTheSame(final, transaction)) ??
        waiting.find(({ transaction }) => doesTheSame(final, transaction));
      if (item !== undefined) settled.add(item);
    }
    return [...settled];
  }

  #own(transactions: readonly Transaction[]): readonly Transaction[] {
    return this.#items.size === 0 ? [] : transactions.filter(({ unsigned }) => equal(unsigned.sender, this.#signer.publicKey));
  }

  /**
   * Peers hold transactions of this device: what does the same as an item under a later sequence is that item, signed before
   * an older disk was put back. Gives the items as they were.
   */
  async takeBack(transactions: readonly Verified<Transaction>[]): Promise<readonly OutboxItem[]> {
    const known = (one: Transaction) => this.items().some(({ transaction }) => saysTheSame(one, transaction));
    const before: OutboxItem[] = [];
    for (const transaction of transactions) {
      if (this.#own([transaction]).length === 0 || known(transaction)) continue;
      const { sequence } = transaction.unsigned;
      const item = this.items().find((one) => one.transaction.unsigned.sequence < sequence && doesTheSame(one.transaction, transaction));
      if (item === undefined) continue;
      await this.#write([{ ...item, transaction, refused: undefined }]);
      before.push(item);
    }
    return before;
  }

  /** The writes that take items out. They belong into one write with the block that made them final: nothing may come between. */
  removals(items: readonly OutboxItem[]): readonly WriteOperation[] {
    return items.map(({ row }) => ({ type: 'delete', table: 'outbox', key: row }));
  }

  /** Lets go of items once their removals are written. */
  forget(items: readonly OutboxItem[]): void {
    for (const { row } of items) this.#items.delete(row);
  }

  /** Marks one as refused for good. */
  async refuse(id: Hash, code: RefusalCode): Promise<void> {
    const item = this.find(id);
    if (item !== undefined && item.refused === undefined) await this.#write([{ ...item, refused: code }]);
  }

  /** Takes one off for good, at the person's wish. */
  async dismiss(id: Hash): Promise<void> {
    const item = this.find(id);
    if (item === undefined) return;
    await this.#space.write(this.removals([item]), 'relaxed');
    this.forget([item]);
  }

  /**
   * Signs again what expired, and what the finalised sequence has passed if all of the chain is here (`isLevel`); returns the
   * new transactions. Only to be called when every block up to the one with that sequence was looked through by `settledBy`.
   */
  async renew(finalSequence: number, isLevel: boolean): Promise<readonly OutboxItem[]> {
    const now = this.#clock.now();
    const renewed: OutboxItem[] = [];
    let highest = this.#highestSequence(finalSequence);
    for (const item of this.items()) {
      if (item.refused !== undefined) continue;
      const { sequence, expiry, action } = item.transaction.unsigned;
      const passed = sequence <= finalSequence;
      if (passed ? !isLevel : expiry > now) continue;
      if (passed) highest += 1;
      const next = { chain: this.#chain, sequence: passed ? highest : sequence, now, action };
      renewed.push({ ...item, transaction: await makeTransaction(this.#signer, next) });
    }
    await this.#write(renewed);
    return renewed;
  }

  async #write(items: readonly OutboxItem[]): Promise<void> {
    if (items.length === 0) return;
    await this.#space.write(
      items.map(({ row, transaction, bodies, made, refused }) => ({
        type: 'put',
        table: 'outbox',
        key: row,
        value: encode(outboxRow, { item: { leaf: transaction.bytes, bodies }, made, refused }),
      })),
      'strict',
    );
    for (const item of items) this.#items.set(item.row, item);
  }
}

/** Whether two transactions of one sender differ in their expiry at most. */
function saysTheSame(a: Transaction, b: Transaction): boolean {
  return equal(encodeUnsigned({ ...a.unsigned, expiry: b.unsigned.expiry }), b.unsignedBytes);
}

/** Whether they differ in their sequence too. */
function doesTheSame(a: Transaction, b: Transaction): boolean {
  return a.unsigned.action.type === b.unsigned.action.type && equal(encode(action, a.unsigned.action), encode(action, b.unsigned.action));
}
