/**
 * Verifier keys (C2SP signed-note, "Verifier keys"): who may sign notes, as one word that people can paste.
 *
 * ```
 * verifier key = name "+" hex( key id, 4 bytes ) "+" base64( type, 1 byte ‖ public key, 32 bytes )
 * key id       = SHA-256( name ‖ 0x0A ‖ type ‖ public key )[0:4]
 * ```
 *
 * Two types are read here, both Ed25519: signatures of a note as such, and timestamped cosignatures of a checkpoint.
 *
 * https://c2sp.org/signed-note#verifier-keys
 */
import { base64 } from '@scure/base';
import { concat, equal, fromHex, toHex, utf8, utf8Fits } from '../base/bytes.ts';
import { plainSha256 } from '../base/hash.ts';
import { asPublicKey, isAdmissibleKey, PUBLIC_KEY_BYTES, type PublicKey } from '../base/key.ts';
import { NOTE_NAME_BYTES_MAX } from '../base/limits.ts';
import { invariant, ok, type Result, refuse } from '../base/result.ts';

/** The numbers that C2SP signed-note assigned. */
const TYPE_NUMBERS = { note: 0x01, cosignature: 0x04 } as const;
export type SignatureType = keyof typeof TYPE_NUMBERS;

export const KEY_ID_BYTES = 4;
const NEWLINE = Uint8Array.of(0x0a);

/** Names a key wherever it signs; two with the same name and id are the same key. */
export interface VerifierKey {
  readonly name: string;
  readonly id: Uint8Array;
  readonly type: SignatureType;
  readonly key: PublicKey;
}

/** A key under a name; a name that no note could carry is a mistake of ours. */
export function verifierKey(name: string, type: SignatureType, key: PublicKey): VerifierKey {
  invariant(isNoteName(name), 'a name of a note’s key has no spaces and no plus');
  return { name, id: keyId(name, TYPE_NUMBERS[type], key), type, key };
}

export function encodeVerifierKey({ name, id, type, key }: VerifierKey): string {
  return `${name}+${toHex(id)}+${base64.encode(concat(Uint8Array.of(TYPE_NUMBERS[type]), key))}`;
}

/** Reads a verifier key: `malformed`, or `bad-key` where its id is not its own, its type unknown or its key not a sound one. */
export function decodeVerifierKey(text: string): Result<VerifierKey> {
  const parts = text.split('+');
  // A plus is also a digit of base64, so only the first two of them divide.
  const [name, id, ...rest] = parts;
  if (name === undefined || id === undefined || rest.length === 0 || !isNoteName(name)) return refuse('malformed', 'not a verifier key');
  const idBytes = /^[0-9a-f]{8}$/.test(id) ? fromHex(id) : undefined;
  const material = fromBase64(rest.join('+')) ?? new Uint8Array(0);
  if (idBytes === undefined || material.length === 0) return refuse('malformed', 'not a verifier key');
  return withMaterial(name, idBytes, material);
}

function withMaterial(name: string, id: Uint8Array, material: Uint8Array): Result<VerifierKey> {
  const type = typeOf(material[0]);
  if (type === undefined) return refuse('bad-key', `a verifier key of type ${material[0]}`);
  const key = asPublicKey(material.subarray(1));
  if (key === undefined) return refuse('malformed', `a key is ${PUBLIC_KEY_BYTES} bytes`);
  const made = verifierKey(name, type, key);
  if (!equal(made.id, id)) return refuse('bad-key', 'the id of a verifier key is not its own');
  return isAdmissibleKey(key) ? ok(made) : refuse('bad-key', 'the key of a verifier key is not a sound one');
}

/** True if both name the same key; which of several types it signs with is part of its id. */
export function isSameKey(a: NamedKey, b: NamedKey): boolean {
  return equal(a.id, b.id) && a.name === b.name;
}

/** What a signature line says of its key. */
export interface NamedKey {
  readonly name: string;
  readonly id: Uint8Array;
}

/** True for what may name a key: text without spaces, plus or control characters, of 1 to 255 bytes. */
export function isNoteName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  return /^[^\p{White_Space}+\u0000-\u001f\ud800-\udfff]+$/u.test(name) && utf8Fits(name, NOTE_NAME_BYTES_MAX);
}

/** Reads base64 with its padding, in the one spelling that counts; `undefined` if it is anything else. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    return base64.decode(text);
  } catch {
    return undefined;
  }
}

function keyId(name: string, type: number, key: PublicKey): Uint8Array {
  return plainSha256(concat(utf8(name), NEWLINE, Uint8Array.of(type), key)).slice(0, KEY_ID_BYTES);
}

function typeOf(number: number | undefined): SignatureType | undefined {
  if (number === TYPE_NUMBERS.note) return 'note';
  return number === TYPE_NUMBERS.cosignature ? 'cosignature' : undefined;
}
