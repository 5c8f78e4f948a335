import { Dexie } from 'dexie';
import { expect, test } from 'vitest';
import { browserKeyStore } from '../../src/storage/browser-keys.ts';
import { keyContract, keyNameContract } from './key-contract.ts';

let databases = 0;

keyContract('browser', async () => {
  const name = `keys-${databases++}`;
  return { open: () => browserKeyStore(name), persistent: true, destroy: () => Dexie.delete(name) };
});

keyNameContract('browser', () => browserKeyStore('keys-names'));

test('what lies in the database gives signatures and no key', async () => {
  await browserKeyStore('keys-raw').make('node/a');
  const database = await new Dexie('keys-raw').open();
  const { privateKey } = await database.transaction('r', 'keys', () => database.table('keys').get('node/a'));
  expect(privateKey).toBeInstanceOf(CryptoKey);
  expect([privateKey.type, privateKey.extractable, privateKey.usages]).toEqual(['private', false, ['sign']]);
  await expect(crypto.subtle.exportKey('pkcs8', privateKey)).rejects.toMatchObject({ name: 'InvalidAccessError' });
  database.close();
  await Dexie.delete('keys-raw');
});

test('a key is made, renamed and deleted in strict transactions, and the database is let go of afterwards', async () => {
  const asked: string[] = [];
  const original = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (...parameters) {
    const made = original.apply(this, parameters);
    if (made.mode === 'readwrite') asked.push(made.durability);
    return made;
  };
  try {
    const keys = browserKeyStore('keys-strict');
    await keys.make('a');
    await keys.rename('a', 'b');
    await keys.delete('b');
  } finally {
    IDBDatabase.prototype.transaction = original;
  }
  expect(asked).toEqual(['strict', 'strict', 'strict']);
  // Would wait for ever for a connection that is still open.
  await new Promise<void>((resolve, reject) => {
    const request = indexedDB.deleteDatabase('keys-strict');
    request.onsuccess = () => resolve();
    request.onblocked = () => reject(new Error('still open'));
  });
});
