/** The tables of one space in memory, rows in key order: under the memory store and the simulator's crashing store. */
import { invariant, unreachable } from '../core/base/result.ts';
import type { StoreKey, Table, WriteOperation } from '../node/ports.ts';
import { TABLE_NAMES } from './space-rules.ts';

export type Tables = ReadonlyMap<Table, SortedTable>;

/** One empty table of each name. */
export function emptyTables(): Tables {
  return new Map(TABLE_NAMES.map((name) => [name, new SortedTable()]));
}

/** The table of a name that was checked. */
export function tableOf(tables: Tables, name: Table): SortedTable {
  const table = tables.get(name);
  invariant(table !== undefined, `no table ${name}`);
  return table;
}

/** The same rows in tables of their own. */
export function copyTables(tables: Tables): Tables {
  return new Map([...tables].map(([name, table]) => [name, table.copy()]));
}

/** Applies checked operations in order. Values are kept as they are: the caller hands over its own copies. */
export function applyOperations(tables: Tables, operations: readonly WriteOperation[]): void {
  for (const operation of operations) {
    const table = tableOf(tables, operation.table);
    switch (operation.type) {
      case 'put':
        table.put(operation.key, operation.value);
        break;
      case 'delete':
        table.delete(operation.key);
        break;
      case 'delete-range':
        table.deleteRange(operation.from, operation.to);
        break;
      default:
        unreachable(operation);
    }
  }
}

/** The operations with values of their own, so that a caller who reuses a buffer changes nothing here. */
export function copyOperations(operations: readonly WriteOperation[]): readonly WriteOperation[] {
  return operations.map((operation) => (operation.type === 'put' ? { ...operation, value: operation.value.slice() } : operation));
}

/** One table. Keys mostly grow, so an insertion is nearly always at the end. */
class SortedTable {
  readonly #keys: StoreKey[] = [];
  readonly #values = new Map<StoreKey, Uint8Array>();

  get(key: StoreKey): Uint8Array | undefined {
    return this.#values.get(key);
  }

  put(key: StoreKey, value: Uint8Array): void {
    if (!this.#values.has(key)) this.#keys.splice(this.#firstAtOrAfter(key), 0, key);
    this.#values.set(key, value);
  }

  delete(key: StoreKey): void {
    if (this.#values.delete(key)) this.#keys.splice(this.#firstAtOrAfter(key), 1);
  }

  deleteRange(from: StoreKey, to: StoreKey): void {
    const start = this.#firstAtOrAfter(from);
    let end = start;
    while (end < this.#keys.length && isAtMost(this.#keys[end], to)) end++;
    for (const key of this.#keys.splice(start, end - start)) this.#values.delete(key);
  }

  /** Rows with `from` ≤ key ≤ `to` in key order, at most `limit`. */
  range(from: StoreKey, to: StoreKey, limit: number): { key: StoreKey; value: Uint8Array }[] {
    const rows: { key: StoreKey; value: Uint8Array }[] = [];
    for (let i = this.#firstAtOrAfter(from); i < this.#keys.length && rows.length < limit; i++) {
      const key = this.#keys[i];
      const value = key === undefined || !isAtMost(key, to) ? undefined : this.#values.get(key);
      if (key === undefined || value === undefined) break;
      rows.push({ key, value });
    }
    return rows;
  }

  /** The same rows in a table of its own; the values are shared, since nobody changes them in place. */
  copy(): SortedTable {
    const out = new SortedTable();
    out.#keys.push(...this.#keys);
    for (const [key, value] of this.#values) out.#values.set(key, value);
    return out;
  }

  #firstAtOrAfter(key: StoreKey): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBelow(this.#keys[middle], key)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

// A table's keys are all of one kind, which its store has checked; so the engine's own order (numeric, or by code unit) is the one.
function isBelow(a: StoreKey | undefined, b: StoreKey): boolean {
  return a !== undefined && a < b;
}

function isAtMost(a: StoreKey | undefined, b: StoreKey): boolean {
  return a !== undefined && a <= b;
}
