/**
 * The relay's data folder: who it is (identity key, certificate), the lock that keeps a second relay out, the socket by
 * which commands reach it. The keys are made once and never change: both are part of every link that names this relay.
 */
import { accessSync, constants, readFileSync, renameSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import type { PrivateKey } from '@libp2p/interface';
import { certificateHash, type DirectCertificate, makeCertificate } from './certificate.ts';
import { Complaint } from './complaint.ts';
import { makeFolder, syncFolder } from './folders.ts';

const IDENTITY_FILE = 'identity.key';
const CERTIFICATE_FILE = 'webrtc-direct.pem';
const LOCK_FILE = 'relay.lock';

export interface DataFolder {
  readonly path: string;
  /** Names the relay's process to its peers; its public half is the peer id. */
  readonly identity: PrivateKey;
  readonly certificate: DirectCertificate;
  /** Lets another relay have the folder. */
  release(): void;
}

/**
 * Opens the folder for one relay, making it and its keys at first. Throws `Complaint` where it cannot be written, where
 * another relay has it, or where a key file is damaged.
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  makeWritable(path);
  const release = takeLock(path);
  try {
    return { path, identity: await identityIn(path), certificate: await certificateIn(path), release };
  } catch (error) {
    release();
    throw error;
  }
}

function makeWritable(path: string): void {
  try {
    makeFolder(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    if (statSync(path).isDirectory()) return;
  } catch {
    // Told below, in one sentence for every cause.
  }
  throw new Complaint(`The data folder ${path} cannot be written: give its owner write permission or choose another one with --data.`);
}

/**
 * An exclusive transaction on an SQLite file of its own: the operating system lets go of it however the process ends,
 * `kill -9` included, where a file with a process id in it would be left behind.
 */
function takeLock(path: string): () => void {
  const lock = new DatabaseSync(join(path, LOCK_FILE), { timeout: 0 });
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch {
    lock.close();
    throw new Complaint(`Another relay is running on the data folder ${path}: stop it, or choose another folder with --data.`);
  }
  return () => lock.close();
}

async function identityIn(path: string): Promise<PrivateKey> {
  const file = join(path, IDENTITY_FILE);
  const stored = readIfThere(file);
  if (stored === undefined) {
    const made = await generateKeyPair('Ed25519');
    await writeSecret(path, IDENTITY_FILE, privateKeyToProtobuf(made));
    return made;
  }
  try {
    return privateKeyFromProtobuf(stored);
  } catch {
    throw damaged(file);
  }
}

async function certificateIn(path: string): Promise<DirectCertificate> {
  const file = join(path, CERTIFICATE_FILE);
  const stored = readIfThere(file);
  if (stored === undefined) {
    const made = makeCertificate(new Date());
    await writeSecret(path, CERTIFICATE_FILE, Buffer.from(`${made.privateKey}${made.pem}`));
    return made;
  }
  return readCertificate(stored.toString()) ?? fail(damaged(file));
}

function readCertificate(text: string): DirectCertificate | undefined {
  const privateKey = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/.exec(text)?.[0];
  const pem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/.exec(text)?.[0];
  if (privateKey === undefined || pem === undefined) return undefined;
  try {
    return { privateKey, pem, certhash: certificateHash(pem) };
  } catch {
    return undefined;
  }
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new Complaint(`The file ${file} cannot be read: give its owner permission.`);
  }
}

/** Writes a file that only its owner may read, whole or not at all, and durably. */
export async function writeSecret(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  const file = join(folder, name);
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  renameSync(`${file}.new`, file);
  syncFolder(folder);
}

function damaged(file: string): Complaint {
  return new Complaint(`The file ${file} is damaged: restore it from a backup, or delete it and give out new links.`);
}

function fail(complaint: Complaint): never {
  throw complaint;
}
