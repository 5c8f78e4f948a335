/**
 * Frames on a byte stream: comes in, pieces of any size; goes out, whole frames, never more bytes held than were received.
 *
 * ```
 * frame = unsigned LEB128 of (length + 1), shortest form, at most 4 bytes ‖ bytes
 * end   = 0x00
 * ```
 *
 * The explicit end is there because a WebRTC data channel that breaks looks like one that was closed in order: only a
 * half that ended with the mark was ended by its sender.
 */

const PREFIX_BYTES_MAX = 4;
/** The longest frame that the prefix can announce. */
export const FRAME_BYTES_MAX = 2 ** (7 * PREFIX_BYTES_MAX) - 2;
/** What a reader makes room for at first. */
const BUFFER_BYTES_MIN = 1024;

/** The mark that ends our half of a stream. */
export const END_OF_FRAMES: Uint8Array = Uint8Array.of(0);

/** Prefix and frame in one piece, so that they leave as one message. */
export function encodeFrame(frame: Uint8Array): Uint8Array {
  if (frame.length > FRAME_BYTES_MAX) throw new RangeError(`a frame of ${frame.length} bytes`);
  const prefix: number[] = [];
  let rest = frame.length + 1;
  for (; rest >= 0x80; rest >>>= 7) prefix.push((rest & 0x7f) | 0x80);
  prefix.push(rest);
  const out = new Uint8Array(prefix.length + frame.length);
  out.set(prefix);
  out.set(frame, prefix.length);
  return out;
}

/** What a reader found: a frame, the end mark, not enough bytes yet, or bytes that no honest sender makes. */
export type FrameRead =
  | { readonly type: 'frame'; readonly frame: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'more' }
  | { readonly type: 'malformed'; readonly detail: string };

const MORE: FrameRead = { type: 'more' };
const END: FrameRead = { type: 'end' };

function malformed(detail: string): FrameRead {
  return { type: 'malformed', detail };
}

/** Reads frames of at most `frameBytesMax` bytes. Decodes one at a time, so that a flood of tiny frames costs no more than its bytes. */
export class FrameReader {
  readonly #frameBytesMax: number;
  #buffer = new Uint8Array(BUFFER_BYTES_MIN);
  #start = 0;
  #end = 0;
  #ended = false;

  constructor(frameBytesMax: number) {
    this.#frameBytesMax = Math.min(frameBytesMax, FRAME_BYTES_MAX);
  }

  /** Bytes received and not yet read. */
  get buffered(): number {
    return this.#end - this.#start;
  }

  /** Takes a piece of the stream; the bytes are copied. */
  push(piece: Uint8Array): void {
    this.#makeRoom(piece.length);
    this.#buffer.set(piece, this.#end);
    this.#end += piece.length;
  }

  /** The next frame, a copy of its own. After `end` nothing may follow. */
  read(): FrameRead {
    if (this.#ended) return this.buffered === 0 ? END : malformed('bytes after the end of frames');
    const prefix = this.#readPrefix();
    if ('type' in prefix) return prefix;
    const length = prefix.value - 1;
    if (length < 0) return this.#readEnd();
    if (length > this.#frameBytesMax) return malformed(`a frame of ${length} bytes, at most ${this.#frameBytesMax} are taken`);
    if (this.buffered < prefix.bytes + length) return MORE;
    const from = this.#start + prefix.bytes;
    this.#start = from + length;
    return { type: 'frame', frame: this.#buffer.slice(from, this.#start) };
  }

  #readPrefix(): { readonly value: number; readonly bytes: number } | FrameRead {
    let value = 0;
    for (let i = 0; i < PREFIX_BYTES_MAX; i++) {
      if (this.#start + i >= this.#end) return MORE;
      const byte = this.#buffer[this.#start + i] ?? 0;
      value |= (byte & 0x7f) << (7 * i);
      if (byte === 0 && i > 0) return malformed('a length that is not in its shortest form');
      if (byte < 0x80) return { value, bytes: i + 1 };
    }
    return malformed(`a length of more than ${PREFIX_BYTES_MAX} bytes`);
  }

  #readEnd(): FrameRead {
    this.#start += 1;
    this.#ended = true;
    return this.read();
  }

  #makeRoom(length: number): void {
    if (this.#end + length <= this.#buffer.length) return;
    const held = this.buffered;
    let size = this.#buffer.length;
    while (size < held + length) size *= 2;
    // Shrinks back once a burst has been read, so that idle streams cost little.
    while (size > BUFFER_BYTES_MIN && size / 8 >= held + length) size /= 2;
    const target = size === this.#buffer.length ? this.#buffer : new Uint8Array(size);
    target.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = target;
    this.#start = 0;
    this.#end = held;
  }
}
