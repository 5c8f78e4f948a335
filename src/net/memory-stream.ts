/**
 * The two ends of one stream between peers of one process: what one end sends, the other receives in order. How long a
 * frame travels, and whether it arrives at all, is the wire's affair (`memory-transport.ts`).
 */
import { RefusalError } from '../core/base/result.ts';
import type { PeerId } from '../node/ports.ts';
import type { FrameStream } from './transport.ts';

/** Frames sent and not yet read; above it a sender waits, as on a real connection. */
export const MEMORY_WINDOW_BYTES = 1024 * 1024;

/** Carries an event to the other end, after every earlier one of the same direction, or never. */
export type Wire = (arrive: () => void) => void;

interface Reader {
  resolve(frame: Uint8Array | undefined): void;
  reject(error: Error): void;
}

export function streamEnded(detail: string): RefusalError {
  return new RefusalError({ code: 'closed', detail });
}

function givenUp(): RefusalError {
  return new RefusalError({ code: 'aborted', detail: 'the wait for a frame was given up' });
}

export class MemoryStream implements FrameStream {
  readonly peer: PeerId;
  readonly #frameBytesMax: number;
  readonly #wire: Wire;
  readonly #onFinished: () => void;
  #other: MemoryStream | undefined;
  #copy: { readonly end: MemoryStream; readonly wire: Wire } | undefined;
  #inbox: Uint8Array[] = [];
  #readers: Reader[] = [];
  #writers: { resolve(): void; reject(error: Error): void }[] = [];
  #unreadBytes = 0;
  #sendingEnded = false;
  #receivingEnded = false;
  #failure: Error | undefined;
  #finished = false;

  constructor(peer: PeerId, frameBytesMax: number, wire: Wire, onFinished: () => void) {
    this.peer = peer;
    this.#frameBytesMax = frameBytesMax;
    this.#wire = wire;
    this.#onFinished = onFinished;
  }

  /** Joins two ends. An end that is joined to nobody talks to the void. */
  join(other: MemoryStream): void {
    this.#other = other;
  }

  /** From here on another end hears all that the first hears. */
  copyTo(end: MemoryStream, wire: Wire): void {
    this.#copy = { end, wire };
  }

  async send(frame: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#sendingEnded) throw streamEnded('sent on a closed stream');
    if (frame.length > this.#frameBytesMax) {
      throw new RefusalError({ code: 'too-large', detail: `${frame.length} bytes, at most ${this.#frameBytesMax} are sent` });
    }
    const sent = frame.slice();
    // An end that is joined to nobody is read by nobody, and need not wait.
    if (this.#other !== undefined) this.#unreadBytes += sent.length;
    this.#toOther((other) => other.#frameArrived(sent));
    while (this.#unreadBytes > MEMORY_WINDOW_BYTES) {
      await new Promise<void>((resolve, reject) => this.#writers.push({ resolve, reject }));
    }
  }

  receive(signal?: AbortSignal): Promise<Uint8Array | undefined> {
    if (signal?.aborted) return Promise.reject(givenUp());
    const frame = this.#inbox.shift();
    if (frame !== undefined) {
      this.#tellRead(frame);
      return Promise.resolve(frame);
    }
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#receivingEnded) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => this.#wait({ resolve, reject }, signal));
  }

  async close(): Promise<void> {
    if (this.#sendingEnded || this.#failure !== undefined) return;
    this.#sendingEnded = true;
    this.#toOther((other) => other.#endArrived());
    this.#finishIfDone();
  }

  abort(): void {
    if (this.#failure !== undefined || this.#finished) return;
    this.#toOther((other) => other.fail(streamEnded('the other side reset the stream')));
    this.fail(streamEnded('the stream was aborted here'));
  }

  /** Ends both halves without a word to the other end: the connection is gone. */
  fail(error: Error): void {
    if (this.#failure !== undefined || this.#finished) return;
    this.#failure = error;
    this.#inbox = [];
    for (const reader of this.#readers.splice(0)) reader.reject(error);
    for (const writer of this.#writers.splice(0)) writer.reject(error);
    this.#finish();
  }

  #toOther(event: (other: MemoryStream) => void): void {
    const [other, copy] = [this.#other, this.#copy];
    if (other !== undefined) this.#wire(() => event(other));
    if (copy !== undefined) copy.wire(() => event(copy.end));
  }

  #wait(reader: Reader, signal: AbortSignal | undefined): void {
    const give = () => {
      this.#readers = this.#readers.filter((one) => one !== waiting);
      reader.reject(givenUp());
    };
    const waiting: Reader = {
      resolve: (frame) => {
        signal?.removeEventListener('abort', give);
        reader.resolve(frame);
      },
      reject: (error) => {
        signal?.removeEventListener('abort', give);
        reader.reject(error);
      },
    };
    signal?.addEventListener('abort', give, { once: true });
    this.#readers.push(waiting);
  }

  #frameArrived(frame: Uint8Array): void {
    if (this.#failure !== undefined || this.#receivingEnded) return;
    if (frame.length > this.#frameBytesMax) return this.abort();
    const reader = this.#readers.shift();
    if (reader === undefined) {
      this.#inbox.push(frame);
      return;
    }
    this.#tellRead(frame);
    reader.resolve(frame);
  }

  #tellRead(frame: Uint8Array): void {
    if (this.#other !== undefined) this.#other.#frameWasRead(frame.length);
  }

  #frameWasRead(bytes: number): void {
    this.#unreadBytes -= bytes;
    if (this.#unreadBytes <= MEMORY_WINDOW_BYTES) for (const writer of this.#writers.splice(0)) writer.resolve();
  }

  #endArrived(): void {
    if (this.#failure !== undefined) return;
    this.#receivingEnded = true;
    for (const reader of this.#readers.splice(0)) reader.resolve(undefined);
    this.#finishIfDone();
  }

  #finishIfDone(): void {
    if (this.#sendingEnded && this.#receivingEnded) this.#finish();
  }

  #finish(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#onFinished();
  }
}
