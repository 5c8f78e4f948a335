/** People who sign notes in tests: keys from a byte, names that tell them apart, noble for the curve. */

import { utf8 } from '../../src/core/base/bytes.ts';
import { publicKeyOf, signWithSeed, verifyZip215 } from '../../src/core/base/key.ts';
import type { Result } from '../../src/core/base/result.ts';
import { type Checkpoint, checkpointText } from '../../src/core/log/checkpoint.ts';
import { cosignedText } from '../../src/core/log/cosignature.ts';
import type { Note, NoteSignature } from '../../src/core/log/note.ts';
import { cosignatureLine, noteSignature, type OpenedNote, openNote, settleNote } from '../../src/core/log/open-note.ts';
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

/** Opens, checks and settles at once. */
export function openSigned(note: Note, keys: readonly VerifierKey[]): Result<OpenedNote> {
  const opening = openNote(note, keys);
  if (!opening.ok) return opening;
  const verdicts = opening.value.checks.map(({ key, message, signature }) => verifyZip215(key, message, signature));
  return settleNote(opening.value, verdicts);
}
