/**
 * Reading canonical CBOR in place: a cursor over the subset of `cbor.ts` that builds nothing and copies nothing.
 *
 * It takes the one canonical form by itself: every head is as short as it can be, every text is UTF-8 without a byte order
 * mark, and nothing is left over at the end. `cbor.ts` builds values with it; long texts of a simple form are read with it alone.
 */
import { fromUtf8 } from '../base/bytes.ts';
import { type Result, refuse } from '../base/result.ts';

export const MAJOR = { uint: 0, bytes: 2, text: 3, list: 4 } as const;

class NotCanonical extends Error {}

/** Throws only inside `readInPlace`, which makes a refusal of it. */
export class CborCursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  uint(): number {
    return this.#head(MAJOR.uint);
  }

  /** A byte string, as a view. */
  bytes(): Uint8Array {
    return this.#view(this.#head(MAJOR.bytes));
  }

  /** A text without a byte order mark in front, which decoders drop. */
  text(): string {
    const text = fromUtf8(this.#view(this.#head(MAJOR.text)));
    if (text === undefined || text.startsWith('\ufeff'))
      throw new NotCanonical('a text that is not UTF-8, or begins with a byte order mark');
    return text;
  }

  /** The head of a list: how many items follow. Each takes a byte at least, so there are never more than bytes left. */
  list(): number {
    const length = this.#head(MAJOR.list);
    if (length > this.#bytes.length - this.#at) throw new NotCanonical('a list is longer than what follows it');
    return length;
  }

  /** The major type of the next value. */
  get major(): number {
    const first = this.#bytes[this.#at];
    if (first === undefined) throw new NotCanonical('ends in the middle of a value');
    return first >> 5;
  }

  /** For a value that the reader does not take. */
  refuse(what: string): never {
    throw new NotCanonical(what);
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

  #view(length: number): Uint8Array {
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new NotCanonical('a string is longer than what follows it');
    return this.#bytes.subarray(start, this.#at);
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
