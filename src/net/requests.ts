/**
 * `/latchkey/sync/1` and `/latchkey/receipt/1`: one request, its frames, and the credit that lets them come. The requester grants credit as its consumer
 * takes frames, so that neither side nor the line between them ever holds more than a window.
 */
import type { Hash } from '../core/base/hash.ts';
import { SYNC_FRAME_BYTES_MAX } from '../core/base/limits.ts';
import { invariant, type RefusalCode, RefusalError } from '../core/base/result.ts';
import { decode, encode, type Infer } from '../core/codec/codec.ts';
import { decodeSyncAnswer, type SyncAnswerFrame, syncAnswerFrame, syncRequestFrame } from '../core/codec/stream-frames.ts';
import type { Clock } from '../node/ports.ts';
import { abortable, Credit, codeOf, deadline, endWith, onAbort, refusalError, type Scope, scope, throwIfAborted, within } from './flow.ts';
import { type Misbehaviour, PROTOCOLS, SYNC_FRAME_OVERHEAD_BYTES, SYNC_WINDOW_BYTES } from './protocols.ts';
import type { FrameStream } from './transport.ts';

/** Protocols of this kind. */
export type AskedProtocol = 'sync' | 'receipt';

/** What a frame takes from the credit. */
function cost(frame: Uint8Array): number {
  return frame.length + SYNC_FRAME_OVERHEAD_BYTES;
}

// ---------------------------------------------------------------- asking

export interface AskParts {
  readonly protocol: AskedProtocol;
  readonly chain: Hash;
  readonly clock: Clock;
  /** Ends the request: the caller's signal, and the session's. */
  readonly signal: AbortSignal;
  readonly misbehaved: (how: Misbehaviour) => void;
  /** Waits for a turn; gives it back with the returned function. */
  turn(signal: AbortSignal): Promise<() => void>;
  open(signal: AbortSignal): Promise<FrameStream>;
}

/** Asks, and yields the answer's frames. Throws `RefusalError`; leaves no stream behind, however it ends. */
export async function* ask(parts: AskParts, request: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  const giveBack = await parts.turn(parts.signal);
  try {
    const stream = await within(parts.clock, PROTOCOLS[parts.protocol].idleLimitMs, 'opening a request', parts.signal, (signal) =>
      parts.open(signal),
    );
    const forget = onAbort(parts.signal, () => stream.abort());
    try {
      yield* answerFrames(parts, stream, request);
    } finally {
      forget();
      stream.abort();
    }
  } finally {
    giveBack();
  }
}

async function* answerFrames(parts: AskParts, stream: FrameStream, request: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  let taken = 0;
  const say = (frame: Infer<typeof syncRequestFrame>) => stream.send(encode(syncRequestFrame, frame));
  try {
    await say({ type: 'ask', chain: parts.chain, credit: SYNC_WINDOW_BYTES, request });
    for (;;) {
      const answer = await nextAnswer(parts, stream);
      if (answer.type === 'refused') throw refusalError(answer.reason, 'the peer refused the request');
      if (answer.type === 'end') return await stream.close();
      yield answer.frame;
      taken += cost(answer.frame);
      if (taken < SYNC_WINDOW_BYTES / 2) continue;
      // Half a window at a time, so that credit costs few frames.
      await say({ type: 'credit', credit: taken });
      taken = 0;
    }
  } catch (error) {
    throwIfAborted(parts.signal);
    throw error;
  }
}

async function nextAnswer(parts: AskParts, stream: FrameStream): Promise<SyncAnswerFrame> {
  const { idleLimitMs, frameBytesMax } = PROTOCOLS[parts.protocol];
  const limit = deadline(parts.clock, idleLimitMs, 'the next frame of an answer', parts.signal);
  const forget = onAbort(limit.signal, () => stream.abort());
  try {
    const bytes = await stream.receive();
    if (bytes === undefined) throw refusalError('closed', 'the answer broke off');
    const frame = decodeSyncAnswer(bytes, frameBytesMax);
    if (!frame.ok) throw misbehaved(parts, frame.refusal.detail);
    return frame.value;
  } catch (error) {
    throwIfAborted(limit.signal);
    throw error;
  } finally {
    forget();
    limit.end();
  }
}

function misbehaved(parts: AskParts, detail: string): RefusalError {
  parts.misbehaved('malformed');
  return refusalError('malformed', detail);
}

// ---------------------------------------------------------------- serving

