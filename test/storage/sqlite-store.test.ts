import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../relay/src/sqlite-space.ts';
import { sqliteStore } from '../../relay/src/sqlite-store.ts';
import type { WriteOperation } from '../../src/node/ports.ts';
import { storeContract } from './store-contract.ts';

storeContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-store-'));
  return { open: async () => sqliteStore(folder), persistent: true, destroy: () => rm(folder, { recursive: true }) };
});

const refusal = (code: string) => expect.objectContaining({ name: 'RefusalError', code });
const put = (key: number, length: number): WriteOperation => ({
  type: 'put',
  table: 'bundles',
  key,
  value: new Uint8Array(length).fill(key),
});

describe('the folder of a SQLite store', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-store-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('holds one file a space, for its owner alone, and nothing else once the store is closed', async () => {
    const store = sqliteStore(join(folder, 'spaces'));
    await (await store.space('one')).write([put(1, 1000)], 'strict');
    await (await store.space('two')).write([put(1, 1000)], 'relaxed');
    const modes = await Promise.all(
      ['', 'one.sqlite', 'one.sqlite-wal', 'two.sqlite'].map(async (file) => (await stat(join(folder, 'spaces', file))).mode & 0o777),
    );
    expect(modes).toEqual([0o700, 0o600, 0o600, 0o600]);
    await store.close();
    expect(await readdir(join(folder, 'spaces'))).toEqual(['one.sqlite', 'two.sqlite']);
  });

  test('may hold other files: they are neither listed nor touched', async () => {
    await writeFile(join(folder, 'notes.txt'), 'mine');
    await writeFile(join(folder, 'Upper.sqlite'), 'mine');
    const store = sqliteStore(folder);
    expect(await store.spaces()).toEqual([]);
    await store.close();
    expect((await readdir(folder)).toSorted()).toEqual(['Upper.sqlite', 'notes.txt']);
  });

  test('a space at its limit refuses what does not fit, keeps what it has and takes what fits', async () => {
    const store = sqliteStore(folder, { spaceBytesMax: 1_000_000 });
    const space = await store.space('full');
    await space.write([put(1, 300_000)], 'strict');
    await expect(space.write([put(2, 400_000), put(3, 400_000)], 'strict')).rejects.toEqual(refusal('storage-full'));
    expect((await space.range('bundles', 0, 9, 9)).map(({ key }) => key)).toEqual([1]);
    await space.write([put(4, 300_000)], 'relaxed');
    await space.write([{ type: 'delete', table: 'bundles', key: 1 }], 'relaxed');
    await space.write([put(5, 300_000)], 'strict');
    expect((await space.range('bundles', 0, 9, 9)).map(({ key }) => key)).toEqual([4, 5]);
    await store.close();
  });

  const filesHold = async (needle: string) => {
    const files = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file))));
    return files.some((bytes) => bytes.includes(needle));
  };
  const SECRET = 'the key is under the mat';
  const secret: WriteOperation = { type: 'put', table: 'bodies', key: 1, value: Buffer.from(SECRET.repeat(300)) };
  const nothing: WriteOperation = { ...secret, value: Buffer.from('nothing') };

  test.each([
    ['replaced', nothing],
    ['deleted', { type: 'delete', table: 'bodies', key: 1 }],
  ] as const)('what an erasing write has %s is in no file any more, while the store goes on', async (_, operation) => {
    const store = sqliteStore(folder);
    const space = await store.space('kept');
    await space.write([secret], 'strict');
    await space.write([put(2, 10_000)], 'relaxed');
    expect(await filesHold(SECRET)).toBe(true);
    await space.write([operation], 'erasing');
    expect(await filesHold(SECRET)).toBe(false);
    await store.close();
  });

  test('while another process reads the file, what was erased stays in the log: a later write empties it', async () => {
    const store = sqliteStore(folder);
    const space = await store.space('kept');
    await space.write([secret], 'strict');
    const reader = new DatabaseSync(join(folder, 'kept.sqlite'));
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM bodies').get();
    await space.write([nothing], 'erasing');
    expect(await space.get('bodies', 1)).toEqual(new Uint8Array(Buffer.from('nothing')));
    expect(await filesHold(SECRET)).toBe(true);
    reader.close();
    await space.write([put(2, 10)], 'relaxed');
    expect(await filesHold(SECRET)).toBe(false);
    await store.close();
  });

  test('what a crash kept of it goes when the space is opened', async () => {
    const store = sqliteStore(folder);
    const space = await store.space('kept');
    await space.write([secret], 'strict');
    await space.write([nothing], 'strict');
    const copies = await Promise.all(
      ['kept.sqlite', 'kept.sqlite-wal'].map(async (file) => [file, await readFile(join(folder, file))] as const),
    );
    await store.close();
    for (const [file, bytes] of copies) await writeFile(join(folder, file), bytes);
    expect(await filesHold(SECRET)).toBe(true);
    const later = sqliteStore(folder);
    await later.space('kept');
    expect(await filesHold(SECRET)).toBe(false);
    await later.close();
  });

  test('a file that is no database is called corrupt and left as it is; other spaces go on', async () => {
    await writeFile(join(folder, 'bad.sqlite'), 'this was a picture of a cat'.repeat(500));
    const store = sqliteStore(folder);
    await expect(store.space('bad')).rejects.toEqual(refusal('storage-corrupt'));
    await (await store.space('good')).write([put(1, 10)], 'strict');
    expect(await store.spaces()).toEqual(['bad', 'good']);
    await store.drop('bad');
    await (await store.space('bad')).write([put(1, 10)], 'strict');
    await store.close();
  });

  test('damage inside a file shows as corrupt when it is read', async () => {
    const store = sqliteStore(folder);
    await (await store.space('hurt')).write(
      Array.from({ length: 400 }, (_, key) => put(key, 3000)),
      'strict',
    );
    await store.close();
    const file = await open(join(folder, 'hurt.sqlite'), 'r+');
    // From the second page on: the header and the list of tables stay.
    const { size } = await file.stat();
    await file.write(new Uint8Array(size - 16 * 4096).fill(0xa5), 0, size - 16 * 4096, 16 * 4096);
    await file.close();
    const reopened = sqliteStore(folder);
    await expect((await reopened.space('hurt')).range('bundles', 0, 400, 400)).rejects.toEqual(refusal('storage-corrupt'));
    await reopened.close();
  });

  test('a space whose making was cut short before its tables were there is begun again', async () => {
    await writeFile(join(folder, 'empty.sqlite'), '');
    const begun = new DatabaseSync(join(folder, 'begun.sqlite'));
    begun.exec('PRAGMA journal_mode = WAL');
    begun.close();
    const store = sqliteStore(folder);
    for (const name of ['empty', 'begun']) await (await store.space(name)).write([put(1, 10)], 'strict');
    await store.close();
  });

  test('a space of a later format, or a database of another program, is refused and left as it is', async () => {
    const store = sqliteStore(folder);
    await store.space('later');
    await store.close();
    for (const [name, statement] of [
      ['later', 'PRAGMA user_version = 2'],
      ['other', 'CREATE TABLE recipes (id INTEGER)'],
    ] as const) {
      const database = new DatabaseSync(join(folder, `${name}.sqlite`));
      database.exec(statement);
      database.close();
    }
    const reopened = sqliteStore(folder);
    await expect(reopened.space('later')).rejects.toEqual(refusal('storage-failed'));
    await expect(reopened.space('other')).rejects.toEqual(refusal('storage-corrupt'));
    await reopened.close();
  });

  test('a space of an earlier form is brought to the newest step by step; a crash between two leaves it at the one before', () => {
    const path = join(folder, 'grown.sqlite');
    const steps = [
      'CREATE TABLE a (n INTEGER); INSERT INTO a VALUES (1);',
      'ALTER TABLE a ADD COLUMN m INTEGER DEFAULT 7;',
      'UPDATE a SET n = n + m;',
    ];
    const form = (database: DatabaseSync) => Number(database.prepare('PRAGMA user_version').get()?.['user_version']);
    const first = new DatabaseSync(path);
    expect(() => migrate(first, path, 0, [...steps.slice(0, 2), 'this is no statement;'])).toThrow();
    first.close();
    const second = new DatabaseSync(path);
    expect(form(second)).toBe(2);
    migrate(second, path, form(second), steps);
    expect([form(second), { ...second.prepare('SELECT * FROM a').get() }]).toEqual([3, { n: 8, m: 7 }]);
    migrate(second, path, form(second), steps);
    expect({ ...second.prepare('SELECT * FROM a').get() }).toEqual({ n: 8, m: 7 });
    second.close();
  });

  test('what was replaced or deleted is in no byte of the file once the store is closed', async () => {
    const secret = new TextEncoder().encode('what nobody is to read again '.repeat(400));
    const store = sqliteStore(folder);
    const space = await store.space('erased');
    await space.write(
      [1, 2, 3].map((key) => ({ type: 'put', table: 'bundles', key, value: secret }) as const),
      'strict',
    );
    await store.close();
    const bytes = () => readFile(join(folder, 'erased.sqlite'), 'latin1');
    expect(await bytes()).toContain('nobody is to read');
    const again = sqliteStore(folder);
    const reopened = await again.space('erased');
    await reopened.write([put(1, 10), { type: 'delete', table: 'bundles', key: 2 }], 'relaxed');
    await reopened.write([{ type: 'delete-range', table: 'bundles', from: 3, to: 9 }], 'strict');
    await again.close();
    expect(await bytes()).not.toContain('nobody is to read');
  });

  test('another process that holds the file for long makes a write fail, and the next one succeeds', { timeout: 30_000 }, async () => {
    const store = sqliteStore(folder);
    const space = await store.space('busy');
    const other = new DatabaseSync(join(folder, 'busy.sqlite'));
    other.exec('BEGIN IMMEDIATE');
    await expect(space.write([put(1, 10)], 'strict')).rejects.toEqual(refusal('storage-failed'));
    other.exec('ROLLBACK');
    other.close();
    await space.write([put(2, 10)], 'strict');
    expect((await space.range('bundles', 0, 9, 9)).map(({ key }) => key)).toEqual([2]);
    await store.close();
  });

  test('a folder that cannot be made is a failure that says which', async () => {
    await writeFile(join(folder, 'file'), '');
    const store = sqliteStore(join(folder, 'file', 'spaces'));
    await expect(store.space('a')).rejects.toThrow(/file\/spaces/);
    await expect(store.space('a')).rejects.toEqual(refusal('storage-failed'));
    await store.close();
  });
});
