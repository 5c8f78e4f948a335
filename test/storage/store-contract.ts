/**
 * What every store promises, run on each of them: memory, IndexedDB in a real browser, SQLite.
 *
 * Nothing here touches a file or a database of its own, so that it runs wherever the store does.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Durability, Space, Store, StoreKey, Table, WriteOperation } from '../../src/node/ports.ts';
import { TEXT_KEY_LENGTH_MAX, VALUE_BYTES_MAX } from '../../src/storage/space-rules.ts';
import { longValueTests } from './long-values.ts';

/** A place that stores are opened on, one after the other. */
export interface StoreFixture {
  open(): Promise<Store>;
  /** True if what was written is there for the next store opened here. */
  readonly persistent: boolean;
  /** Removes everything; all stores are closed by then. */
  destroy(): Promise<void>;
}

export function storeContract(name: string, makeFixture: () => Promise<StoreFixture>): void {
  describe(`store: ${name}`, () => {
    let fixture: StoreFixture;
    let store: Store;

    beforeEach(async () => {
      fixture = await makeFixture();
      store = await fixture.open();
    });
    afterEach(async () => {
      await store.close();
      await fixture.destroy();
    });
    const reopen = async () => {
      await store.close();
      store = await fixture.open();
      return store;
    };

    describe('rows', () => rowTests(() => store));
    describe('long values', () => longValueTests(() => store));
    describe('writes', () => writeTests(() => store));
    describe('refusals', () => refusalTests(() => store));
    describe('spaces', () => spaceTests(() => store));
    describe('any sequence of operations', () => modelTests(() => store));
    describe('closing', () => closingTests(() => store));
    describe('opening again', () => {
      test('finds what was written, if it keeps anything', async () => {
        await (await store.space('kept')).write([put('meta', 'tip', text('final')), put('bundles', 7, text('leaves'))], 'strict');
        await (await store.space('kept')).write([put('votes', 'last', text('relaxed'))], 'relaxed');
        const opened = await reopen();
        expect(await opened.spaces()).toEqual(fixture.persistent ? ['kept'] : []);
        const space = await opened.space('kept');
        expect(await space.get('meta', 'tip')).toEqual(fixture.persistent ? text('final') : undefined);
        expect(await space.get('bundles', 7)).toEqual(fixture.persistent ? text('leaves') : undefined);
        expect(await space.get('votes', 'last')).toEqual(fixture.persistent ? text('relaxed') : undefined);
      });
    });
  });
}

const encoder = new TextEncoder();
const text = (value: string): Uint8Array => encoder.encode(value);
const put = (table: Table, key: StoreKey, value: Uint8Array): WriteOperation => ({ type: 'put', table, key, value });
const remove = (table: Table, key: StoreKey): WriteOperation => ({ type: 'delete', table, key });
const removeRange = (table: Table, from: StoreKey, to: StoreKey): WriteOperation => ({ type: 'delete-range', table, from, to });
const refusal = (code: string) => expect.objectContaining({ name: 'RefusalError', code });

