/** What the browser's database leaves to its users: promises instead of events, reasons instead of exception names. */
import { RefusalError } from '../core/base/result.ts';
import { storageFailure } from './space-rules.ts';

/** How long another window may hold up a deletion. One that runs lets go at once; a frozen one may never. */
const BLOCKED_MS_MAX = 10_000;
/** How long an opening may take: a slow disk needs seconds; behind a deletion that a frozen window holds up it would take for ever. */
const OPENING_MS_MAX = 30_000;

/** A refusal for whatever IndexedDB or Dexie threw; one that is a refusal already stays as it is. */
export function indexedDbFailure(error: unknown, what: string): RefusalError {
  if (error instanceof RefusalError) return error;
  const names = errorNames(error);
  const message = `${what}: ${error instanceof Error ? error.message : String(error)}`;
  if (names.includes('QuotaExceededError')) return storageFailure('storage-full', message, error);
  // What a read throws where the browser has lost or cannot decode what it stored.
  if (names.includes('NotReadableError') || names.includes('DataError')) return storageFailure('storage-corrupt', message, error);
  return storageFailure('storage-failed', message, error);
}

/** The names of an error and of those it wraps: Dexie keeps the browser's own as `inner`. */
function errorNames(error: unknown): readonly string[] {
  const names: string[] = [];
  for (let current = error; current instanceof Error || current instanceof DOMException; ) {
    names.push(current.name);
    current = 'inner' in current ? current.inner : undefined;
  }
  return names;
}

/** The result of a request. */
export function requestResult<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Settles when the transaction is committed; rejects with what aborted it. */
export function transactionCommitted(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new DOMException('the transaction was aborted', 'AbortError'));
  });
}

/** Waits for an opening, unless it takes too long; then throws `storage-failed`, and closes what opens later. */
export async function openedInTime(opening: PromiseLike<unknown>, close: () => void, name: string): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(storageFailure('storage-failed', `another window keeps ${name} from opening`)),
    OPENING_MS_MAX,
  );
  try {
    await Promise.race([opening, late.promise]);
  } catch (error) {
    opening.then(close, close);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Deletes a database, if it is there. Other windows are told to let go of it; one that does not in
 * time makes this fail, and the database goes when that one lets go.
 */
export function deleteDatabase(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const request = indexedDB.deleteDatabase(name);
    const settle = (run: () => void) => () => {
      clearTimeout(timer);
      run();
    };
    request.onsuccess = settle(resolve);
    request.onerror = settle(() => reject(indexedDbFailure(request.error, `deleting ${name}`)));
    request.onblocked = () => {
      timer = setTimeout(() => reject(storageFailure('storage-failed', `another window keeps ${name} open`)), BLOCKED_MS_MAX);
    };
  });
}
