/**
 * Signed notes (C2SP signed-note): a text, and under it a line for each signature.
 *
 * ```
 * text, each line ended by a newline
 *                                                     an empty line, the last one of the note
 * — name base64( key id, 4 bytes ‖ signature )        one line a signature
 * ```
 *
 * Reading says nothing about the signatures: see `openNote`.
 *
 * https://c2sp.org/signed-note
 */
import { base64 } from '@scure/base';
import { concat, fromUtf8, utf8 } from '../base/bytes.ts';
import { NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX } from '../base/limits.ts';
import { invariant, ok, type Result, refuse } from '../base/result.ts';
import { fromBase64, isNoteName, isSameKey, KEY_ID_BYTES, type NamedKey } from './verifier-key.ts';

/** A signature as its line has it: who is said to have signed, and what that key's type makes of a signature. */
export interface NoteSignature extends NamedKey {
  readonly signature: Uint8Array;
}

export interface Note {
  /** With the newline at its end. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const SIGNATURE_PREFIX = '— ';

/** The bytes of a note; a text that no note can carry is a mistake of ours. */
export function encodeNote({ text, signatures }: Note): Uint8Array {
  invariant(isNoteText(text), 'the text of a note ends in a newline and has no other control characters');
  invariant(signatures.length > 0 && signatures.length <= NOTE_SIGNATURES_MAX, 'a note has signatures, and not too many');
  return utf8(`${text}\n${encodeSignatureLines(signatures)}`);
}

/** The lines alone, as a witness answers. */
export function encodeSignatureLines(signatures: readonly NoteSignature[]): string {
  return signatures.map(({ name, id, signature }) => `${SIGNATURE_PREFIX}${name} ${base64.encode(concat(id, signature))}\n`).join('');
}

/** Reads a note; `too-large` or `malformed`. */
export function decodeNote(bytes: Uint8Array): Result<Note> {
  if (bytes.length > NOTE_BYTES_MAX) return refuse('too-large', `${bytes.length} bytes are more than any note has`);
  const whole = fromUtf8(bytes);
  if (whole === undefined) return refuse('malformed', 'a note is text in UTF-8');
  const split = whole.lastIndexOf('\n\n');
  if (split === -1) return refuse('malformed', 'no empty line before the signatures of a note');
  const text = whole.slice(0, split + 1);
  if (!isNoteText(text)) return refuse('malformed', 'control characters in a note');
  const signatures = decodeSignatureLines(whole.slice(split + 2));
  return signatures.ok ? ok({ text, signatures: signatures.value }) : signatures;
}

/** Reads signature lines, of which there must be one at least. */
export function decodeSignatureLines(text: string): Result<readonly NoteSignature[]> {
  if (text.length > NOTE_BYTES_MAX) return refuse('too-large', 'more signatures than any note has');
  if (!text.endsWith('\n')) return refuse('malformed', 'a signature line does not end');
  const lines = text.slice(0, -1).split('\n');
  if (lines.length > NOTE_SIGNATURES_MAX) return refuse('too-large', `a note with ${lines.length} signatures`);
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const signature = readLine(line);
    if (signature === undefined) return refuse('malformed', `signature line ${signatures.length} of a note`);
    signatures.push(signature);
  }
  return ok(signatures);
}

function readLine(line: string): NoteSignature | undefined {
  if (!line.startsWith(SIGNATURE_PREFIX)) return undefined;
  const [name, encoded, ...rest] = line.slice(SIGNATURE_PREFIX.length).split(' ');
  if (name === undefined || encoded === undefined || rest.length > 0 || !isNoteName(name)) return undefined;
  const bytes = fromBase64(encoded);
  if (bytes === undefined || bytes.length <= KEY_ID_BYTES) return undefined;
  return { name, id: bytes.slice(0, KEY_ID_BYTES), signature: bytes.slice(KEY_ID_BYTES) };
}

/** The note with these signatures as well, each key's first one kept. */
export function withSignatures({ text, signatures }: Note, more: readonly NoteSignature[]): Note {
  const all = [...signatures];
  for (const signature of more) if (!all.some((one) => isSameKey(one, signature))) all.push(signature);
  return { text, signatures: all };
}

function isNoteText(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  return /^[^\u0000-\u0009\u000b-\u001f\ud800-\udfff]*\n$/u.test(text);
}
