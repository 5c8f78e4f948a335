/**
 * A store in a browser: IndexedDB, one database per space, through Dexie.
 *
 * One database a space, so that a chain that is dropped gives its room back at once and a busy one blocks no other. Several
 * windows may have a space open; the one that drops it ends it for all.
 */
import type { Space, Store } from '../node/ports.ts';
import { type DexieSpace, openDexieSpace } from './dexie-space.ts';
import { deleteDatabase, indexedDbFailure } from './indexed-db.ts';
import { checkSpaceName, isSpaceName, storageFailure } from './space-rules.ts';

/** A store whose databases are named `<name>/<space>`. Other databases of the site are neither listed nor touched. */
export function dexieStore(name = 'latchkey'): Store {
  return new DexieStore(`${name}/`);
}

class DexieStore implements Store {
  readonly #prefix: string;
  readonly #spaces = new Map<string, DexieSpace>();
  /** The last opening or dropping of each space that is under way: one at a time, in the order of the calls. */
  readonly #turns = new Map<string, Promise<void>>();
  #closed = false;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  async space(name: string): Promise<Space> {
    checkSpaceName(name);
    return this.#inTurn(name, async () => {
      const known = this.#spaces.get(name);
      if (known?.isOpen) return known;
      const opened = await openDexieSpace(this.#prefix + name);
      this.#spaces.set(name, opened);
      return opened;
    });
  }

  async spaces(): Promise<readonly string[]> {
    this.#checkOpen();
    try {
      const databases = await indexedDB.databases();
      const names = databases.flatMap(({ name }) => (name?.startsWith(this.#prefix) ? [name.slice(this.#prefix.length)] : []));
      return names.filter(isSpaceName).sort();
    } catch (error) {
      throw indexedDbFailure(error, 'listing spaces');
    }
  }

  async drop(name: string): Promise<void> {
    checkSpaceName(name);
    return this.#inTurn(name, async () => {
      await this.#spaces.get(name)?.close();
      this.#spaces.delete(name);
      await deleteDatabase(this.#prefix + name);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#turns.values());
    await Promise.all([...this.#spaces.values()].map((space) => space.close()));
    this.#spaces.clear();
  }

  async #inTurn<T>(name: string, run: () => Promise<T>): Promise<T> {
    this.#checkOpen();
    const running = (this.#turns.get(name) ?? Promise.resolve()).then(run);
    const turn = running.then(
      () => undefined,
      () => undefined,
    );
    this.#turns.set(name, turn);
    try {
      return await running;
    } finally {
      if (this.#turns.get(name) === turn) this.#turns.delete(name);
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw storageFailure('closed', 'the store is closed');
  }
}
