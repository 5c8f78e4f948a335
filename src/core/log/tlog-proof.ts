/**
 * Proofs that a leaf was logged (C2SP tlog-proof): an inclusion proof together with the signed checkpoint that it leads to,
 * as one text that is checked offline.
 *
 * ```
 * c2sp.org/tlog-proof@v1
 * extra base64( … )                 may be absent; authenticated by nothing
 * index 73894                       of the leaf, from 0
 * base64( hash, 32 bytes )          the inclusion proof, from the leaf's sibling up; a line a hash
 *                                   an empty line
 * the checkpoint with its signatures
 * ```
 *
 * To check one: `decodeTlogProof`, `openNote` with the keys of a policy, the signatures by a Verifier, `settleNote`, then
 * `acceptTlogProof`.
 *
 * https://c2sp.org/tlog-proof
 */
import { base64 } from '@scure/base';
import { fromUtf8 } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { NOTE_BYTES_MAX, TLOG_PROOF_EXTRA_BYTES_MAX } from '../base/limits.ts';
import { invariant, ok, type Result, refuse } from '../base/result.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import { readDecimal } from './decimal.ts';
import type { Note } from './note.ts';
import type { OpenedNote } from './open-note.ts';
import { type AcceptedCheckpoint, acceptCheckpoint, type Policy } from './policy.ts';
import { PROOF_HASHES_MAX, type Proof, verifyInclusion } from './proof.ts';
import { encodeProofLines, PROOF_LINE_BYTES, readProofLines, splitProofLines } from './proof-lines.ts';
import { fromBase64 } from './verifier-key.ts';

export interface TlogProof {
  /** What the application lays beside it; not authenticated. */
  readonly extra: Uint8Array | undefined;
  /** Of the leaf in the log. */
  readonly index: number;
  readonly path: Proof;
  readonly signed: SignedCheckpoint;
}

const HEADER = 'c2sp.org/tlog-proof@v1';
const EXTRA = 'extra ';
const INDEX = 'index ';
/** Base64 makes four bytes of three; the lines of words fit in what twice leaves. */
export const TLOG_PROOF_BYTES_MAX = 2 * TLOG_PROOF_EXTRA_BYTES_MAX + PROOF_LINE_BYTES * PROOF_HASHES_MAX + NOTE_BYTES_MAX;

export function encodeTlogProof(proof: { extra: Uint8Array | undefined; index: number; path: Proof; note: Note }): Uint8Array {
  const { extra, index, path, note } = proof;
  invariant(extra === undefined || extra.length <= TLOG_PROOF_EXTRA_BYTES_MAX, 'what lies beside a proof has its bound');
  invariant(Number.isSafeInteger(index) && index >= 0, 'an index of a leaf');
  const extraLine = extra === undefined ? [] : [`${EXTRA}${base64.encode(extra)}`];
  return encodeProofLines([HEADER, ...extraLine, `${INDEX}${index}`], path, note);
}

/** Whether a file says of itself that it is a proof. */
export function isTlogProof(file: Uint8Array): boolean {
  const [first] = (fromUtf8(file.subarray(0, HEADER.length + 1)) ?? '').split('\n');
  return first === HEADER && file[HEADER.length] === 0x0a;
}

/** Reads a proof; `too-large`, `malformed`, or `unsupported-version`. Says nothing about what it proves. */
export function decodeTlogProof(bytes: Uint8Array): Result<TlogProof> {
  const split = splitProofLines(bytes, TLOG_PROOF_BYTES_MAX);
  if (!split.ok) return split;
  const [header, ...lines] = split.value.lines;
  if (header !== HEADER) return refuse('unsupported-version', 'not a tlog-proof of version 1');
  const head = readHead(lines);
  return head.ok ? ok({ ...head.value, signed: split.value.signed }) : head;
}

function readHead(lines: readonly string[]): Result<Omit<TlogProof, 'signed'>> {
  const [first] = lines;
  const extraText = first?.startsWith(EXTRA) === true ? first.slice(EXTRA.length) : undefined;
  const extra = extraText === undefined ? undefined : fromBase64(extraText);
  if (extraText !== undefined && extra === undefined) return refuse('malformed', 'what lies beside a proof is no base64');
  if (extra !== undefined && extra.length > TLOG_PROOF_EXTRA_BYTES_MAX) return refuse('too-large', 'too much lies beside a proof');
  const [indexLine, ...hashLines] = extraText === undefined ? lines : lines.slice(1);
  const index = indexLine?.startsWith(INDEX) === true ? readDecimal(indexLine.slice(INDEX.length)) : undefined;
  if (index === undefined) return refuse('malformed', 'a proof without an index');
  const path = readProofLines(hashLines);
  return path.ok ? ok({ extra, index, path: path.value }) : path;
}

/** Accepts if the policy takes the checkpoint and the leaf with this hash is in its log; `opened` is the proof's note, settled. */
export function acceptTlogProof(proof: TlogProof, leaf: Hash, policy: Policy, opened: OpenedNote): Result<AcceptedCheckpoint> {
  invariant(opened.note === proof.signed.note, 'the note that was opened is the proof’s');
  const accepted = acceptCheckpoint(policy, opened);
  if (!accepted.ok) return accepted;
  const { size, root } = accepted.value.checkpoint;
  const included = verifyInclusion(leaf, proof.index, size, proof.path, root);
  return included.ok ? accepted : included;
}
