/**
 * Long values in IndexedDB, cut into pieces.
 *
 * Chromium writes a value of over 64 KiB into a file of its own: 40 rows of 69 kB took 140 ms instead of 55, most of it in
 * the page's own thread. In the tables that hold a chain's bulk, a row keeps the length of such a value, and its pieces lie
 * in a table of ours under (table, key, number). They are written and read in the transaction of their row.
 */
import type { StoreKey, Table } from '../node/ports.ts';
import { requestResult } from './indexed-db.ts';
import { storageFailure } from './space-rules.ts';

export const PIECES = 'pieces';
/** With what the browser writes around it, below its 64 KiB. */
const PIECE_BYTES = 60 * 1024;
const CUT: ReadonlySet<Table> = new Set<Table>(['bundles', 'bodies', 'headers', 'tail']);

/** The stores that a read of a table needs. */
export function storesOf(table: Table): readonly string[] {
  return CUT.has(table) ? [table, PIECES] : [table];
}

/** Puts a value at once: it is copied before this returns. */
export function putValue(transaction: IDBTransaction, table: Table, key: StoreKey, value: Uint8Array): void {
  const store = transaction.objectStore(table);
  deletePieces(transaction, table, key, key);
  if (value.length <= PIECE_BYTES || !CUT.has(table)) {
    store.put(own(value), key);
    return;
  }
  store.put(value.length, key);
  const pieces = transaction.objectStore(PIECES);
  for (let from = 0; from < value.length; from += PIECE_BYTES) pieces.put(value.slice(from, from + PIECE_BYTES), [table, key, from]);
}

/** The browser copies all of the memory that a view looks into. */
function own(value: Uint8Array): Uint8Array {
  return value.byteLength === value.buffer.byteLength ? value : value.slice();
}

/** Removes the pieces of the rows from one key to another. */
export function deletePieces(transaction: IDBTransaction, table: Table, from: StoreKey, to: StoreKey): void {
  if (CUT.has(table)) transaction.objectStore(PIECES).delete(piecesOf(table, from, to));
}

/** An empty list comes after every number, so that this ends after the last piece of the last row. */
function piecesOf(table: Table, from: StoreKey, to: StoreKey): IDBKeyRange {
  return IDBKeyRange.bound([table, from], [table, to, []]);
}

/** The value of a row as it was put; `stored` is what the row holds. */
export async function wholeValue(transaction: IDBTransaction, table: Table, key: StoreKey, stored: unknown): Promise<Uint8Array> {
  if (stored instanceof Uint8Array) return stored;
  if (typeof stored !== 'number' || !CUT.has(table)) throw storageFailure('storage-corrupt', 'a value is not bytes');
  const pieces: readonly unknown[] = await requestResult(transaction.objectStore(PIECES).getAll(piecesOf(table, key, key)));
  return joined(pieces, stored);
}

function joined(pieces: readonly unknown[], length: number): Uint8Array {
  const parts = pieces.filter((piece) => piece instanceof Uint8Array);
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  if (total !== length || parts.length !== pieces.length) throw storageFailure('storage-corrupt', `${total} of ${length} bytes of a value`);
  const value = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    value.set(part, at);
    at += part.length;
  }
  return value;
}
