/**
 * Deterministic CBOR (RFC 8949 §4.2), the subset that every form of this project keeps to: unsigned integers up to
 * 2^53 − 1, byte strings, texts and lists, of definite length. No maps, floats, tags, negatives, null or undefined.
 *
 * Written here and not taken from a library: those that there are take more than the canonical form, so that each message
 * would be scanned before and encoded again after, and they recurse as deep as the bytes say.
 */
import { utf8 } from '../base/bytes.ts';
import { CBOR_DEPTH_MAX } from '../base/limits.ts';
import { invariant, ok, type Result } from '../base/result.ts';
import { type CborCursor, MAJOR, readInPlace } from './cbor-cursor.ts';

export type Cbor = number | string | Uint8Array | readonly Cbor[];

/** Reads exactly one canonical value of at most `bytesMax` bytes. */
export function decodeCbor(bytes: Uint8Array, bytesMax: number): Result<Cbor> {
  return readInPlace(bytes, bytesMax, (cursor) => {
    const value = readValue(cursor, 0);
    cursor.end();
    return ok(value);
  });
}

/** `depth`: how many lists are open. */
function readValue(cursor: CborCursor, depth: number): Cbor {
  const { major } = cursor;
  switch (major) {
    case MAJOR.uint:
      return cursor.uint();
    case MAJOR.bytes:
      return new Uint8Array(cursor.bytes());
    case MAJOR.text:
      return cursor.text();
    case MAJOR.list:
      return readList(cursor, depth + 1);
    default:
      return cursor.refuse(`major type ${major} is not used here`);
  }
}

function readList(cursor: CborCursor, depth: number): readonly Cbor[] {
  if (depth > CBOR_DEPTH_MAX) return cursor.refuse(`nested deeper than ${CBOR_DEPTH_MAX}`);
  const items: Cbor[] = [];
  for (let left = cursor.list(); left > 0; left--) items.push(readValue(cursor, depth));
  return items;
}

/** Canonical bytes of a value. */
export function encodeCbor(value: Cbor): Uint8Array {
  const out = new Uint8Array(sizeOf(value));
  write(out, 0, value);
  return out;
}

function sizeOf(value: Cbor): number {
  if (typeof value === 'number') return headSize(value);
  if (typeof value === 'string') return stringSize(utf8(value).length);
  if (value instanceof Uint8Array) return stringSize(value.length);
  let size = headSize(value.length);
  for (const item of value) size += sizeOf(item);
  return size;
}

function stringSize(length: number): number {
  return headSize(length) + length;
}

/** Writes at a place; gives the place behind. */
function write(out: Uint8Array, at: number, value: Cbor): number {
  if (typeof value === 'number') return writeHead(out, at, MAJOR.uint, value);
  if (typeof value === 'string') return writeString(out, at, MAJOR.text, utf8(value));
  if (value instanceof Uint8Array) return writeString(out, at, MAJOR.bytes, value);
  let next = writeHead(out, at, MAJOR.list, value.length);
  for (const item of value) next = write(out, next, item);
  return next;
}

function writeString(out: Uint8Array, at: number, major: number, bytes: Uint8Array): number {
  const start = writeHead(out, at, major, bytes.length);
  out.set(bytes, start);
  return start + bytes.length;
}

/** A head is the major type, and an integer in as few bytes as it takes. */
function headSize(argument: number): number {
  if (argument < 24) return 1;
  if (argument < 2 ** 8) return 2;
  if (argument < 2 ** 16) return 3;
  return argument < 2 ** 32 ? 5 : 9;
}

function writeHead(out: Uint8Array, at: number, major: number, argument: number): number {
  invariant(Number.isSafeInteger(argument) && argument >= 0, 'an unsigned integer is encoded');
  const size = headSize(argument);
  if (size === 1) {
    out[at] = (major << 5) | argument;
    return at + 1;
  }
  out[at] = (major << 5) | (size === 2 ? 24 : size === 3 ? 25 : size === 5 ? 26 : 27);
  for (let i = at + size - 1, left = argument; i > at; i--, left = Math.floor(left / 256)) out[i] = left % 256;
  return at + size;
}
