/**
 * Items of an answer in frames (`/latchkey/sync/1`): what is too long for one frame goes in several.
 *
 * ```
 * frame = 1 if the item ends with it, else 0, 1 byte ‖ chunk of the item
 * ```
 * Every chunk but an item's last is exactly `SYNC_CHUNK_BYTES` long, so that an item has one form in frames.
 */
import { concat } from '../core/base/bytes.ts';
import { type RefusalCode, RefusalError } from '../core/base/result.ts';
import { encode } from '../core/codec/codec.ts';
import { SYNC_CHUNK_BYTES, type SyncRequest, syncRequest } from '../core/codec/sync-message.ts';
import type { Session } from './ports.ts';

const MORE = 0;
const LAST = 1;

/** The frames of one item. */
export function* framesOf(item: Uint8Array): Generator<Uint8Array> {
  let at = 0;
  do {
    const end = Math.min(at + SYNC_CHUNK_BYTES, item.length);
    const frame = new Uint8Array(1 + end - at);
    frame[0] = end === item.length ? LAST : MORE;
    frame.set(item.subarray(at, end), 1);
    yield frame;
    at = end;
  } while (at < item.length);
}

/** An answer being read: item by item, each under a cap. A peer that sends anything else than it was asked for is refused. */
export class Answer {
  readonly #frames: AsyncIterator<Uint8Array>;

  constructor(frames: AsyncIterable<Uint8Array>) {
    this.#frames = frames[Symbol.asyncIterator]();
  }

  /** The next item, of at most `bytesMax` bytes; `undefined` at the end of the answer. */
  async next(bytesMax: number): Promise<Uint8Array | undefined> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for (;;) {
      const frame = await this.#frame();
      if (frame === undefined && chunks.length > 0) throw refused('malformed', 'the answer ends inside an item');
      if (frame === undefined) return undefined;
      const { last, chunk } = readFrame(frame);
      length += chunk.length;
      if (length > bytesMax) throw refused('too-large', `an item is over ${bytesMax} bytes`);
      chunks.push(chunk);
      if (last) return chunks.length === 1 ? chunk : concat(...chunks);
    }
  }

  /** A peer chooses the code that it refuses with; what it says of a store is of its own, and must not look like ours. */
  async #frame(): Promise<Uint8Array | undefined> {
    try {
      const frame = await this.#frames.next();
      return frame.done === true ? undefined : frame.value;
    } catch (error) {
      if (error instanceof RefusalError && error.code.startsWith('storage')) throw refused('not-available', 'the peer’s store has failed');
      throw error;
    }
  }

  /** The next item, which must be there. */
  async item(bytesMax: number): Promise<Uint8Array> {
    const item = await this.next(bytesMax);
    if (item === undefined) throw refused('malformed', 'the answer ends too soon');
    return item;
  }

  /** Nothing may follow. */
  async end(): Promise<void> {
    if ((await this.#frame()) !== undefined) throw refused('malformed', 'the answer does not end where it should');
  }

  /** Tells the peer that no more is wanted. */
  async close(): Promise<void> {
    await this.#frames.return?.();
  }
}

function readFrame(frame: Uint8Array): { readonly last: boolean; readonly chunk: Uint8Array } {
  const [mark] = frame;
  const chunk = frame.subarray(1);
  const sound = mark === LAST ? chunk.length <= SYNC_CHUNK_BYTES : mark === MORE && chunk.length === SYNC_CHUNK_BYTES;
  if (!sound) throw refused('malformed', 'a frame of no known form');
  return { last: mark === LAST, chunk };
}

/** Asks a peer and reads its answer to the end; lets go of it whatever happens. */
export async function ask<T>(
  session: Session,
  request: SyncRequest,
  signal: AbortSignal,
  read: (answer: Answer) => Promise<T>,
): Promise<T> {
  const answer = new Answer(session.request(encode(syncRequest, request), signal));
  try {
    const value = await read(answer);
    await answer.end();
    return value;
  } catch (error) {
    await letGo(answer);
    throw error;
  }
}

/** Closing what has failed already may fail again; the first failure is the one that counts. */
export async function letGo(answer: Answer): Promise<void> {
  try {
    await answer.close();
  } catch {
    // See above.
  }
}

export function refused(code: RefusalCode, detail: string): RefusalError {
  return new RefusalError({ code, detail });
}
