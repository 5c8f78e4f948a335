/**
 * Reading canonical CBOR in place: a cursor over the subset of `cbor.ts` that builds nothing and copies nothing.
 *
 * For long texts of a simple form, where decoding and re-encoding would cost more than all hashing together. It takes the
 * one canonical form by itself: every head is as short as it can be, and nothing is left over at the end. It does not
 * read texts, whose UTF-8 it would have to judge.
 */
import { type Result, refuse } from '../base/result.ts';

const MAJOR_UINT = 0;
const MAJOR_BYTES = 2;
const MAJOR_LIST = 4;

class NotCanonical extends Error {}

/** Throws only inside `readInPlace`, which makes a refusal of it. */
export class CborCursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  uint(): number {
    return this.#head(MAJOR_UINT);
  }

  /** A byte string, as a view. */
  bytes(): Uint8Array {
    const length = this.#head(MAJOR_BYTES);
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new NotCanonical('a string is longer than what follows it');
    return this.#bytes.subarray(start, this.#at);
  }

  /** The head of a list: how many items follow. */
  list(): number {
    return this.#head(MAJOR_LIST);
  }

  /** Where the next value begins. */
  get position(): number {
    return this.#at;
  }

  /** What was read since a position, as a view. */
  since(position: number): Uint8Array {
    return this.#bytes.subarray(position, this.#at);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new NotCanonical(`${this.#bytes.length - this.#at} bytes left over`);
  }

  #head(expected: number): number {
    const first = this.#byte();
    if (first >> 5 !== expected) throw new NotCanonical(`major type ${first >> 5} where ${expected} should be`);
    const info = first & 0x1f;
    if (info < 24) return info;
    if (info > 27) throw new NotCanonical('bad length or integer');
    return this.#argument(1 << (info - 24));
  }

  #argument(length: number): number {
    let value = 0;
    for (let i = 0; i < length; i++) value = value * 256 + this.#byte();
    const smallest = length === 1 ? 24 : 2 ** (4 * length);
    if (value < smallest || !Number.isSafeInteger(value)) throw new NotCanonical('an integer is not in its shortest form, or too large');
    return value;
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new NotCanonical('ends in the middle of a value');
    return byte;
  }
}

/** Runs a reader over the bytes; what is not canonical, or not what the reader asks for, is refused. The reader says where the end is. */
export function readInPlace<T>(bytes: Uint8Array, bytesMax: number, read: (cursor: CborCursor) => Result<T>): Result<T> {
  if (bytes.length > bytesMax) return refuse('too-large', `${bytes.length} bytes, at most ${bytesMax} are taken`);
  try {
    return read(new CborCursor(bytes));
  } catch (error) {
    if (error instanceof NotCanonical) return refuse('not-canonical', error.message);
    throw error;
  }
}
