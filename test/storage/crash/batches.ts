/**
 * Numbered batches for crash tests: what the process that is killed writes, and what must be there afterwards.
 *
 * Batch n puts rows into two tables, moves the mark, and removes the rows of batch n − KEPT; so a torn batch shows.
 */
import type { Space, WriteOperation } from '../../../src/node/ports.ts';

const ROWS = 4;
const KEPT = 5;
const ROW_BYTES = 20_000;
const ALL = 1_000_000;

/** The operations of batch n ≥ 0. */
export function batch(n: number): readonly WriteOperation[] {
  const puts = Array.from(
    { length: ROWS },
    (_, i): WriteOperation => ({ type: 'put', table: 'bundles', key: n * ROWS + i, value: row(n) }),
  );
  const old: WriteOperation = { type: 'delete-range', table: 'bundles', from: (n - KEPT) * ROWS, to: (n - KEPT) * ROWS + ROWS - 1 };
  const marks: WriteOperation[] = [
    { type: 'put', table: 'meta', key: 'last', value: mark(n) },
    { type: 'put', table: 'tail', key: n, value: mark(n) },
  ];
  return n < KEPT ? [...puts, ...marks] : [...puts, old, ...marks];
}

/** The number of the last batch that is there, −1 for none. Throws if any batch is there in part. */
export async function checkBatches(space: Space): Promise<number> {
  const found = await space.get('meta', 'last');
  const last = found === undefined ? -1 : Number(new TextDecoder().decode(found));
  const marks = await space.range('tail', 0, ALL, ALL);
  const rows = await space.range('bundles', 0, ALL, ALL);
  const first = Math.max(0, last + 1 - KEPT);
  const expectedRows = Array.from({ length: (last + 1 - first) * ROWS }, (_, i) => first * ROWS + i);
  same(
    'marks',
    marks.map(({ key }) => key),
    Array.from({ length: last + 1 }, (_, n) => n),
  );
  same(
    'rows',
    rows.map(({ key }) => key),
    expectedRows,
  );
  for (const { key, value } of rows) same(`row ${key}`, value, row(Math.floor(Number(key) / ROWS)));
  return last;
}

function row(n: number): Uint8Array {
  return new Uint8Array(ROW_BYTES).fill(n % 251);
}

function mark(n: number): Uint8Array {
  return new TextEncoder().encode(String(n));
}

function same(what: string, actual: ArrayLike<unknown>, expected: ArrayLike<unknown>): void {
  const equal = actual.length === expected.length && Array.from(actual).every((one, i) => one === expected[i]);
  if (!equal) throw new Error(`${what}: a batch is there in part`);
}