function rowTests(store: () => Store): void {
  test('a value comes back as it was put, and nothing where nothing was', async () => {
    const space = await store().space('chain');
    await space.write([put('bodies', 0, text('first')), put('meta', 'tip', text('7'))], 'relaxed');
    expect(await space.get('bodies', 0)).toEqual(text('first'));
    expect(await space.get('meta', 'tip')).toEqual(text('7'));
    expect(await space.get('bodies', 1)).toBeUndefined();
    expect(await space.get('votes', 'tip')).toBeUndefined();
  });

  test('a later put replaces, a delete removes, a delete of nothing is nothing', async () => {
    const space = await store().space('chain');
    await space.write([put('meta', 'tip', text('old'))], 'relaxed');
    await space.write([put('meta', 'tip', text('new')), remove('meta', 'none')], 'relaxed');
    expect(await space.get('meta', 'tip')).toEqual(text('new'));
    await space.write([remove('meta', 'tip')], 'relaxed');
    expect(await space.get('meta', 'tip')).toBeUndefined();
  });

  test('an empty value is a value', async () => {
    const space = await store().space('chain');
    await space.write([put('meta', '', new Uint8Array(0))], 'relaxed');
    expect(await space.get('meta', '')).toEqual(new Uint8Array(0));
  });

  test('numbers are in numeric order up to the largest safe one, texts in that of their code units', async () => {
    const space = await store().space('chain');
    const numbers = [Number.MAX_SAFE_INTEGER, 0, 10, 9, 2 ** 32, 2 ** 31, 255, 256];
    const texts = ['b', 'a', '', 'a\u0000', 'aa', 'Z', '\u00e9', '\ufffd', '\u{1f511}', '\ud800', '\udfff', '\uffff', 'vote/10', 'vote/9'];
    await space.write(
      [...numbers.map((key) => put('tail', key, text(String(key)))), ...texts.map((key) => put('votes', key, text(key)))],
      'relaxed',
    );
    const numberRows = await space.range('tail', 0, Number.MAX_SAFE_INTEGER, 100);
    expect(numberRows.map(({ key }) => key)).toEqual(numbers.toSorted((a, b) => a - b));
    const textRows = await space.range('votes', '', '\uffff\uffff', 100);
    expect(textRows.map(({ key }) => key)).toEqual(texts.toSorted());
    for (const key of texts) expect(await space.get('votes', key)).toEqual(text(key));
  });

  test('a range has both its ends, its limit, and no rows of other tables', async () => {
    const space = await store().space('chain');
    await space.write(
      [1, 2, 3, 5, 8].flatMap((key) => [put('headers', key, text(`h${key}`)), put('bundles', key, text('b'))]),
      'relaxed',
    );
    const keys = async (from: number, to: number, limit: number) => (await space.range('headers', from, to, limit)).map(({ key }) => key);
    expect(await keys(2, 5, 10)).toEqual([2, 3, 5]);
    expect(await keys(4, 4, 10)).toEqual([]);
    expect(await keys(0, 100, 2)).toEqual([1, 2]);
    expect(await keys(0, 100, 0)).toEqual([]);
    expect(await keys(5, 2, 10)).toEqual([]);
    expect(await space.range('headers', 8, 8, 1)).toEqual([{ key: 8, value: text('h8') }]);
  });

  test('a whole bundle of the largest leaves fits, byte for byte', async () => {
    const space = await store().space('chain');
    const value = new Uint8Array(256 * 65_535);
    for (let i = 0; i < value.length; i++) value[i] = (i * 2_654_435_761) >>> 24;
    await space.write([put('bundles', 1, value)], 'relaxed');
    const found = await space.get('bundles', 1);
    expect(found?.length).toBe(value.length);
    expect(found?.every((byte, i) => byte === value[i])).toBe(true);
  });

  test('a view into a larger buffer is stored as what it shows', async () => {
    const space = await store().space('chain');
    await space.write([put('bodies', 3, text('..body..').subarray(2, 6))], 'relaxed');
    const found = await space.get('bodies', 3);
    expect(found).toEqual(text('body'));
    expect(found?.buffer.byteLength).toBe(4);
  });
}

