/** `/latchkey/host/1`: one request to host a chain and its answer, the one protocol that precedes a chain. */
import { HOST_MESSAGE_BYTES_MAX } from '../core/base/limits.ts';
import { invariant, RefusalError } from '../core/base/result.ts';
import { decode, encode, type Infer } from '../core/codec/codec.ts';
import { hostAnswerFrame, hostRequestFrame } from '../core/codec/stream-frames.ts';
import type { Clock, HostService } from '../node/ports.ts';
import { abortable, codeOf, deadline, endWith, onAbort, refusalError, throwIfAborted } from './flow.ts';
import { type Misbehaviour, PROTOCOLS } from './protocols.ts';
import type { FrameStream } from './transport.ts';

const { frameBytesMax, timeLimitMs } = PROTOCOLS.host;

/** Sends the request on a fresh stream and returns the answer. Throws `RefusalError`, the relay's own or ours. */
export async function askHost(stream: FrameStream, request: Uint8Array, clock: Clock, signal: AbortSignal): Promise<Uint8Array> {
  invariant(request.length <= HOST_MESSAGE_BYTES_MAX, 'a host request is within its bound');
  const limit = deadline(clock, timeLimitMs, 'a host request', signal);
  const forget = onAbort(limit.signal, () => stream.abort());
  try {
    await stream.send(encode(hostRequestFrame, { type: 'request', request }));
    const bytes = await stream.receive();
    if (bytes === undefined) throw refusalError('closed', 'the relay ended without an answer');
    const answer = decode(hostAnswerFrame, bytes, frameBytesMax);
    if (!answer.ok) throw new RefusalError(answer.refusal);
    if (answer.value.type === 'refused') throw refusalError(answer.value.reason, 'the relay refused to host');
    return answer.value.answer;
  } catch (error) {
    throwIfAborted(limit.signal);
    throw error instanceof RefusalError ? error : refusalError(codeOf(error), 'the stream broke off');
  } finally {
    forget();
    limit.end();
    stream.abort();
  }
}

export interface ServeHostParts {
  readonly stream: FrameStream;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly service: HostService | undefined;
  readonly count: (bytes: number) => void;
  readonly misbehaved: (how: Misbehaviour) => void;
  readonly report: (error: unknown) => void;
}

/** Answers one request on an inbound stream. Never throws. */
export async function serveHostRequest(parts: ServeHostParts): Promise<void> {
  const { stream, clock } = parts;
  const limit = deadline(clock, timeLimitMs, 'a host request', parts.signal);
  const forget = onAbort(limit.signal, () => stream.abort());
  try {
    const bytes = await stream.receive();
    if (bytes === undefined) return;
    parts.count(bytes.length);
    await endWith(stream, clock, hostAnswerFrame, await answerTo(parts, bytes, limit.signal));
  } catch {
    // The stream broke, or its time was up: there is nobody to tell.
  } finally {
    forget();
    limit.end();
    stream.abort();
  }
}

async function answerTo(parts: ServeHostParts, bytes: Uint8Array, signal: AbortSignal): Promise<Infer<typeof hostAnswerFrame>> {
  const request = decode(hostRequestFrame, bytes, frameBytesMax);
  if (!request.ok) {
    parts.misbehaved('malformed');
    return { type: 'refused', reason: request.refusal.code };
  }
  if (parts.service === undefined) return { type: 'refused', reason: 'hosting-refused' };
  try {
    return {
      type: 'answer',
      answer: await abortable(parts.service.hostRequested(parts.stream.peer, request.value.request, signal), signal),
    };
  } catch (error) {
    if (!(error instanceof RefusalError)) parts.report(error);
    return { type: 'refused', reason: codeOf(error) };
  }
}
