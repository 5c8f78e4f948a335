/**
 * Reading the log of a chain from this device's copy, the newest first: a page at a time, of all transactions or of those that
 * are looked for. At most `SCANNED_MAX` leaves are looked through in one go, so that whoever reads can show how far it is,
 * and stop; nothing is held beyond a page.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { BUNDLE_LEAVES } from '../core/base/limits.ts';
import { RefusalError, unwrap } from '../core/base/result.ts';
import { blockIdOf, type Header } from '../core/codec/block.ts';
import { memberIdOf } from '../core/codec/records.ts';
import { type Action, bodiesOf, decodeTransaction, type Transaction } from '../core/codec/transaction.ts';
import { memberOfKey } from '../core/membership/facts.ts';
import type { Ledger } from './ledger.ts';
import type { LedgerLeaf } from './ledger-bundles.ts';

/** Leaves looked through in one call: well under a second's work. */
const SCANNED_MAX = 16 * BUNDLE_LEAVES;
/** Digits of an id that tell it from others. */
export const ID_DIGITS_MIN = 8;

/** `genesis`: leaf 0, which is no transaction. */
export type LogKind = Action['type'] | 'genesis';

export interface LogQuery {
  /** Leaves below this index alone; the end of the log unless said. */
  readonly before?: number;
  readonly limit: number;
  /** Signed by this member's keys. */
  readonly member?: Hash;
  readonly kinds?: readonly LogKind[];
  /** How the id of a transaction, of its block or of one of its bodies begins, in lower-case hexadecimal. */
  readonly id?: string;
}

/** The block in which a leaf became final. */
export interface LogBlock {
  readonly id: Hash;
  readonly height: number;
  readonly time: number;
  /** Transactions in it. */
  readonly count: number;
}

export interface LogItem {
  readonly index: number;
  readonly block: LogBlock;
  /** Whose key signed; `undefined` for the genesis, which its founders signed. */
  readonly member: Hash | undefined;
  /** `undefined`: the genesis. */
  readonly transaction: Transaction | undefined;
  readonly bodies: LedgerLeaf['bodies'];
}

export interface LogPage {
  /** Newest first. */
  readonly items: readonly LogItem[];
  /** Where to go on: leaves below this index were not looked at; 0 once all were that can match. */
  readonly next: number;
}

/** A page of what matches. Throws `malformed` for an id that is none, `not-available` where the history is not here yet. */
export async function readLog(ledger: Ledger, query: LogQuery): Promise<LogPage> {
  if (query.id !== undefined && !(query.id.length >= ID_DIGITS_MIN && /^[0-9a-f]{1,64}$/.test(query.id)))
    throw new RefusalError({ code: 'malformed', detail: `an id is ${ID_DIGITS_MIN} to 64 digits of 0 to 9 and a to f` });
  return new Reading(ledger, query).page();
}

class Reading {
  readonly #ledger: Ledger;
  readonly #query: LogQuery;
  readonly #found: LogItem[] = [];
  #block: { readonly header: Header; readonly from: number; readonly block: LogBlock } | undefined;

  constructor(ledger: Ledger, query: LogQuery) {
    this.#ledger = ledger;
    this.#query = query;
  }

  async page(): Promise<LogPage> {
    const start = Math.min(this.#query.before ?? Number.MAX_SAFE_INTEGER, this.#ledger.tip.header.logSize);
    let next = start;
    while (next > 0 && start - next < SCANNED_MAX && this.#found.length < this.#query.limit) {
      const stopped = await this.#bundle(next);
      if (stopped === next) break; // History is still being copied: what was found above is shown.
      next = stopped;
    }
    return { items: this.#found, next };
  }

  /** Looks through what a bundle has below `to`, from its end; gives back where it stopped. */
  async #bundle(to: number): Promise<number> {
    const from = Math.floor((to - 1) / BUNDLE_LEAVES) * BUNDLE_LEAVES;
    const leaves = await this.#ledger.leaves(from, to);
    for (let index = to - 1; index >= from; index--) {
      const leaf = leaves.at(index - to);
      if (leaf?.index !== index) {
        if (this.#found.length === 0) throw notHere(index);
        return index + 1;
      }
      const item = await this.#item(leaf);
      if (this.#matches(item)) this.#found.push(item);
      if (this.#isAll(item)) return 0;
      if (this.#found.length === this.#query.limit) return index;
    }
    return from;
  }

  async #item({ index, bytes, bodies }: LedgerLeaf): Promise<LogItem> {
    const block = await this.#blockOf(index);
    if (index === 0) return { index, block, member: undefined, transaction: undefined, bodies };
    const transaction = unwrap(decodeTransaction(bytes));
    const { sender } = transaction.unsigned;
    const { chain, state } = this.#ledger;
    return { index, block, member: memberOfKey(state, sender) ?? memberIdOf(chain, sender), transaction, bodies };
  }

  async #blockOf(index: number): Promise<LogBlock> {
    if (this.#block !== undefined && index >= this.#block.from && index < this.#block.header.logSize) return this.#block.block;
    const header = await this.#ledger.headerOfLeaf(index);
    if (header === undefined) throw notHere(index);
    const before = header.height === 0 ? undefined : await this.#ledger.history.header(header.height - 1);
    const { height, time, logSize } = header;
    const from = before?.logSize ?? 0;
    const block = { id: blockIdOf(header), height, time, count: logSize - from };
    this.#block = { header, from, block };
    return block;
  }

  #matches({ block, member, transaction }: LogItem): boolean {
    const { member: wanted, kinds, id } = this.#query;
    if (kinds !== undefined && !kinds.includes(transaction?.unsigned.action.type ?? 'genesis')) return false;
    if (wanted !== undefined && !(member === undefined ? this.#founded(wanted) : equal(member, wanted))) return false;
    return id === undefined || this.#idsOf(block, transaction).some((one) => toHex(one).startsWith(id));
  }

  /** Of a whole id there is one transaction, or one block, whose first leaf is reached last; a body may be named again. */
  #isAll({ index, block, transaction }: LogItem): boolean {
    const { id } = this.#query;
    if (id === undefined || this.#found.at(-1)?.index !== index) return false;
    if (transaction !== undefined && toHex(transaction.id) === id) return true;
    return index === this.#block?.from && toHex(block.id) === id;
  }

  #founded(wanted: Hash): boolean {
    const { chain, genesis } = this.#ledger;
    return genesis.founders.some(({ node }) => equal(memberIdOf(chain, node), wanted));
  }

  #idsOf(block: LogBlock, transaction: Transaction | undefined): readonly Uint8Array[] {
    if (transaction === undefined) return [block.id, this.#ledger.chain];
    return [block.id, transaction.id, ...bodiesOf(transaction.unsigned.action).map(({ hash }) => hash)];
  }
}

function notHere(index: number): RefusalError {
  return new RefusalError({ code: 'not-available', detail: `leaf ${index} is not here yet` });
}
