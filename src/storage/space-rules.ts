/**
 * What every store refuses before it touches a disk: names, tables, keys and sizes outside the port's contract.
 *
 * The checks run once, in front of each implementation, so that all of them refuse the same things.
 */
import { RefusalError } from '../core/base/result.ts';
import { type StoreKey, TABLES, type Table, type WriteOperation } from '../node/ports.ts';

export const TABLE_NAMES = Object.keys(TABLES) as readonly Table[];

/** Code units of a text key: a path of names and hexadecimal hashes, with room to spare. */
export const TEXT_KEY_LENGTH_MAX = 1024;
/** Bytes of one value. The largest is a bundle of 256 leaves of 65,535 bytes, and every engine takes that in one piece. */
export const VALUE_BYTES_MAX = 32 * 1024 * 1024;
/** Operations of one write, so that a transaction stays something that a phone can hold. */
export const WRITE_OPERATIONS_MAX = 65_536;

const SPACE_NAME = /^[a-z0-9-]{1,80}$/;

/** A failure in the store's own words; `cause` keeps the engine's. */
export function storageFailure(
  code: 'storage-failed' | 'storage-full' | 'storage-corrupt' | 'closed',
  detail: string,
  cause?: unknown,
): RefusalError {
  const error = new RefusalError({ code, detail });
  if (cause !== undefined) error.cause = cause;
  return error;
}

/** True for what a space may be called. */
export function isSpaceName(name: string): boolean {
  return SPACE_NAME.test(name);
}

/** Throws `storage-failed` unless the name is one that a space may have. */
export function checkSpaceName(name: string): void {
  if (!isSpaceName(name)) throw storageFailure('storage-failed', `no name for a space: ${JSON.stringify(name)}`);
}

/** Throws `storage-failed` unless the table exists and the key is of its kind. */
export function checkKey(table: Table, key: StoreKey): void {
  const kind = Object.hasOwn(TABLES, table) ? TABLES[table] : undefined;
  const fits = kind === 'number' ? isNumberKey(key) : kind === 'text' && isTextKey(key);
  if (!fits)
    throw storageFailure('storage-failed', `no key of table ${table}: ${typeof key === 'string' ? `text of ${key.length}` : String(key)}`);
}

function isNumberKey(key: StoreKey): boolean {
  // Minus zero would be another key than zero on some engines and the same on others.
  return typeof key === 'number' && Number.isSafeInteger(key) && key >= 0 && !Object.is(key, -0);
}

function isTextKey(key: StoreKey): boolean {
  return typeof key === 'string' && key.length <= TEXT_KEY_LENGTH_MAX;
}

/** Throws `storage-failed` unless both ends are keys of the table and the limit counts rows. */
export function checkRange(table: Table, from: StoreKey, to: StoreKey, limit: number): void {
  checkKey(table, from);
  checkKey(table, to);
  if (!Number.isSafeInteger(limit) || limit < 0) throw storageFailure('storage-failed', `no limit of a range: ${limit}`);
}

/** Throws `storage-failed` unless every operation is one that every store can take. */
export function checkOperations(operations: readonly WriteOperation[]): void {
  if (operations.length > WRITE_OPERATIONS_MAX) throw storageFailure('storage-failed', `${operations.length} operations in one write`);
  for (const operation of operations) checkOperation(operation);
}

function checkOperation(operation: WriteOperation): void {
  if (operation.type === 'delete-range') {
    checkKey(operation.table, operation.from);
    checkKey(operation.table, operation.to);
    return;
  }
  checkKey(operation.table, operation.key);
  if (operation.type === 'put' && operation.value.length > VALUE_BYTES_MAX) {
    throw storageFailure('storage-failed', `a value of ${operation.value.length} bytes`);
  }
}
