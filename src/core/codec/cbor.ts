/**
 * Deterministic CBOR (RFC 8949 §4.2), the subset that every form of this project keeps to: unsigned integers up to
 * 2^53 − 1, byte strings, texts and lists, of definite length. No maps, floats, tags, negatives, null or undefined.
 *
 * The scan runs before the library's decoder because that decoder recurses (a deeply nested text overflows the stack)
 * and takes more than the canonical form; re-encoding afterwards is the final word on canonicity.
 */
import { decode as cborgDecode, encode as cborgEncode, encodeInto as cborgEncodeInto, rfc8949EncodeOptions } from 'cborg';
import { equal } from '../base/bytes.ts';
import { CBOR_DEPTH_MAX } from '../base/limits.ts';
import { ok, type Result, refuse } from '../base/result.ts';

export type Cbor = number | string | Uint8Array | readonly Cbor[];

const MAJOR_UINT = 0;
const MAJOR_BYTES = 2;
const MAJOR_TEXT = 3;
const MAJOR_LIST = 4;

/** Canonical bytes of a value. */
export function encodeCbor(value: Cbor): Uint8Array {
  const { buffer, byteOffset, length } = cborgEncode(value, rfc8949EncodeOptions);
  // On Node the library gives a Buffer now and then, whose `slice` shares memory where a Uint8Array's copies.
  return new Uint8Array(buffer, byteOffset, length);
}

/** Reads exactly one canonical value of at most `bytesMax` bytes. */
export function decodeCbor(bytes: Uint8Array, bytesMax: number): Result<Cbor> {
  if (bytes.length > bytesMax) return refuse('too-large', `${bytes.length} bytes, at most ${bytesMax} are taken`);
  const problem = scan(bytes);
  if (problem !== undefined) return refuse('not-canonical', problem);
  try {
    const value: Cbor = cborgDecode(bytes, { strict: true, allowIndefinite: false, allowUndefined: false, allowBigInt: false });
    if (!isCanonical(value, bytes)) return refuse('not-canonical', 'bytes differ from the canonical form of what they say');
    return ok(value);
  } catch (error) {
    return refuse('not-canonical', error instanceof Error ? error.message : 'not CBOR');
  }
}

/** Where values are written again that were read; what is longer gets a place of its own. */
const scratch = new Uint8Array(4096);

/** Whether these are the bytes that the value is written as. Throws where it takes more. */
function isCanonical(value: Cbor, bytes: Uint8Array): boolean {
  const place = bytes.length <= scratch.length ? scratch.subarray(0, bytes.length) : new Uint8Array(bytes.length);
  const { written } = cborgEncodeInto(value, place, rfc8949EncodeOptions);
  return written === bytes.length && equal(place, bytes);
}

/** Walks the items without recursion; returns what is wrong, if anything. */
function scan(bytes: Uint8Array): string | undefined {
  const open: number[] = []; // items still to come in each open list
  let offset = 0;
  do {
    const head = bytes[offset];
    if (head === undefined) return 'ends in the middle of a value';
    const major = head >> 5;
    const argument = readArgument(bytes, offset + 1, head & 0x1f);
    if (argument === undefined) return `bad length or integer at byte ${offset}`;
    offset = argument.end;
    if (open.length > 0) open.push((open.pop() ?? 0) - 1);
    switch (major) {
      case MAJOR_UINT:
        break;
      case MAJOR_BYTES:
      case MAJOR_TEXT:
        offset += argument.value;
        if (offset > bytes.length) return 'a string is longer than what follows it';
        break;
      case MAJOR_LIST:
        if (argument.value > bytes.length - offset) return 'a list is longer than what follows it';
        open.push(argument.value);
        if (open.length > CBOR_DEPTH_MAX) return `nested deeper than ${CBOR_DEPTH_MAX}`;
        break;
      default:
        return `major type ${major} is not used here`;
    }
    while (open.length > 0 && open[open.length - 1] === 0) open.pop();
  } while (open.length > 0);
  return offset === bytes.length ? undefined : `${bytes.length - offset} bytes left over`;
}

function readArgument(bytes: Uint8Array, at: number, info: number): { value: number; end: number } | undefined {
  if (info < 24) return { value: info, end: at };
  if (info > 27) return undefined;
  const length = 1 << (info - 24);
  if (at + length > bytes.length) return undefined;
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return Number.isSafeInteger(value) ? { value, end: at + length } : undefined;
}
