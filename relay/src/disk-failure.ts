/** What goes wrong in SQLite and in the file system, in the store's words. */
import { RefusalError } from '../../src/core/base/result.ts';
import { storageFailure } from '../../src/storage/space-rules.ts';

// Primary result codes: https://sqlite.org/rescode.html
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;
/** SQLITE_IOERR_SHMSIZE: no room left for the log's index. */
const SQLITE_NO_ROOM_FOR_INDEX = 4874;

/** A refusal for whatever was thrown; one that is a refusal already stays as it is. */
export function diskFailure(error: unknown, what: string): RefusalError {
  if (error instanceof RefusalError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return storageFailure(failureCode(error), `${what}: ${message}`, error);
}

function failureCode(error: unknown): 'storage-failed' | 'storage-full' | 'storage-corrupt' {
  const code = property(error, 'errcode');
  if (typeof code === 'number') {
    if (code === SQLITE_NO_ROOM_FOR_INDEX || (code & 0xff) === SQLITE_FULL) return 'storage-full';
    // The low byte is the primary code, whatever the extended one says.
    return [SQLITE_CORRUPT, SQLITE_NOTADB].includes(code & 0xff) ? 'storage-corrupt' : 'storage-failed';
  }
  return ['ENOSPC', 'EDQUOT'].includes(String(property(error, 'code'))) ? 'storage-full' : 'storage-failed';
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && name in value ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
