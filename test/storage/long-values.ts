/** Part of the contract of every store: values that a browser's database keeps in pieces behave as all others. */
import { expect, test } from 'vitest';
import { utf8 } from '../../src/core/base/bytes.ts';
import type { Store, StoreKey, Table, WriteOperation } from '../../src/node/ports.ts';

const put = (table: Table, key: StoreKey, value: Uint8Array): WriteOperation => ({ type: 'put', table, key, value });
const remove = (table: Table, key: StoreKey): WriteOperation => ({ type: 'delete', table, key });
const removeRange = (table: Table, from: StoreKey, to: StoreKey): WriteOperation => ({ type: 'delete-range', table, from, to });

export function longValueTests(store: () => Store): void {
  test('values of every length about 64 KiB come back, by themselves and in a range', async () => {
    const space = await store().space('chain');
    const lengths = [61_439, 61_440, 61_441, 65_535, 65_536, 65_537, 122_880, 122_881, 300_000];
    const values = lengths.map((length) => Uint8Array.from({ length }, (_, i) => (i * length) >>> 3));
    await space.write(
      values.map((value, key) => put('bodies', key, value)),
      'relaxed',
    );
    const rows = await space.range('bodies', 0, lengths.length, 100);
    expect(rows.map(({ key }) => key)).toEqual(values.map((_, key) => key));
    for (const [key, value] of values.entries()) {
      expect(await space.get('bodies', key)).toEqual(value);
      expect(rows[key]?.value).toEqual(value);
    }
  });

  test('of a long value nothing is left once it is replaced by another, or removed', async () => {
    const space = await store().space('chain');
    const long = (byte: number) => new Uint8Array(200_000).fill(byte);
    await space.write([put('tail', 1, long(1)), put('tail', 2, long(2)), put('tail', 3, long(3)), put('bodies', 2, long(9))], 'relaxed');
    await space.write([put('tail', 1, utf8('short')), remove('tail', 2)], 'relaxed');
    expect(await space.get('tail', 1)).toEqual(utf8('short'));
    await space.write([put('tail', 1, new Uint8Array(70_000).fill(4)), put('tail', 2, new Uint8Array(0))], 'relaxed');
    const values = async () => (await space.range('tail', 0, 9, 9)).map(({ key, value }) => [key, value.length, value[0]]);
    expect(await values()).toEqual([
      [1, 70_000, 4],
      [2, 0, undefined],
      [3, 200_000, 3],
    ]);
    await space.write([removeRange('tail', 1, 2), put('tail', 1, long(5))], 'relaxed');
    expect(await values()).toEqual([
      [1, 200_000, 5],
      [3, 200_000, 3],
    ]);
    expect(await space.get('bodies', 2)).toEqual(long(9));
  });
}
