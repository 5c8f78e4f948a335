/**
 * A store on SQLite: a folder with one file per space.
 *
 * One file a space, not one for all: damage stays with one chain, a dropped chain gives its room back at once, and a chain
 * can be copied or looked at by itself. The files are the owner's alone, whatever folder they lie in.
 */
import { closeSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Space, Store } from '../../src/node/ports.ts';
import { checkSpaceName, storageFailure } from '../../src/storage/space-rules.ts';
import { diskFailure } from './disk-failure.ts';
import { makeFolder, syncFolder } from './folders.ts';
import { openSqliteSpace, type SqliteSpace } from './sqlite-space.ts';

/** Bytes of one space's file: no chain takes a host's whole disk. About 200 million small entries. */
export const SPACE_BYTES_MAX_DEFAULT = 64 * 1024 ** 3;

export interface SqliteStoreOptions {
  /** Bytes that one space's file may grow to; past it writes are refused with `storage-full`. */
  readonly spaceBytesMax?: number;
}

/** A store in this folder, which is made if need be. One process at a time: nothing here keeps a second one out. */
export function sqliteStore(folder: string, options: SqliteStoreOptions = {}): Store {
  return new SqliteStore(folder, options.spaceBytesMax ?? SPACE_BYTES_MAX_DEFAULT);
}

const FILE_NAME = /^([a-z0-9-]{1,80})\.sqlite$/;

class SqliteStore implements Store {
  readonly #folder: string;
  readonly #spaceBytesMax: number;
  readonly #spaces = new Map<string, SqliteSpace>();
  #closed = false;

  constructor(folder: string, spaceBytesMax: number) {
    this.#folder = folder;
    this.#spaceBytesMax = spaceBytesMax;
  }

  async space(name: string): Promise<Space> {
    const path = this.#path(name);
    const known = this.#spaces.get(name);
    if (known !== undefined) return known;
    return this.#run(path, () => {
      makeFolder(this.#folder);
      // SQLite would make the file readable for everybody; its log gets the file's own mode.
      closeSync(openSync(path, 'a', 0o600));
      const space = openSqliteSpace(path, this.#spaceBytesMax);
      this.#spaces.set(name, space);
      return space;
    });
  }

  async spaces(): Promise<readonly string[]> {
    this.#checkOpen();
    const files = this.#run(this.#folder, () => {
      makeFolder(this.#folder);
      return readdirSync(this.#folder);
    });
    return files.flatMap((file) => FILE_NAME.exec(file)?.[1] ?? []).sort();
  }

  async drop(name: string): Promise<void> {
    const path = this.#path(name);
    this.#run(path, () => {
      makeFolder(this.#folder);
      this.#spaces.get(name)?.close();
      this.#spaces.delete(name);
      // The file first: a log without its file is empty to SQLite, a file without its log would be an older state.
      for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
      syncFolder(this.#folder);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const space of this.#spaces.values()) this.#run('close', () => space.close());
    this.#spaces.clear();
  }

  #path(name: string): string {
    this.#checkOpen();
    checkSpaceName(name);
    return join(this.#folder, `${name}.sqlite`);
  }

  #checkOpen(): void {
    if (this.#closed) throw storageFailure('closed', 'the store is closed');
  }

  #run<T>(what: string, run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw diskFailure(error, what);
    }
  }
}