export interface ServeParts {
  readonly protocol: AskedProtocol;
  readonly stream: FrameStream;
  readonly clock: Clock;
  /** Ends with the network. */
  readonly signal: AbortSignal;
  /** The session in whose name the peer asks, once its handshake is over; `undefined`: nothing is answered. */
  readonly sessionOf: (chain: Hash, signal: AbortSignal) => Promise<ServedSession | undefined>;
  readonly misbehaved: (how: Misbehaviour) => void;
  /** Counts a frame against the peer's budget. */
  readonly count: (bytes: number) => void;
  readonly report: (error: unknown) => void;
}

export interface ServedSession {
  readonly signal: AbortSignal;
  serve(request: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** Serves one inbound stream to its end. Never throws. */
export async function serveRequest(parts: ServeParts): Promise<void> {
  const limit = deadline(parts.clock, PROTOCOLS[parts.protocol].timeLimitMs, 'an answer', parts.signal);
  const forget = onAbort(limit.signal, () => parts.stream.abort());
  try {
    await serveAsk(parts, limit.signal);
  } catch {
    // The stream broke, or its time was up: there is nobody to tell.
  } finally {
    forget();
    limit.end();
    parts.stream.abort();
  }
}

async function serveAsk(parts: ServeParts, signal: AbortSignal): Promise<void> {
  const ask = await within(parts.clock, PROTOCOLS[parts.protocol].idleLimitMs, 'a request', signal, () => receiveRequestFrame(parts));
  if (ask?.type !== 'ask') return parts.misbehaved('malformed');
  const session = await parts.sessionOf(ask.chain, signal);
  if (session === undefined) return parts.misbehaved('unanswered');
  const life = scope(signal, session.signal);
  const credit = new Credit(ask.credit, SYNC_WINDOW_BYTES);
  const reading = readCredit(parts, credit, () => life.abort(refusalError('closed', 'the requester went away')));
  try {
    const reason = await answer(parts, () => session.serve(ask.request, life.signal), credit, life);
    const last = reason === undefined ? ({ type: 'end' } as const) : ({ type: 'refused', reason } as const);
    await endWith(parts.stream, parts.clock, syncAnswerFrame, last, reading);
  } finally {
    life.end();
    parts.stream.abort();
    await reading;
  }
}

/** The next frame of the requester; `undefined` if it is none. Rejects when the stream has ended. */
async function receiveRequestFrame(parts: ServeParts): Promise<Infer<typeof syncRequestFrame> | undefined> {
  const bytes = await parts.stream.receive();
  if (bytes === undefined) throw refusalError('closed', 'the requester has ended');
  parts.count(bytes.length);
  const frame = decode(syncRequestFrame, bytes, PROTOCOLS[parts.protocol].frameBytesMax);
  return frame.ok ? frame.value : undefined;
}

/** Takes credit until the requester ends the stream or sends something else. Never throws. */
async function readCredit(parts: ServeParts, credit: Credit, gone: () => void): Promise<void> {
  try {
    for (;;) {
      const frame = await receiveRequestFrame(parts);
      if (frame?.type !== 'credit') return parts.misbehaved('malformed');
      credit.grant(frame.credit);
    }
  } catch {
    // Ended or reset: either way it wants no more.
  } finally {
    gone();
  }
}

/** Pulls frames as credit allows. Gives the reason with which the answer broke off, or none when it is whole. */
async function answer(
  parts: ServeParts,
  begin: () => AsyncIterable<Uint8Array>,
  credit: Credit,
  life: Scope,
): Promise<RefusalCode | undefined> {
  let frames: AsyncIterator<Uint8Array> | undefined;
  try {
    frames = begin()[Symbol.asyncIterator]();
    for (;;) {
      await within(parts.clock, PROTOCOLS[parts.protocol].idleLimitMs, 'waiting for credit', life.signal, (signal) => credit.some(signal));
      const next = await abortable(frames.next(), life.signal);
      if (next.done) return undefined;
      await sendFrame(parts.stream, next.value);
      credit.spend(cost(next.value));
    }
  } catch (error) {
    if (!(error instanceof RefusalError)) parts.report(error);
    life.abort(refusalError('closed', 'the answer broke off'));
    return codeOf(error);
  } finally {
    await frames?.return?.().catch(() => {});
  }
}

async function sendFrame(stream: FrameStream, frame: Uint8Array): Promise<void> {
  invariant(frame.length <= SYNC_FRAME_BYTES_MAX, 'a frame of an answer is within its bound');
  const bytes = encode(syncAnswerFrame, { type: 'frame', frame });
  await stream.send(bytes).catch((error: unknown) => {
    throw refusalError(codeOf(error), 'the requester went away');
  });
}
