/**
 * A libp2p stream as a `FrameStream`. What bites in libp2p's streams is kept in this file:
 *
 * - `stream.onDrain()` settles for the first time only, so this waits for the `drain` event itself.
 * - WebRTC streams have no back-pressure for reading: past 4 MiB unread, libp2p resets the stream. Whoever receives much asks
 *   for it with credit; here at most one frame and some is taken off the stream before somebody wants it.
 * - A connection that breaks can look like an orderly end; see `frames.ts`.
 */
import type { Stream } from '@libp2p/interface';
import { invariant, type Refusal, type RefusalCode, RefusalError } from '../core/base/result.ts';
import type { PeerId } from '../node/ports.ts';
import { END_OF_FRAMES, encodeFrame, FrameReader } from './frames.ts';
import type { FrameStream, StreamLimits } from './transport.ts';

/** Read ahead beyond one whole frame, so that a reader who keeps up never waits for the network. */
const READ_AHEAD_BYTES = 64 * 1024;
/** How long an orderly end may take to reach the other side; a WebRTC stream waits for its acknowledgement. */
const CLOSE_TIMEOUT_MS = 5_000;

export class Libp2pFrameStream implements FrameStream {
  readonly peer: PeerId;
  readonly #stream: Stream;
  readonly #frameBytesMax: number;
  readonly #reader: FrameReader;
  /** Set once the stream is over; what had arrived before the other side ended it may still be read. */
  #failure: Refusal | undefined;
  #givenUp = false;
  #closing: Promise<void> | undefined;
  #sending: Promise<void> = Promise.resolve();
  #wake: (() => void) | undefined;

  constructor(stream: Stream, peer: PeerId, limits: StreamLimits) {
    this.peer = peer;
    this.#stream = stream;
    this.#frameBytesMax = limits.frameBytesMax;
    this.#reader = new FrameReader(limits.frameBytesMax);
    stream.addEventListener('close', (event) => this.#fail('closed', event.error?.message ?? 'the stream ended'));
    stream.addEventListener('remoteCloseWrite', () => this.#wake?.());
    stream.addEventListener('end', () => this.#wake?.());
    stream.addEventListener('message', (event) => {
      for (const piece of event.data instanceof Uint8Array ? [event.data] : event.data) this.#reader.push(piece);
      this.#pauseIfFull();
      this.#wake?.();
    });
  }

  send(frame: Uint8Array): Promise<void> {
    const { length } = frame;
    if (length > this.#frameBytesMax)
      return Promise.reject(refusal('too-large', `${length} bytes, at most ${this.#frameBytesMax} are sent`));
    if (this.#closing !== undefined) return Promise.reject(refusal('closed', 'our half of the stream has ended'));
    const encoded = encodeFrame(frame);
    const sent = this.#sending.then(() => this.#write(encoded));
    this.#sending = sent.catch(() => undefined);
    return sent;
  }

  async receive(signal?: AbortSignal): Promise<Uint8Array | undefined> {
    invariant(this.#wake === undefined, 'a stream has one reader');
    for (;;) {
      if (signal?.aborted) throw refusal('aborted', 'the wait for a frame was given up');
      if (this.#givenUp) this.#throwIfFailed();
      const found = this.#reader.read();
      if (found.type === 'frame') return found.frame;
      if (found.type === 'end') return undefined;
      if (found.type === 'malformed') this.#giveUp('malformed', found.detail);
      else if (!this.#resume()) await this.#more(signal);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#sending.then(() => this.#closeInOrder());
    return this.#closing;
  }

  abort(): void {
    this.#giveUp('closed', 'the stream was given up here');
  }

  async #closeInOrder(): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await this.#write(END_OF_FRAMES);
      await this.#stream.close({ signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS) });
    } catch {
      // The other side is gone or does not answer; there is nothing left to end in order.
      this.abort();
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#throwIfFailed();
    try {
      this.#stream.send(bytes);
    } catch (error) {
      throw refusal('closed', error instanceof Error ? error.message : 'the stream takes no more');
    }
    // After `drain` libp2p may fill up again at once from what it had queued: ask again.
    while (this.#stream.writableNeedsDrain) await this.#drain();
  }

  #drain(): Promise<void> {
    this.#throwIfFailed();
    return new Promise((resolve, reject) => {
      const done = () => {
        this.#stream.removeEventListener('drain', drained);
        this.#stream.removeEventListener('close', closed);
      };
      const drained = () => {
        done();
        resolve();
      };
      const closed = () => {
        done();
        reject(refusal('closed', 'the stream ended before it took the frame'));
      };
      this.#stream.addEventListener('drain', drained);
      this.#stream.addEventListener('close', closed);
    });
  }

  #more(signal: AbortSignal | undefined): Promise<void> {
    this.#throwIfFailed();
    if (this.#stream.readableEnded) this.#giveUp('closed', 'the stream broke off without its end mark');
    if (this.#givenUp) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#wake = undefined;
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal?.addEventListener('abort', wake);
    });
  }

  #pauseIfFull(): void {
    const full = this.#reader.buffered > this.#frameBytesMax + READ_AHEAD_BYTES;
    if (full && this.#stream.readStatus === 'readable') this.#stream.pause();
  }

  /** Takes up a paused stream; libp2p hands over at once what it held back. */
  #resume(): boolean {
    if (this.#stream.readStatus !== 'paused') return false;
    this.#stream.resume();
    return true;
  }

  #giveUp(code: RefusalCode, detail: string): void {
    this.#givenUp = true;
    this.#fail(code, detail);
    this.#stream.abort(new Error(detail));
  }

  #fail(code: RefusalCode, detail: string): void {
    this.#failure ??= { code, detail };
    this.#wake?.();
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw new RefusalError(this.#failure);
  }
}

function refusal(code: RefusalCode, detail: string): RefusalError {
  return new RefusalError({ code, detail });
}
