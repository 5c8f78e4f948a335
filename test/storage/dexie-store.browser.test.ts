import { Dexie, liveQuery } from 'dexie';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Store, WriteOperation } from '../../src/node/ports.ts';
import { dexieStore } from '../../src/storage/dexie-store.ts';
import { storeContract } from './store-contract.ts';

let stores = 0;

async function removeAll(name: string): Promise<void> {
  const store = dexieStore(name);
  for (const space of await store.spaces()) await store.drop(space);
  await store.close();
}

storeContract('IndexedDB', async () => {
  const name = `contract-${stores++}`;
  return { open: async () => dexieStore(name), persistent: true, destroy: () => removeAll(name) };
});

const refusal = (code: string) => expect.objectContaining({ name: 'RefusalError', code });
const put = (key: number): WriteOperation => ({ type: 'put', table: 'tail', key, value: Uint8Array.of(key) });

describe('one database, several windows', () => {
  let name: string;
  let here: Store;
  let there: Store;
  beforeEach(() => {
    name = `windows-${stores++}`;
    here = dexieStore(name);
    there = dexieStore(name);
  });
  afterEach(async () => {
    await Promise.all([here.close(), there.close()]);
    await removeAll(name);
  });

  test('what one window writes the other reads', async () => {
    const [mine, theirs] = [await here.space('chain'), await there.space('chain')];
    await mine.write([put(1)], 'strict');
    await theirs.write([put(2)], 'relaxed');
    expect((await mine.range('tail', 0, 9, 9)).map(({ key }) => key)).toEqual([1, 2]);
  });

  test('a window that drops a space ends it for the other, after what that one had begun', async () => {
    const theirs = await there.space('chain');
    const begun = theirs.write([put(1)], 'strict');
    await here.drop('chain');
    await begun;
    await expect(theirs.get('tail', 1)).rejects.toEqual(refusal('closed'));
    expect(await there.spaces()).toEqual([]);
    expect(await (await there.space('chain')).get('tail', 1)).toBeUndefined();
  });

  test('a window that never lets go makes dropping and opening fail in time; when it lets go, the space is gone and can be made again', async () => {
    await (await here.space('chain')).write([put(1)], 'strict');
    const frozen = await openNatively(`${name}/chain`);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const failsInTime = async (waiting: Promise<unknown>) => {
      const outcome = expect(waiting).rejects.toEqual(refusal('storage-failed'));
      await vi.waitUntil(() => vi.getTimerCount() > 0);
      vi.runAllTimers();
      await outcome;
    };
    try {
      await failsInTime(here.drop('chain'));
      await failsInTime(here.space('chain'));
    } finally {
      vi.useRealTimers();
    }
    frozen.close();
    expect(await (await here.space('chain')).get('tail', 1)).toBeUndefined();
  });

  test('a live query of another window hears of every write to the table it reads', async () => {
    const mine = await here.space('chain');
    const reader = await new Dexie(`${name}/chain`).open();
    const counts: number[] = [];
    const heard = new Promise<void>((resolve, reject) => {
      liveQuery(() => reader.table('tail').count()).subscribe({
        next: (count) => {
          counts.push(count);
          if (counts.length === 1) mine.write([put(1), put(2)], 'relaxed').catch(reject);
          else if (count === 2) mine.write([{ type: 'delete', table: 'tail', key: 1 }], 'relaxed').catch(reject);
          else resolve();
        },
        error: reject,
      });
    });
    await heard;
    reader.close();
    expect(counts).toEqual([0, 2, 1]);
  });

  test('other databases of the site are neither listed nor touched', async () => {
    const others = [`${name}x/chain`, `${name}/a/b`, `${name}/Upper`, name];
    const opened = await Promise.all(others.map(openOther));
    await here.space('ours');
    expect(await here.spaces()).toEqual(['ours']);
    await Promise.all(opened.map((other) => other.delete()));
  });

  test('a space that a later version of the program made is refused and left as it is', async () => {
    const later = new Dexie(`${name}/chain`);
    later.version(2).stores({ tail: '' });
    await later.open();
    later.close();
    await expect(here.space('chain')).rejects.toEqual(refusal('storage-failed'));
    expect((await indexedDB.databases()).find((database) => database.name === `${name}/chain`)?.version).toBe(20);
  });

  test('a later version of the program in another window gets the space at once, and this one is told', async () => {
    const mine = await here.space('chain');
    await mine.write([put(1)], 'strict');
    const later = new Dexie(`${name}/chain`);
    later.version(2).stores({ tail: '' });
    await later.open();
    expect(await later.table('tail').count()).toBe(1);
    await expect(mine.write([put(2)], 'strict')).rejects.toEqual(refusal('closed'));
    later.close();
  });
});

test('a strict write asks the browser for a strict transaction, a relaxed one for a relaxed, and both for all tables', async () => {
  const name = `durability-${stores++}`;
  const asked: (readonly [string, number])[] = [];
  const original = IDBDatabase.prototype.transaction;
  const store = dexieStore(name);
  const space = await store.space('chain');
  IDBDatabase.prototype.transaction = function (...parameters) {
    const made = original.apply(this, parameters);
    asked.push([made.durability, made.objectStoreNames.length]);
    return made;
  };
  try {
    await space.write([put(1)], 'strict');
    await space.write([put(2)], 'relaxed');
  } finally {
    IDBDatabase.prototype.transaction = original;
  }
  expect(asked).toEqual([
    ['strict', 11],
    ['relaxed', 11],
  ]);
  await store.close();
  await removeAll(name);
});

async function openOther(name: string): Promise<Dexie> {
  const other = new Dexie(name);
  other.version(1).stores({ rows: '' });
  await other.open();
  return other;
}

/** A connection that does not listen when it is asked to let go. */
function openNatively(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
