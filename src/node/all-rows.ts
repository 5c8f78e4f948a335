/** Reading a range of rows of which nobody says how many there are: some at a time, to the last. */
import type { Space, StoreKey, Table } from './ports.ts';

/** Every row with `from` ≤ key ≤ `to`, in key order. Texts have no characters below the digits but the slash. */
export async function* allRows(
  space: Space,
  table: Table,
  [from, to]: readonly [from: StoreKey, to: StoreKey],
  atOnce: number,
): AsyncGenerator<{ readonly key: StoreKey; readonly value: Uint8Array }> {
  for (let next = from; ; ) {
    const rows = await space.range(table, next, to, atOnce);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < atOnce) return;
    next = typeof last.key === 'number' ? last.key + 1 : `${last.key} `;
  }
}
