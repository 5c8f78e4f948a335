/**
 * One space as one SQLite file, through Node's own synchronous driver.
 *
 * Every operation runs to its end inside the call, so order of calls and order of effects are the same, and the promise
 * only carries the outcome. The journal is a write-ahead log: a relaxed commit (`synchronous=NORMAL`) is in the hands of
 * the operating system when it settles, a strict one (`synchronous=FULL`) has been synced, and since there is one log file
 * a sync takes all earlier commits with it. That log keeps what the file has lost: a write that erases empties it.
 */
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { unreachable } from '../../src/core/base/result.ts';
import { type Durability, type Space, type StoreKey, TABLES, type Table, type WriteOperation } from '../../src/node/ports.ts';
import { checkKey, checkOperations, checkRange, storageFailure, TABLE_NAMES } from '../../src/storage/space-rules.ts';
import { diskFailure } from './disk-failure.ts';

/** Marks the file as ours in its header: "LKEY". */
const APPLICATION_ID = 0x4c_4b_45_59;
const PAGE_BYTES = 4096;
/** How long another process (a backup, a curious shell) may hold the file before an operation gives up. The event loop stands still meanwhile. */
const BUSY_TIMEOUT_MS = 2000;
/** The log's file shrinks to this after a burst, so that a space takes little more room than its rows. */
const LOG_BYTES_KEPT_MAX = 64 * 1024 * 1024;

// Text keys are kept as big-endian code units, whose byte order is the port's; SQLite's own texts sort by code point and change what is not well-formed.
// Values of number tables can be large, and large rows belong in a rowid tree; those of text tables are small.
const SCHEMA = TABLE_NAMES.map((table) =>
  TABLES[table] === 'number'
    ? `CREATE TABLE ${table} (key INTEGER PRIMARY KEY, value BLOB NOT NULL) STRICT;`
    : `CREATE TABLE ${table} (key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;`,
).join('\n');

interface TableStatements {
  readonly get: StatementSync;
  readonly range: StatementSync;
  readonly put: StatementSync;
  readonly delete: StatementSync;
  readonly deleteRange: StatementSync;
}

