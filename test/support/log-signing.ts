/** People who sign notes in tests: keys from a byte, and names that tell them apart. */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';

import { utf8 } from '../../src/core/base/bytes.ts';
import { type PublicKey, publicKeyOf, type SignatureCheck, signWithSeed } from '../../src/core/base/key.ts';
import type { Result } from '../../src/core/base/result.ts';
import { type Checkpoint, checkpointText } from '../../src/core/log/checkpoint.ts';
import { cosignedText } from '../../src/core/log/cosignature.ts';
import type { Note, NoteSignature } from '../../src/core/log/note.ts';
import { cosignatureLine, noteSignature, type OpenedNote, openNote, settleNote } from '../../src/core/log/open-note.ts';
import type { Policy } from '../../src/core/log/policy.ts';
import { type VerifierKey, verifierKey } from '../../src/core/log/verifier-key.ts';

export interface NoteHand {
  readonly key: VerifierKey;
  readonly sign: (text: string) => NoteSignature;
}

/** Signs notes as they are. */
export function noteHand(name: string, seedByte: number): NoteHand {
  const seed = new Uint8Array(32).fill(seedByte);
  const key = verifierKey(name, 'note', publicKeyOf(seed));
  return { key, sign: (text) => noteSignature(key, signWithSeed(seed, utf8(text))) };
}

/** Cosigns checkpoints, always at this time. */
export function cosigningHand(name: string, seedByte: number, time: number): NoteHand {
  const seed = new Uint8Array(32).fill(seedByte);
  const key = verifierKey(name, 'cosignature', publicKeyOf(seed));
  return { key, sign: (text) => cosignatureLine(key, time, signWithSeed(seed, cosignedText(time, text))) };
}

export function signedText(text: string, hands: readonly NoteHand[]): Note {
  return { text, signatures: hands.map(({ sign }) => sign(text)) };
}

export function signedCheckpoint(checkpoint: Checkpoint, hands: readonly NoteHand[]): Note {
  return signedText(checkpointText(checkpoint), hands);
}

/** Asks for the log's signature and that of one witness. */
export function witnessedPolicy({ key: log }: NoteHand, { key: witness }: NoteHand): Policy {
  return { logs: [{ key: log, url: undefined }], witnesses: [{ name: 'w', key: witness, url: undefined }], groups: [], quorum: 'w' };
}

/** Opens, checks and settles at once. */
export function openSigned(note: Note, keys: readonly VerifierKey[]): Result<OpenedNote> {
  const opening = openNote(note, keys);
  if (!opening.ok) return opening;
  return settleNote(opening.value, opening.value.checks.map(isSigned));
}

/** Natively, and without waiting: thousands of changed notes are judged in these tests. */
function isSigned({ key, message, signature }: SignatureCheck): boolean {
  return verify(undefined, message, nativeKey(key), signature);
}

const nativeKeys = new Map<string, KeyObject>();

function nativeKey(key: PublicKey): KeyObject {
  const x = Buffer.from(key).toString('base64url');
  const made = nativeKeys.get(x) ?? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  nativeKeys.set(x, made);
  return made;
}