function writeTests(store: () => Store): void {
  test('operations of one write apply in their order, over several tables', async () => {
    const space = await store().space('chain');
    await space.write(
      [put('meta', 'a', text('1')), remove('meta', 'a'), put('meta', 'a', text('2')), put('outbox', 1, text('x'))],
      'strict',
    );
    await space.write([removeRange('outbox', 0, 9), put('outbox', 2, text('y'))], 'strict');
    expect(await space.get('meta', 'a')).toEqual(text('2'));
    expect(await space.range('outbox', 0, 9, 9)).toEqual([{ key: 2, value: text('y') }]);
  });

  test('a delete of a range takes both ends and leaves the rest', async () => {
    const space = await store().space('chain');
    await space.write(
      [0, 1, 2, 3, 4].map((key) => put('tail', key, text('t'))),
      'relaxed',
    );
    await space.write(
      ['a', 'b', 'c'].map((key) => put('meta', key, text('m'))),
      'relaxed',
    );
    await space.write([removeRange('tail', 1, 3), removeRange('meta', 'b', '\uffff'), removeRange('tail', 9, 5)], 'relaxed');
    expect((await space.range('tail', 0, 9, 9)).map(({ key }) => key)).toEqual([0, 4]);
    expect((await space.range('meta', '', '\uffff', 9)).map(({ key }) => key)).toEqual(['a']);
  });

  test('writes take effect in the order of the calls, whatever their tables and durability', async () => {
    const space = await store().space('chain');
    const tables: readonly Table[] = ['bundles', 'bodies', 'headers'];
    const pending: Promise<void>[] = [];
    for (let i = 0; i < 60; i++) {
      const operations = [put('meta', 'count', text(String(i))), put(tables[i % 3] ?? 'tail', i % 3, text(String(i)))];
      pending.push(space.write(i % 2 === 0 ? operations : operations.toReversed(), i % 4 === 0 ? 'strict' : 'relaxed'));
    }
    await Promise.all(pending);
    expect(await space.get('meta', 'count')).toEqual(text('59'));
    expect(await space.get('bundles', 0)).toEqual(text('57'));
    expect(await space.get('headers', 2)).toEqual(text('59'));
  });

  test('a read sees every write that has settled', async () => {
    const space = await store().space('chain');
    for (let i = 0; i < 30; i++) {
      await space.write([put('tail', i, text(String(i)))], i % 5 === 0 ? 'strict' : 'relaxed');
      expect(await space.get('tail', i)).toEqual(text(String(i)));
      expect(await space.range('tail', 0, i, 100)).toHaveLength(i + 1);
    }
  });

  test('a write of nothing settles', async () => {
    const space = await store().space('chain');
    await space.write([put('meta', 'a', text('1'))], 'relaxed');
    await space.write([], 'strict');
    await space.write([], 'relaxed');
    expect(await space.range('meta', '', '\uffff', 9)).toHaveLength(1);
  });

  test('a caller may use its buffers again as soon as it has called, and change what it was given', async () => {
    const space = await store().space('chain');
    const buffer = text('first');
    const written = space.write([put('bodies', 1, buffer)], 'relaxed');
    buffer.fill(0);
    await written;
    (await space.get('bodies', 1))?.fill(0);
    for (const { value } of await space.range('bodies', 1, 1, 1)) value.fill(0);
    expect(await space.get('bodies', 1)).toEqual(text('first'));
  });
}

function refusalTests(store: () => Store): void {
  test.each(['', 'Chain', 'a/b', '..', 'a b', 'é', 'a\n', 'x'.repeat(81)])('no space has the name %j', async (name) => {
    await expect(store().space(name)).rejects.toEqual(refusal('storage-failed'));
    await expect(store().drop(name)).rejects.toEqual(refusal('storage-failed'));
    expect(await store().spaces()).toEqual([]);
  });

  const badKeys: readonly (readonly [Table, string, StoreKey])[] = [
    ['bundles', 'less than zero', -1],
    ['bundles', 'minus zero', -0],
    ['bundles', 'a fraction', 1.5],
    ['bundles', 'not a number', Number.NaN],
    ['bundles', 'past what is exact', 2 ** 53],
    ['bundles', 'a text', '1'],
    ['meta', 'a number', 1],
    ['meta', 'a text too long', 'x'.repeat(TEXT_KEY_LENGTH_MAX + 1)],
  ];
  test.each(badKeys)('table %s takes no key that is %s', async (table, _what, key) => {
    const space = await store().space('chain');
    await expect(space.get(table, key)).rejects.toEqual(refusal('storage-failed'));
    await expect(space.range(table, key, key, 1)).rejects.toEqual(refusal('storage-failed'));
    for (const operation of [put(table, key, text('x')), remove(table, key), removeRange(table, key, key)]) {
      await expect(space.write([operation], 'relaxed')).rejects.toEqual(refusal('storage-failed'));
    }
  });

  test('a limit counts rows', async () => {
    const space = await store().space('chain');
    await expect(space.range('tail', 0, 1, -1)).rejects.toEqual(refusal('storage-failed'));
    await expect(space.range('tail', 0, 1, 0.5)).rejects.toEqual(refusal('storage-failed'));
  });

  test('a refused write changes nothing, and those before and after it stand', async () => {
    const space = await store().space('chain');
    const before = space.write([put('meta', 'before', text('1'))], 'relaxed');
    const refused = space.write([put('meta', 'good', text('1')), removeRange('meta', '', '\uffff'), put('meta', 5, text('bad'))], 'strict');
    const tooLarge = space.write([put('meta', 'good', text('1')), put('bundles', 1, new Uint8Array(VALUE_BYTES_MAX + 1))], 'strict');
    const after = space.write([put('meta', 'after', text('1'))], 'strict');
    await expect(refused).rejects.toEqual(refusal('storage-failed'));
    await expect(tooLarge).rejects.toEqual(refusal('storage-failed'));
    await Promise.all([before, after]);
    expect((await space.range('meta', '', '\uffff', 9)).map(({ key }) => key)).toEqual(['after', 'before']);
  });
}

