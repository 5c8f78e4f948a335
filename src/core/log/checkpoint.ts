/**
 * Checkpoints (C2SP tlog-checkpoint): size and root of a log, as the text of a note.
 *
 * ```
 * latchkey/<chain id>              origin; the chain id in lower-case hexadecimal
 * 20852163                         leaves, decimal
 * base64( root, 32 bytes )
 * ```
 *
 * Further lines are allowed by C2SP and refused here: nobody who cosigns vouches for them.
 *
 * https://c2sp.org/tlog-checkpoint
 */
import { base64 } from '@scure/base';
import { equal, toHex, utf8Fits } from '../base/bytes.ts';
import { asHash, type Hash } from '../base/hash.ts';
import { NOTE_NAME_BYTES_MAX } from '../base/limits.ts';
import { invariant, ok, type Result, refuse } from '../base/result.ts';
import { readDecimal } from './decimal.ts';
import { emptyRoot } from './merkle-hash.ts';
import { decodeNote, type Note } from './note.ts';
import { fromBase64 } from './verifier-key.ts';

export interface Checkpoint {
  readonly origin: string;
  /** Leaves. */
  readonly size: number;
  readonly root: Hash;
}

/** The origin of a chain's log, which is the name of its log key too. */
export function originOf(chain: Hash): string {
  return `latchkey/${toHex(chain)}`;
}

export function checkpointText({ origin, size, root }: Checkpoint): string {
  invariant(isOrigin(origin), 'an origin is one line');
  invariant(Number.isSafeInteger(size) && size >= 0, 'a size in whole leaves');
  return `${origin}\n${size}\n${base64.encode(root)}\n`;
}

/** Reads the text of a note as a checkpoint; `malformed`. */
export function readCheckpoint(text: string): Result<Checkpoint> {
  const [origin, sizeText, rootText, end, ...more] = text.split('\n');
  if (origin === undefined || sizeText === undefined || rootText === undefined || end !== '' || more.length > 0)
    return refuse('malformed', 'a checkpoint is three lines');
  const size = readDecimal(sizeText);
  const root = asHash(fromBase64(rootText) ?? new Uint8Array(0));
  if (!isOrigin(origin) || size === undefined || root === undefined) return refuse('malformed', 'a line of a checkpoint is none');
  if (size === 0 && !equal(root, emptyRoot)) return refuse('malformed', 'a log without leaves has one root only');
  return ok({ origin, size, root });
}

/** A note that is a checkpoint; says nothing about its signatures. */
export interface SignedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly note: Note;
}

/** Reads a checkpoint with its signatures; `too-large` or `malformed`. */
export function decodeCheckpoint(bytes: Uint8Array): Result<SignedCheckpoint> {
  const note = decodeNote(bytes);
  if (!note.ok) return note;
  const checkpoint = readCheckpoint(note.value.text);
  return checkpoint.ok ? ok({ checkpoint: checkpoint.value, note: note.value }) : checkpoint;
}

function isOrigin(line: string): boolean {
  return line !== '' && !line.includes('\n') && utf8Fits(line, NOTE_NAME_BYTES_MAX);
}
