/**
 * One space as one IndexedDB database.
 *
 * Dexie opens the database, keeps its version and tells its live queries, in this window and in others, what has changed.
 * Rows are written and read through the browser's own transactions, because each needs its own durability and Dexie has
 * one for a whole database. Every write opens all tables: the browser then runs writes in the order in which they began,
 * and that is the order of the calls.
 */
import { Dexie, RangeSet } from 'dexie';
import { unreachable } from '../core/base/result.ts';
import type { Durability, Space, StoreKey, Table, WriteOperation } from '../node/ports.ts';
import { deletePieces, PIECES, putValue, storesOf, wholeValue } from './dexie-pieces.ts';
import { indexedDbFailure, openedInTime, requestResult, transactionCommitted } from './indexed-db.ts';
import { checkKey, checkOperations, checkRange, storageFailure, TABLE_NAMES } from './space-rules.ts';

/** Version of the tables, as Dexie counts; the browser's own number is ten times as large. */
const FORMAT_VERSION = 1;
const NATIVE_VERSION = 10 * FORMAT_VERSION;
/** A table of our own that every strict write touches; see `write`. */
const STRICT_WRITES = 'strict-writes';
const STORES: readonly string[] = [...TABLE_NAMES, PIECES, STRICT_WRITES];
/** What one call to the browser can count. */
const ROWS_PER_CALL_MAX = 2 ** 32 - 1;

/** Opens a space's database, making it if need be. */
export async function openDexieSpace(database: string): Promise<DexieSpace> {
  const dexie = new Dexie(database, { autoOpen: false });
  dexie.version(FORMAT_VERSION).stores(Object.fromEntries(STORES.map((store) => [store, ''])));
  try {
    // Dexie would open a later version as if it knew it, and put in the tables that it misses.
    const there = (await indexedDB.databases()).find(({ name }) => name === database);
    checkVersion(database, there?.version ?? 0);
    await openedInTime(dexie.open(), () => dexie.close(), database);
    const connection = dexie.backendDB();
    if (connection.version > NATIVE_VERSION) dexie.close();
    checkVersion(database, connection.version);
    return new DexieSpace(dexie, connection);
  } catch (error) {
    throw indexedDbFailure(error, `opening ${database}`);
  }
}

function checkVersion(database: string, version: number): void {
  if (version > NATIVE_VERSION) throw storageFailure('storage-failed', `${database} was made by a later version of this program`);
}

class DexieSpace implements Space {
  readonly #dexie: Dexie;
  readonly #connection: IDBDatabase;
  readonly #pending = new Set<Promise<unknown>>();
  #ended: string | undefined;

  constructor(dexie: Dexie, connection: IDBDatabase) {
    this.#dexie = dexie;
    this.#connection = connection;
    // Another window drops the space, or a later version of the program changes its tables: let go, so that it can.
    dexie.on('versionchange', () => {
      this.#end('another window took the space over');
      return false;
    });
    // The person cleared the site's data, or the browser lost it. Not opened again unasked: the rows may be gone.
    connection.addEventListener('close', () => this.#end('the browser closed the space'));
  }

  get isOpen(): boolean {
    return this.#ended === undefined;
  }

  async get(table: Table, key: StoreKey): Promise<Uint8Array | undefined> {
    checkKey(table, key);
    return this.#run(`get from ${table}`, async () => {
      const transaction = this.#read(table);
      const stored: unknown = await requestResult(transaction.objectStore(table).get(key));
      return stored === undefined ? undefined : wholeValue(transaction, table, key, stored);
    });
  }

  async range(table: Table, from: StoreKey, to: StoreKey, limit: number): Promise<readonly { key: StoreKey; value: Uint8Array }[]> {
    checkRange(table, from, to, limit);
    return this.#run(`range of ${table}`, async () => {
      // The browser takes a limit of zero for none, and an empty range for a mistake.
      if (limit === 0 || from > to) return [];
      const transaction = this.#read(table);
      const store = transaction.objectStore(table);
      const range = IDBKeyRange.bound(from, to);
      const count = Math.min(limit, ROWS_PER_CALL_MAX);
      const [keys, values] = await Promise.all([requestResult(store.getAllKeys(range, count)), requestResult(store.getAll(range, count))]);
      const rows = keys.map(async (key, i) => {
        const own = storedKey(key);
        return { key: own, value: await wholeValue(transaction, table, own, values[i]) };
      });
      return Promise.all(rows);
    });
  }

  async write(operations: readonly WriteOperation[], durability: Durability): Promise<void> {
    checkOperations(operations);
    return this.#run(`write of ${operations.length} operations`, async () => {
      const tables = new Set(operations.map(({ table }) => table));
      const transaction = this.#connection.transaction(STORES, 'readwrite', {
        durability: durability === 'relaxed' ? 'relaxed' : 'strict',
      });
      const committed = transactionCommitted(transaction);
      try {
        // The browser copies each value before the call returns, so that the caller may go on with its own.
        for (const operation of operations) apply(transaction, operation);
        // A transaction without changes syncs nothing, and would leave earlier relaxed writes where they are.
        if (durability !== 'relaxed') transaction.objectStore(STRICT_WRITES).put(0, 0);
        transaction.commit();
      } catch (error) {
        committed.catch(() => undefined);
        transaction.abort();
        throw error;
      }
      await committed;
      this.#tellLiveQueries(tables);
    });
  }

  /** Takes nothing more, waits for what is under way and lets go of the database. */
  async close(): Promise<void> {
    this.#ended ??= 'the space is closed';
    await Promise.allSettled(this.#pending);
    this.#dexie.close();
  }

  #end(reason: string): void {
    this.#ended ??= reason;
    // Transactions under way still run to their end; the browser closes the connection after the last.
    this.#dexie.close();
  }

  #read(table: Table): IDBTransaction {
    return this.#connection.transaction(storesOf(table), 'readonly');
  }

  async #run<T>(what: string, run: () => Promise<T>): Promise<T> {
    if (this.#ended !== undefined) throw storageFailure('closed', this.#ended);
    const running = run();
    this.#pending.add(running);
    try {
      return await running;
    } catch (error) {
      throw indexedDbFailure(error, what);
    } finally {
      this.#pending.delete(running);
    }
  }

  // Whole tables: who watches a table reads it again, and keeping exact ranges would cost more than that.
  #tellLiveQueries(tables: ReadonlySet<Table>): void {
    const parts = [...tables].map((table) => `idb://${this.#dexie.name}/${table}/`);
    const everything = () => new RangeSet(Number.NEGATIVE_INFINITY, [[]]);
    Dexie.on.storagemutated.fire(Object.fromEntries(parts.flatMap((part) => [part, `${part}:dels`].map((name) => [name, everything()]))));
  }
}

export type { DexieSpace };

function apply(transaction: IDBTransaction, operation: WriteOperation): void {
  const { table } = operation;
  switch (operation.type) {
    case 'put':
      putValue(transaction, table, operation.key, operation.value);
      break;
    case 'delete':
      transaction.objectStore(table).delete(operation.key);
      deletePieces(transaction, table, operation.key, operation.key);
      break;
    case 'delete-range':
      if (operation.from > operation.to) break;
      transaction.objectStore(table).delete(IDBKeyRange.bound(operation.from, operation.to));
      deletePieces(transaction, table, operation.from, operation.to);
      break;
    default:
      unreachable(operation);
  }
}

function storedKey(key: IDBValidKey): StoreKey {
  if (typeof key !== 'number' && typeof key !== 'string') throw storageFailure('storage-corrupt', 'a key is neither number nor text');
  return key;
}