/** Opens a space's file, which exists, and makes its tables if it is empty. Throws `RefusalError`; then the file is closed. */
export function openSqliteSpace(path: string, bytesMax: number): SqliteSpace {
  try {
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    try {
      prepareDatabase(database, path, bytesMax);
      return new SqliteSpace(database);
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    throw diskFailure(error, path);
  }
}

function prepareDatabase(database: DatabaseSync, path: string, bytesMax: number): void {
  database.exec(`PRAGMA page_size = ${PAGE_BYTES}`);
  // A crash may have left the header alone, or not even that.
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (!isEmpty && pragma(database, 'application_id') !== APPLICATION_ID) throw storageFailure('storage-corrupt', `${path} is not a space`);
  // What is erased or replaced is overwritten in the file, not only let go of.
  database.exec('PRAGMA secure_delete = ON; PRAGMA synchronous = FULL');
  migrate(database, path, isEmpty ? 0 : Number(pragma(database, 'user_version')));
  database.exec('PRAGMA journal_mode = WAL');
  database.exec(
    `PRAGMA max_page_count = ${Math.max(1, Math.floor(bytesMax / PAGE_BYTES))}; PRAGMA journal_size_limit = ${LOG_BYTES_KEPT_MAX}`,
  );
}

/** Steps from each form of the file to the next one; a file's form is the number of steps that it has seen. */
const MIGRATIONS: readonly string[] = [
  `${SCHEMA}
   CREATE TABLE strict_writes (id INTEGER PRIMARY KEY CHECK (id = 0), count INTEGER NOT NULL) STRICT;
   INSERT INTO strict_writes VALUES (0, 0);
   PRAGMA application_id = ${APPLICATION_ID};`,
];

/** Brings a file to the newest form. A crash leaves it in one form or the next, and the rest is done at the next opening. */
export function migrate(database: DatabaseSync, path: string, from: number, steps: readonly string[] = MIGRATIONS): void {
  if (from > steps.length)
    throw storageFailure(
      'storage-failed',
      `${path} was written by a newer program (form ${from}, this one knows ${steps.length}): start that one`,
    );
  steps.slice(from).forEach((step, i) => {
    database.exec(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${from + i + 1}; COMMIT`);
  });
}

function pragma(database: DatabaseSync, name: string): SQLOutputValue | undefined {
  return database.prepare(`PRAGMA ${name}`).get()?.[name];
}

class SqliteSpace implements Space {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<Table, TableStatements>();
  readonly #countStrictWrite: StatementSync;
  #durability: Durability | undefined;
  /** Whether the log may still hold what was erased: a crash, or another process that read it, kept it from being emptied. */
  #toScrub = true;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#countStrictWrite = database.prepare('UPDATE strict_writes SET count = count + 1');
    this.#scrub();
  }

  async get(table: Table, key: StoreKey): Promise<Uint8Array | undefined> {
    checkKey(table, key);
    return this.#run(`get from ${table}`, () => {
      const row = this.#table(table).get.get(columnKey(key));
      return row === undefined ? undefined : rowValue(row);
    });
  }

  async range(table: Table, from: StoreKey, to: StoreKey, limit: number): Promise<readonly { key: StoreKey; value: Uint8Array }[]> {
    checkRange(table, from, to, limit);
    return this.#run(`range of ${table}`, () => {
      const rows = this.#table(table).range.all(columnKey(from), columnKey(to), limit);
      return rows.map((row) => ({ key: rowKey(row), value: rowValue(row) }));
    });
  }

  async write(operations: readonly WriteOperation[], durability: Durability): Promise<void> {
    checkOperations(operations);
    this.#run(`write of ${operations.length} operations`, () => this.#transact(operations, durability));
    if (durability === 'erasing') this.#toScrub = true;
    this.#scrub();
  }

  /** Brings the log into the file and lets go of it. */
  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #transact(operations: readonly WriteOperation[], durability: Durability): void {
    // The level cannot change inside a transaction.
    if (durability !== this.#durability) this.#database.exec(`PRAGMA synchronous = ${durability === 'relaxed' ? 'NORMAL' : 'FULL'}`);
    this.#durability = durability;
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const operation of operations) this.#apply(operation);
      // A commit that changes no page syncs nothing, and would leave earlier relaxed writes where they are.
      if (durability !== 'relaxed') this.#countStrictWrite.run();
      this.#database.exec('COMMIT');
    } catch (error) {
      // After some errors (a full disk among them) SQLite has rolled back by itself.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** Brings the log into the file, where what was erased is overwritten, and empties it. Waits for nobody: a later write tries again. */
  #scrub(): void {
    if (!this.#toScrub) return;
    this.#database.exec('PRAGMA busy_timeout = 0');
    try {
      this.#toScrub = this.#database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get()?.['busy'] !== 0;
    } catch {
      // The write itself is done; whatever is wrong with the disk, the next operation says.
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }

  #apply(operation: WriteOperation): void {
    const statements = this.#table(operation.table);
    switch (operation.type) {
      case 'put':
        statements.put.run(columnKey(operation.key), operation.value);
        break;
      case 'delete':
        statements.delete.run(columnKey(operation.key));
        break;
      case 'delete-range':
        statements.deleteRange.run(columnKey(operation.from), columnKey(operation.to));
        break;
      default:
        unreachable(operation);
    }
  }

  #run<T>(what: string, run: () => T): T {
    if (!this.#database.isOpen) throw storageFailure('closed', 'the space is closed');
    try {
      return run();
    } catch (error) {
      throw diskFailure(error, what);
    }
  }

  #table(name: Table): TableStatements {
    const known = this.#statements.get(name);
    if (known !== undefined) return known;
    const made = {
      get: this.#database.prepare(`SELECT value FROM ${name} WHERE key = ?`),
      range: this.#database.prepare(`SELECT key, value FROM ${name} WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?`),
      put: this.#database.prepare(`INSERT INTO ${name} VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`),
      delete: this.#database.prepare(`DELETE FROM ${name} WHERE key = ?`),
      deleteRange: this.#database.prepare(`DELETE FROM ${name} WHERE key BETWEEN ? AND ?`),
    };
    this.#statements.set(name, made);
    return made;
  }
}

export type { SqliteSpace };

type Row = Readonly<Record<string, SQLOutputValue>>;

function rowValue(row: Row): Uint8Array {
  const value = row['value'];
  if (!(value instanceof Uint8Array)) throw storageFailure('storage-corrupt', 'a value is not bytes');
  return value;
}

function rowKey(row: Row): StoreKey {
  const key = row['key'];
  if (typeof key === 'number') return key;
  if (!(key instanceof Uint8Array) || key.length % 2 !== 0) throw storageFailure('storage-corrupt', 'a key is neither number nor text');
  let text = '';
  for (let i = 0; i < key.length; i += 2) text += String.fromCharCode(((key[i] ?? 0) << 8) | (key[i + 1] ?? 0));
  return text;
}

function columnKey(key: StoreKey): number | Uint8Array {
  if (typeof key === 'number') return key;
  const units = new Uint8Array(2 * key.length);
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    units[2 * i] = unit >>> 8;
    units[2 * i + 1] = unit & 0xff;
  }
  return units;
}
