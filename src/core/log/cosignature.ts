/**
 * Timestamped cosignatures (C2SP tlog-cosignature, Ed25519): somebody other than the log says that, as of a time, this is
 * the largest checkpoint of the log that it knows of, and that each before it was consistent.
 *
 * ```
 * signature in the note's line = time, 8 bytes big-endian ‖ Ed25519 signature, 64 bytes
 *
 * signed text:
 *   cosignature/v1
 *   time 1679315147                  seconds since 1970
 *   text of the checkpoint           to its last newline
 * ```
 *
 * https://c2sp.org/tlog-cosignature
 */
import { concat, uint64, utf8 } from '../base/bytes.ts';
import { SIGNATURE_BYTES, type Signature } from '../base/key.ts';
import { UINT_MAX } from '../base/limits.ts';
import { invariant, ok, type Result, refuse } from '../base/result.ts';

const TIME_BYTES = 8;

export interface Cosignature {
  /** Seconds since 1970. */
  readonly time: number;
  readonly signature: Signature;
}

/** What a cosigner signs. */
export function cosignedText(time: number, checkpointText: string): Uint8Array {
  invariant(Number.isSafeInteger(time) && time >= 0, 'a time in whole seconds');
  return utf8(`cosignature/v1\ntime ${time}\n${checkpointText}`);
}

export function encodeCosignature({ time, signature }: Cosignature): Uint8Array {
  return concat(uint64(time), signature);
}

/** Reads time and signature; times beyond 2^53 seconds are refused with the rest that is `malformed`. */
export function decodeCosignature(bytes: Uint8Array): Result<Cosignature> {
  if (bytes.length !== TIME_BYTES + SIGNATURE_BYTES) return refuse('malformed', `a cosignature of ${bytes.length} bytes`);
  const time = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
  if (time > BigInt(UINT_MAX)) return refuse('malformed', 'a cosignature from after the end of time');
  return ok({ time: Number(time), signature: bytes.subarray(TIME_BYTES) as Signature });
}
