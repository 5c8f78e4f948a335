/**
 * Private keys in a browser: WebCrypto keys that cannot be exported, kept as they are in an IndexedDB database of their own.
 *
 * The page can use a key and never see it; so neither can whatever else runs in it, nor a backup of its rows. The database
 * is open only while something is asked of it, which is rare, so that nothing has to be closed.
 */
import { Dexie, type Table } from 'dexie';
import type { PublicKey, Signature } from '../core/base/key.ts';
import type { KeyStore, Signer } from '../node/ports.ts';
import { pkcs8Of, webCryptoSeedSigner } from '../node/seed-signer.ts';
import { indexedDbFailure } from './indexed-db.ts';
import { checkKeyName, checkRename } from './key-rules.ts';
import { signerLockName } from './signer-lock.ts';

const FORMAT_VERSION = 1;

/** A key as it lies in the database, under its name. */
interface StoredKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: Uint8Array;
}

type Transact = <T>(what: string, run: (keys: Table<StoredKey, string>) => Promise<T>) => Promise<T>;

/** Keys that programs of one site may share, if not at one time. */
export interface BrowserKeyStore extends KeyStore {
  /** Name of the Web Lock that whoever signs by them holds. */
  readonly lock: string;
}

/** Keys in the database of this name, which is made when the first key is. Every change is on the disk before it settles. */
export function browserKeyStore(database = 'latchkey-keys'): BrowserKeyStore {
  const read: Transact = (what, run) => inTransaction(database, 'r', what, run);
  const change: Transact = (what, run) => inTransaction(database, 'rw', what, run);
  return {
    lock: signerLockName(database),
    async get(name) {
      checkKeyName(name);
      const stored = await read(`get ${name}`, (keys) => keys.get(name));
      return stored === undefined ? undefined : signerOf(stored);
    },
    async make(name) {
      checkKeyName(name);
      // Made before the transaction, which would end while WebCrypto works; not used if the name turns out to be taken.
      const fresh = await generateKey();
      const kept = await change(`make ${name}`, async (keys) => {
        const existing = await keys.get(name);
        if (existing === undefined) await keys.add(fresh, name);
        return existing ?? fresh;
      });
      return signerOf(kept);
    },
    async adopt(name, seed) {
      checkKeyName(name);
      const { publicKey } = await webCryptoSeedSigner(seed);
      const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8Of(seed), 'Ed25519', false, ['sign']);
      const adopted = { privateKey, publicKey };
      await change(`adopt ${name}`, (keys) => keys.put(adopted, name));
      return signerOf(adopted);
    },
    async rename(from, to) {
      checkKeyName(from);
      checkKeyName(to);
      await change(`rename ${from}`, async (keys) => {
        const [key, taken] = [await keys.get(from), await keys.get(to)];
        if (checkRename(from, to, key !== undefined, taken !== undefined) === 'nothing' || key === undefined) return;
        await keys.add(key, to);
        await keys.delete(from);
      });
    },
    async delete(name) {
      checkKeyName(name);
      await change(`delete ${name}`, (keys) => keys.delete(name));
    },
  };
}

async function inTransaction<T>(
  database: string,
  mode: 'r' | 'rw',
  what: string,
  run: (keys: Table<StoredKey, string>) => Promise<T>,
): Promise<T> {
  const dexie = new Dexie(database, { chromeTransactionDurability: 'strict' });
  dexie.version(FORMAT_VERSION).stores({ keys: '' });
  try {
    const keys = dexie.table<StoredKey, string>('keys');
    return await dexie.transaction(mode, keys, () => run(keys));
  } catch (error) {
    throw indexedDbFailure(error, what);
  } finally {
    dexie.close();
  }
}

async function generateKey(): Promise<StoredKey> {
  const pair = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  return { privateKey: pair.privateKey, publicKey: new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)) };
}

function signerOf({ privateKey, publicKey }: StoredKey): Signer {
  return {
    publicKey: publicKey as PublicKey,
    sign: async (message) => new Uint8Array(await crypto.subtle.sign('Ed25519', privateKey, message.slice())) as Signature,
  };
}
