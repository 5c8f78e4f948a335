/** Sealing and opening a backup's file by a password, with the engine's own cryptography; see `core/codec/backup.ts`. */
import { utf8 } from '../core/base/bytes.ts';
import { BACKUP_BYTES_MAX, BACKUP_FILE_BYTES_MAX, BACKUP_PASSWORD_CHARACTERS_MIN } from '../core/base/limits.ts';
import { RefusalError, unwrap } from '../core/base/result.ts';
import { type Backup, backup, backupAssociatedData, backupFile } from '../core/codec/backup.ts';
import { decode, encode } from '../core/codec/codec.ts';
import type { Random } from './ports.ts';

/** OWASP's figure for PBKDF2-HMAC-SHA256: about a quarter of a second here, for each guess as well. */
const ITERATIONS = 600_000;
/** Above it a file that somebody else made would hold the page up for minutes. */
const ITERATIONS_MAX = 10_000_000;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;

/** Throws `malformed` for a password of fewer than eight characters. */
export async function sealBackup(random: Random, content: Backup, password: string): Promise<Uint8Array> {
  if ([...password].length < BACKUP_PASSWORD_CHARACTERS_MIN)
    throw new RefusalError({ code: 'malformed', detail: `a password has at least ${BACKUP_PASSWORD_CHARACTERS_MIN} characters` });
  const seal = { version: 1, iterations: ITERATIONS, salt: random.bytes(SALT_BYTES), nonce: random.bytes(NONCE_BYTES) } as const;
  const key = await keyOf(password, seal.salt, ITERATIONS, 'encrypt');
  const plain = encode(backup, content);
  const sealed = await crypto.subtle.encrypt(parameters(seal), key, plain.slice());
  plain.fill(0);
  return encode(backupFile, { ...seal, sealed: new Uint8Array(sealed) });
}

/** Throws `malformed` for what is no backup, `wrong-password` for a wrong one or a file that was changed. */
export async function openBackup(file: Uint8Array, password: string): Promise<Backup> {
  const read = decode(backupFile, file, BACKUP_FILE_BYTES_MAX);
  if (!read.ok) throw new RefusalError({ code: 'malformed', detail: `no backup: ${read.refusal.detail}` });
  const { sealed, ...seal } = read.value;
  if (seal.iterations < 1 || seal.iterations > ITERATIONS_MAX)
    throw new RefusalError({ code: 'malformed', detail: `${seal.iterations} iterations` });
  const key = await keyOf(password, seal.salt, seal.iterations, 'decrypt');
  const plain = await crypto.subtle.decrypt(parameters(seal), key, sealed.slice()).catch(() => {
    throw new RefusalError({ code: 'wrong-password', detail: 'the password does not open the file, or the file was changed' });
  });
  return unwrap(decode(backup, new Uint8Array(plain), BACKUP_BYTES_MAX));
}

function parameters(seal: Parameters<typeof backupAssociatedData>[0]): AesGcmParams {
  return { name: 'AES-GCM', iv: seal.nonce.slice(), additionalData: backupAssociatedData(seal).slice() };
}

async function keyOf(password: string, salt: Uint8Array, iterations: number, use: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  // However a keyboard composes its letters, they are the same password.
  const secret = await crypto.subtle.importKey('raw', utf8(password.normalize('NFKC')).slice(), 'PBKDF2', false, ['deriveKey']);
  const by = { name: 'PBKDF2', hash: 'SHA-256', salt: salt.slice(), iterations };
  return crypto.subtle.deriveKey(by, secret, { name: 'AES-GCM', length: 256 }, false, [use]);
}