function spaceTests(store: () => Store): void {
  test('spaces are apart, and listed in order', async () => {
    const names = ['b', 'a', '0', '-', 'x'.repeat(80)];
    for (const name of names) await (await store().space(name)).write([put('meta', 'name', text(name))], 'relaxed');
    expect(await store().spaces()).toEqual(names.toSorted());
    for (const name of names) expect(await (await store().space(name)).get('meta', 'name')).toEqual(text(name));
  });

  test('the same name gives the same space, also when asked for at once', async () => {
    const [one, other] = await Promise.all([store().space('same'), store().space('same')]);
    await one.write([put('meta', 'a', text('1'))], 'relaxed');
    expect(await other.get('meta', 'a')).toEqual(text('1'));
    expect(await store().spaces()).toEqual(['same']);
  });

  test('a dropped space is gone with all in it; its name can be used again', async () => {
    const space = await store().space('gone');
    await store().space('stays');
    await space.write([put('meta', 'a', text('1'))], 'strict');
    await store().drop('gone');
    expect(await store().spaces()).toEqual(['stays']);
    await expect(space.get('meta', 'a')).rejects.toEqual(refusal('closed'));
    await expect(space.write([put('meta', 'a', text('2'))], 'strict')).rejects.toEqual(refusal('closed'));
    expect(await (await store().space('gone')).get('meta', 'a')).toBeUndefined();
  });

  test('what was never there can be dropped', async () => {
    await store().drop('never');
    expect(await store().spaces()).toEqual([]);
  });
}

function closingTests(store: () => Store): void {
  test('writes under way settle; nothing is taken afterwards; closing twice is closing', async () => {
    const space = await store().space('chain');
    const pending = Promise.all([1, 2, 3].map((key) => space.write([put('tail', key, text('t'))], 'strict')));
    await Promise.all([pending, store().close()]);
    await store().close();
    await expect(space.get('tail', 1)).rejects.toEqual(refusal('closed'));
    await expect(space.range('tail', 1, 2, 3)).rejects.toEqual(refusal('closed'));
    await expect(space.write([], 'relaxed')).rejects.toEqual(refusal('closed'));
    await expect(store().space('chain')).rejects.toEqual(refusal('closed'));
    await expect(store().spaces()).rejects.toEqual(refusal('closed'));
    await expect(store().drop('chain')).rejects.toEqual(refusal('closed'));
  });
}

// ---------------------------------------------------------------- against a model

type Step =
  | { readonly type: 'write'; readonly operations: readonly WriteOperation[]; readonly durability: Durability }
  | { readonly type: 'get'; readonly table: Table; readonly key: StoreKey }
  | { readonly type: 'range'; readonly table: Table; readonly from: StoreKey; readonly to: StoreKey; readonly limit: number };

