/** What key stores refuse alike. */
import { storageFailure } from './space-rules.ts';

// Lower case alone, so that two names are two files on every file system; short enough to be a file's name.
const KEY_NAME = /^[a-z0-9][a-z0-9./-]{0,199}$/;

/** Throws `storage-failed` unless a key may have this name: a path of lower-case letters, digits, points and hyphens, such as `node/<chain hex>`. */
export function checkKeyName(name: string): void {
  if (!KEY_NAME.test(name)) throw storageFailure('storage-failed', `no name for a key: ${JSON.stringify(name)}`);
}

/**
 * What to do about giving a key another name. A rename that was done before is done: a crash may hide its outcome from the
 * caller, who then asks again. Throws `storage-failed` where there is no such key, or where one would be lost under it.
 */
export function checkRename(from: string, to: string, fromExists: boolean, toExists: boolean): 'rename' | 'nothing' {
  if (!fromExists && !toExists) throw storageFailure('storage-failed', `no key ${from} to rename`);
  if (!fromExists || from === to) return 'nothing';
  if (toExists) throw storageFailure('storage-failed', `a key ${to} is there already`);
  return 'rename';
}
