/**
 * Proofs as C2SP sends them: lines of words, a line for each hash, an empty line, and the checkpoint that they are about.
 * `tlog-proof.ts` and `witness.ts` say which words.
 */
import { base64 } from '@scure/base';
import { concat, fromUtf8, utf8 } from '../base/bytes.ts';
import { asHash, type Hash } from '../base/hash.ts';
import { invariant, ok, type Result, refuse } from '../base/result.ts';
import { decodeCheckpoint, type SignedCheckpoint } from './checkpoint.ts';
import { encodeNote, type Note } from './note.ts';
import { PROOF_HASHES_MAX, type Proof } from './proof.ts';
import { fromBase64 } from './verifier-key.ts';

/** Each line of a proof in bytes, its end included. */
export const PROOF_LINE_BYTES = 45;

export function encodeProofLines(words: readonly string[], proof: Proof, note: Note): Uint8Array {
  invariant(proof.length <= PROOF_HASHES_MAX, 'a proof has its bound');
  const lines = [...words, ...proof.map((hash) => base64.encode(hash)), ''];
  return concat(utf8(lines.map((line) => `${line}\n`).join('')), encodeNote(note));
}

/** The lines before the empty one, of which there is at least one, and the checkpoint; `too-large` or `malformed`. */
export function splitProofLines(
  bytes: Uint8Array,
  bytesMax: number,
): Result<{ readonly lines: readonly string[]; readonly signed: SignedCheckpoint }> {
  if (bytes.length > bytesMax) return refuse('too-large', `${bytes.length} bytes are more than any proof has`);
  const text = fromUtf8(bytes);
  if (text === undefined) return refuse('malformed', 'a proof is text in UTF-8');
  const end = text.indexOf('\n\n');
  if (end === -1) return refuse('malformed', 'no empty line before the checkpoint of a proof');
  const signed = decodeCheckpoint(utf8(text.slice(end + 2)));
  return signed.ok ? ok({ lines: text.slice(0, end).split('\n'), signed: signed.value }) : signed;
}

/** The hashes of a proof, a line each. */
export function readProofLines(lines: readonly string[]): Result<Proof> {
  if (lines.length > PROOF_HASHES_MAX) return refuse('too-large', `a proof of ${lines.length} hashes`);
  const hashes: Hash[] = [];
  for (const line of lines) {
    const hash = asHash(fromBase64(line) ?? new Uint8Array(0));
    if (hash === undefined) return refuse('malformed', `line ${hashes.length} of a proof is no hash`);
    hashes.push(hash);
  }
  return ok(hashes);
}
