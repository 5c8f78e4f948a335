/**
 * What is said to a witness (C2SP tlog-witness, "add-checkpoint"): a new checkpoint with the proof that it extends the one
 * that the witness saw last; it answers with its cosignatures as lines of a note.
 *
 * ```
 * old 20852014                      leaves of the checkpoint that the witness saw last; 0 if none
 * base64( hash, 32 bytes )          the consistency proof, a line a hash; none from 0
 *                                   an empty line
 * the checkpoint with its signatures
 * ```
 *
 * https://c2sp.org/tlog-witness
 */
import { NOTE_BYTES_MAX } from '../base/limits.ts';
import { invariant, ok, type Result, refuse } from '../base/result.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import { readDecimal } from './decimal.ts';
import type { Note } from './note.ts';
import { PROOF_HASHES_MAX, type Proof } from './proof.ts';
import { encodeProofLines, PROOF_LINE_BYTES, readProofLines, splitProofLines } from './proof-lines.ts';

export interface AddCheckpoint {
  /** Leaves of the checkpoint that the witness saw last; 0 if none. */
  readonly oldSize: number;
  readonly proof: Proof;
  readonly signed: SignedCheckpoint;
}

const OLD = 'old ';
/** A line more than a proof has: the old size. */
export const ADD_CHECKPOINT_BYTES_MAX = NOTE_BYTES_MAX + PROOF_LINE_BYTES * (PROOF_HASHES_MAX + 1);

export function encodeAddCheckpoint({ oldSize, proof, note }: { oldSize: number; proof: Proof; note: Note }): Uint8Array {
  invariant(Number.isSafeInteger(oldSize) && oldSize >= 0, 'a size in whole leaves');
  return encodeProofLines([`${OLD}${oldSize}`], proof, note);
}

/** Reads a request; `too-large` or `malformed`. Says nothing about signatures and proof. */
export function decodeAddCheckpoint(bytes: Uint8Array): Result<AddCheckpoint> {
  const split = splitProofLines(bytes, ADD_CHECKPOINT_BYTES_MAX);
  if (!split.ok) return split;
  const [first = '', ...hashLines] = split.value.lines;
  const oldSize = first.startsWith(OLD) ? readDecimal(first.slice(OLD.length)) : undefined;
  if (oldSize === undefined) return refuse('malformed', 'a request without the old size');
  const proof = readProofLines(hashLines);
  return proof.ok ? ok({ oldSize, proof: proof.value, signed: split.value.signed }) : proof;
}
