/**
 * Private keys on a server: a folder with one PKCS#8 file per key, for its owner alone.
 *
 * A file is written under another name, synced and then renamed, so that under its own name it is whole or not there. In
 * memory a key is a WebCrypto key that cannot be exported. One process at a time uses a folder.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { chmod, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PUBLIC_KEY_BYTES, type PublicKey, type Signature } from '../../src/core/base/key.ts';
import type { KeyStore, Signer } from '../../src/node/ports.ts';
import { pkcs8Of } from '../../src/node/seed-signer.ts';
import { checkKeyName, checkRename } from '../../src/storage/key-rules.ts';
import { storageFailure } from '../../src/storage/space-rules.ts';
import { diskFailure } from './disk-failure.ts';
import { makeFolder, syncFolder } from './folders.ts';

const FILE_ENDING = '.key';
/** A file under this ending was being written when the process ended: nobody has its key. */
const UNFINISHED_ENDING = '.unfinished';

/** Keys in this folder, which is made with the first of them. Every change is on the disk before it settles. */
export function fileKeyStore(folder: string): KeyStore {
  return new FileKeyStore(folder);
}

class FileKeyStore implements KeyStore {
  readonly #folder: string;
  /** The operation before, settled either way: one at a time, so that two makers of one name get one key. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async get(name: string): Promise<Signer | undefined> {
    return this.#inTurn(name, () => this.#read(name));
  }

  async make(name: string): Promise<Signer> {
    return this.#inTurn(name, async () => (await this.#read(name)) ?? this.#write(name, await generateKey()));
  }

  async adopt(name: string, seed: Uint8Array): Promise<Signer> {
    return this.#inTurn(name, () => this.#write(name, Buffer.from(pkcs8Of(seed))));
  }

  async rename(from: string, to: string): Promise<void> {
    checkKeyName(to);
    return this.#inTurn(from, async () => {
      const [source, target] = [await this.#read(from), await this.#read(to)];
      if (checkRename(from, to, source !== undefined, target !== undefined) === 'nothing') return;
      await rename(this.#path(from), this.#path(to));
      syncFolder(this.#folder);
    });
  }

  async delete(name: string): Promise<void> {
    return this.#inTurn(name, async () => {
      makeFolder(this.#folder);
      await rm(this.#path(name), { force: true });
      syncFolder(this.#folder);
    });
  }

  async #read(name: string): Promise<Signer | undefined> {
    const bytes = await readIfThere(this.#path(name));
    return bytes === undefined ? undefined : signerOf(bytes, name);
  }

  /** Takes the bytes over, as `signerOf` does. */
  async #write(name: string, bytes: Buffer<ArrayBuffer>): Promise<Signer> {
    makeFolder(this.#folder);
    await chmod(this.#folder, 0o700);
    for (const file of await readdir(this.#folder)) if (file.endsWith(UNFINISHED_ENDING)) await rm(join(this.#folder, file));
    const path = this.#path(name);
    await writeDurably(path + UNFINISHED_ENDING, bytes);
    await rename(path + UNFINISHED_ENDING, path);
    syncFolder(this.#folder);
    return signerOf(bytes, name);
  }

  #path(name: string): string {
    // A plus is in no name, so two names are two files.
    return join(this.#folder, name.replaceAll('/', '+') + FILE_ENDING);
  }

  async #inTurn<T>(name: string, run: () => Promise<T>): Promise<T> {
    checkKeyName(name);
    const running = this.#turn.then(run);
    this.#turn = running.catch(() => undefined);
    try {
      return await running;
    } catch (error) {
      throw diskFailure(error, `key ${name} in ${this.#folder}`);
    }
  }
}

async function readIfThere(path: string): Promise<Buffer<ArrayBuffer> | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new key as PKCS#8 (RFC 8410 §7). */
async function generateKey(): Promise<Buffer<ArrayBuffer>> {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  return Buffer.from(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
}

/** Takes the bytes over: they are wiped once the key is imported. */
async function signerOf(bytes: Buffer<ArrayBuffer>, name: string): Promise<Signer> {
  try {
    const publicKey = publicKeyOfFile(bytes);
    const key = await crypto.subtle.importKey('pkcs8', bytes, 'Ed25519', false, ['sign']);
    return { publicKey, sign: async (message) => new Uint8Array(await crypto.subtle.sign('Ed25519', key, message.slice())) as Signature };
  } catch (error) {
    throw storageFailure('storage-corrupt', `the file of key ${name} holds no Ed25519 key`, error);
  } finally {
    bytes.fill(0);
  }
}

function publicKeyOfFile(bytes: Buffer): PublicKey {
  const key = createPublicKey(createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' }));
  // The key itself ends its DER form (RFC 8410 §4).
  return new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(-PUBLIC_KEY_BYTES)) as PublicKey;
}