// Few keys, so that operations meet.
const numberKey = fc.oneof(fc.nat(12), fc.maxSafeNat());
const textKey = fc.oneof(fc.constantFrom('', 'a', 'b', 'ab', '\ufffd', '\u{10000}'), fc.string({ unit: 'binary', maxLength: 3 }));
const place = fc.oneof(
  fc.record({ table: fc.constantFrom<Table>('tail', 'bundles'), key: numberKey, to: numberKey }),
  fc.record({ table: fc.constantFrom<Table>('meta', 'votes'), key: textKey, to: textKey }),
);
const value = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc.integer({ min: 4000, max: 70_000 }).map((length) => new Uint8Array(length).fill(length)),
);
const operation = fc.oneof(
  { arbitrary: fc.tuple(place, value).map(([{ table, key }, bytes]) => put(table, key, bytes)), weight: 4 },
  { arbitrary: place.map(({ table, key }) => remove(table, key)), weight: 1 },
  { arbitrary: place.map(({ table, key, to }) => removeRange(table, key, to)), weight: 1 },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({
      type: fc.constant('write' as const),
      operations: fc.array(operation, { maxLength: 8 }),
      durability: fc.constantFrom<Durability>('relaxed', 'strict', 'erasing'),
    }),
    weight: 3,
  },
  { arbitrary: place.map(({ table, key }): Step => ({ type: 'get', table, key })), weight: 1 },
  {
    arbitrary: fc.tuple(place, fc.nat(6)).map(([{ table, key, to }, limit]): Step => ({ type: 'range', table, from: key, to, limit })),
    weight: 2,
  },
);

type Model = Map<Table, Map<StoreKey, Uint8Array>>;

function modelRows(model: Model, table: Table, from: StoreKey, to: StoreKey): { key: StoreKey; value: Uint8Array }[] {
  return [...(model.get(table) ?? [])]
    .filter(([key]) => key >= from && key <= to)
    .map(([key, bytes]) => ({ key, value: bytes }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function applyToModel(model: Model, operations: readonly WriteOperation[]): void {
  for (const change of operations) {
    const rows = model.get(change.table) ?? new Map<StoreKey, Uint8Array>();
    model.set(change.table, rows);
    if (change.type === 'put') rows.set(change.key, change.value);
    else if (change.type === 'delete') rows.delete(change.key);
    else for (const { key } of modelRows(model, change.table, change.from, change.to)) rows.delete(key);
  }
}

async function checkStep(space: Space, model: Model, next: Step): Promise<void> {
  if (next.type === 'write') {
    await space.write(next.operations, next.durability);
    applyToModel(model, next.operations);
  } else if (next.type === 'get') {
    expect(await space.get(next.table, next.key)).toEqual(model.get(next.table)?.get(next.key));
  } else {
    const expected = modelRows(model, next.table, next.from, next.to).slice(0, next.limit);
    expect(await space.range(next.table, next.from, next.to, next.limit)).toEqual(expected);
  }
}

async function checkWhole(space: Space, model: Model): Promise<void> {
  for (const table of ['tail', 'bundles'] as const) {
    expect(await space.range(table, 0, Number.MAX_SAFE_INTEGER, 1000)).toEqual(modelRows(model, table, 0, Number.MAX_SAFE_INTEGER));
  }
  for (const table of ['meta', 'votes'] as const) {
    const last = '\uffff'.repeat(8);
    expect(await space.range(table, '', last, 1000)).toEqual(modelRows(model, table, '', last));
  }
}

function modelTests(store: () => Store): void {
  test('gives what a plain map would', async () => {
    let run = 0;
    const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      const name = `run-${run++}`;
      const space = await store().space(name);
      const model: Model = new Map();
      for (const next of steps) await checkStep(space, model, next);
      await checkWhole(space, model);
      await store().drop(name);
    });
    await fc.assert(property, { seed: 20_261_120, numRuns: 40 });
  });
}
