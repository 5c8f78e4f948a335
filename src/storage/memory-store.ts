/** A store in memory: for tests, examples and nodes that keep nothing. Everything is gone when the last reference is. */
import type { Durability, Space, Store, StoreKey, Table, WriteOperation } from '../node/ports.ts';
import { applyOperations, copyOperations, emptyTables, type Tables, tableOf } from './memory-tables.ts';
import { checkKey, checkOperations, checkRange, checkSpaceName, storageFailure } from './space-rules.ts';

/** Makes an empty store. A write is whole at once, so both durabilities are the same. */
export function memoryStore(): Store {
  return new MemoryStore();
}

class MemoryStore implements Store {
  readonly #spaces = new Map<string, MemorySpace>();
  #closed = false;

  async space(name: string): Promise<Space> {
    this.#checkOpen();
    checkSpaceName(name);
    const space = this.#spaces.get(name) ?? new MemorySpace();
    this.#spaces.set(name, space);
    return space;
  }

  async spaces(): Promise<readonly string[]> {
    this.#checkOpen();
    return [...this.#spaces.keys()].sort();
  }

  async drop(name: string): Promise<void> {
    this.#checkOpen();
    checkSpaceName(name);
    this.#spaces.get(name)?.end();
    this.#spaces.delete(name);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const space of this.#spaces.values()) space.end();
  }

  #checkOpen(): void {
    if (this.#closed) throw storageFailure('closed', 'the store is closed');
  }
}

class MemorySpace implements Space {
  #tables: Tables | undefined = emptyTables();

  async get(table: Table, key: StoreKey): Promise<Uint8Array | undefined> {
    checkKey(table, key);
    return tableOf(this.#open(), table).get(key)?.slice();
  }

  async range(table: Table, from: StoreKey, to: StoreKey, limit: number): Promise<readonly { key: StoreKey; value: Uint8Array }[]> {
    checkRange(table, from, to, limit);
    const rows = tableOf(this.#open(), table).range(from, to, limit);
    return rows.map(({ key, value }) => ({ key, value: value.slice() }));
  }

  async write(operations: readonly WriteOperation[], _durability: Durability): Promise<void> {
    checkOperations(operations);
    applyOperations(this.#open(), copyOperations(operations));
  }

  end(): void {
    this.#tables = undefined;
  }

  #open(): Tables {
    if (this.#tables === undefined) throw storageFailure('closed', 'the space is closed');
    return this.#tables;
  }
}
