/**
 * Reaching peers of one chain. Comes in: where a peer may be reached. Goes out: its session, or the reason why there is none.
 *
 * At most one attempt a peer runs at a time, however many ask for it. When two nodes open a stream to each other at once,
 * the one opened by the greater peer id stays: the greater ignores the other's, the lesser gives its own up.
 */
import { HANDSHAKE_REQUESTS_MAX } from '../core/base/limits.ts';
import { RefusalError } from '../core/base/result.ts';
import type { PeerAddress, PeerId } from '../node/ports.ts';
import { abortable, onAbort, pause, refusalError, type Scope, scope, type Tasks, throwIfAborted, within } from './flow.ts';
import type { Ground } from './ground.ts';
import { HandshakeFailure } from './handshake-run.ts';
import { between } from './jitter.ts';
import { DIAL_TIMEOUT_MS, HANDSHAKE_ANSWER_TIMEOUT_MS, HANDSHAKE_BACKOFF_MS, PROTOCOLS } from './protocols.ts';
import type { LiveSession } from './session.ts';
import type { FrameStream } from './transport.ts';

/** What the dialer asks of the chain it dials for. */
export interface DialerHost {
  readonly signal: AbortSignal;
  session(peer: PeerId): LiveSession | undefined;
  /** The outcome of the peer's own handshake with us, if one is under way. */
  inbound(peer: PeerId): Promise<LiveSession | undefined> | undefined;
  /** Shakes hands on a stream that we opened. */
  shake(stream: FrameStream, keyIndex: number, signal: AbortSignal): Promise<LiveSession>;
}

interface Attempt {
  readonly result: Promise<LiveSession>;
  readonly life: Scope;
  readonly progress: Progress;
  waiters: number;
}

interface Progress {
  /** Our stream is open or opening: the peer may see it. */
  inFlight: boolean;
  /** Set when the peer's stream stays in place of ours. */
  yieldedTo: Promise<LiveSession | undefined> | undefined;
}

export class Dialer {
  readonly #ground: Ground;
  readonly #tasks: Tasks;
  readonly #host: DialerHost;
  readonly #attempts = new Map<PeerId, Attempt>();

  constructor(ground: Ground, tasks: Tasks, host: DialerHost) {
    this.#ground = ground;
    this.#tasks = tasks;
    this.#host = host;
  }

  get attempts(): number {
    return this.#attempts.size;
  }

  /** The session there is, or one made within `HANDSHAKE_REQUESTS_MAX` requests. */
  async connect(address: PeerAddress, signal: AbortSignal): Promise<LiveSession> {
    for (let request = 0; ; request++) {
      try {
        return await this.once(address, request, signal);
      } catch (error) {
        throwIfAborted(signal);
        throwIfAborted(this.#host.signal);
        if (!isUnavailable(error)) throw error;
        if (request + 1 >= HANDSHAKE_REQUESTS_MAX)
          throw refusalError(error.code, `gave up after ${request + 1} requests: ${error.message}`);
        await this.#backOff(request, signal);
      }
    }
  }

  /** The session there is, or one made by a single request, under the network key with this index. None with who is banned. */
  async once(address: PeerAddress, keyIndex: number, signal: AbortSignal): Promise<LiveSession> {
    throwIfAborted(signal);
    if (this.#ground.isBanned(address.peer)) throw refusalError('slow-down', 'the peer has misbehaved, and waits');
    return this.#host.session(address.peer) ?? this.#join(address, keyIndex, signal);
  }

  /** Makes a session anew, though one lives: its connection has a better path now. The old one stays if this fails. */
  async again(peer: PeerId, signal: AbortSignal): Promise<void> {
    await this.#join({ peer, addresses: [] }, 0, signal, true);
  }

  /** Two streams at once: true if ours stays, so that the peer's is to be ignored. */
  keepsOwn(peer: PeerId): boolean {
    const attempt = this.#attempts.get(peer);
    return attempt?.progress.inFlight === true && this.#ground.transport.peerId > peer;
  }

  /** Gives up our stream to the peer, if there is one, for the handshake that it has begun with us. */
  yieldTo(peer: PeerId, inbound: Promise<LiveSession | undefined>): void {
    const attempt = this.#attempts.get(peer);
    if (attempt?.progress.inFlight !== true) return;
    attempt.progress.yieldedTo = inbound;
    attempt.life.abort(refusalError('duplicate', 'the stream opened by the peer stays'));
  }

  async #join(address: PeerAddress, keyIndex: number, signal: AbortSignal, anew = false): Promise<LiveSession> {
    const attempt = this.#attempts.get(address.peer) ?? this.#begin(address, keyIndex, anew);
    attempt.waiters++;
    try {
      return await abortable(attempt.result, signal);
    } finally {
      attempt.waiters--;
      if (attempt.waiters === 0) this.#leave(address.peer, attempt);
    }
  }

  #begin(address: PeerAddress, keyIndex: number, anew: boolean): Attempt {
    const life = scope(this.#host.signal);
    const progress: Progress = { inFlight: false, yieldedTo: undefined };
    const result = this.#attempt(address, keyIndex, anew, life.signal, progress);
    const attempt: Attempt = { result, life, progress, waiters: 0 };
    // Those who wait hear how it ends; here it is only waited for.
    this.#tasks.run(() => result.then(nothing, nothing));
    this.#attempts.set(address.peer, attempt);
    return attempt;
  }

  // Its streams end at once with its scope, so another attempt may begin while this one winds down.
  #leave(peer: PeerId, attempt: Attempt): void {
    if (this.#attempts.get(peer) === attempt) this.#attempts.delete(peer);
    attempt.life.abort(refusalError('aborted', 'nobody waits for it'));
    attempt.life.end();
  }

  async #attempt(address: PeerAddress, keyIndex: number, anew: boolean, signal: AbortSignal, progress: Progress): Promise<LiveSession> {
    try {
      return (await this.#present(address.peer, anew)) ?? (await this.#dialAndShake(address, keyIndex, anew, signal, progress));
    } catch (error) {
      const session = await progress.yieldedTo;
      if (session !== undefined) return session;
      throw progress.yieldedTo === undefined
        ? error
        : new HandshakeFailure('lost', 'closed', 'the handshake that the peer began came to nothing');
    }
  }

  /** The session that is there, or that the peer is making. */
  async #present(peer: PeerId, anew: boolean): Promise<LiveSession | undefined> {
    const made = await this.#host.inbound(peer);
    return made ?? (anew ? undefined : this.#host.session(peer));
  }

  async #dialAndShake(
    address: PeerAddress,
    keyIndex: number,
    anew: boolean,
    signal: AbortSignal,
    progress: Progress,
  ): Promise<LiveSession> {
    const { clock, transport } = this.#ground;
    const { peer } = address;
    await within(clock, DIAL_TIMEOUT_MS, 'dialling', signal, (limit) => transport.dial(address, limit));
    // While we dialled, the peer may have begun; from the check to `inFlight` nothing may come between.
    while (this.#host.inbound(peer) !== undefined) {
      const made = await this.#host.inbound(peer);
      if (made !== undefined) return made;
    }
    const session = this.#host.session(peer);
    if (session !== undefined && !anew) return session;
    throwIfAborted(signal);
    progress.inFlight = true;
    const stream = await within(clock, HANDSHAKE_ANSWER_TIMEOUT_MS, 'opening a stream', signal, (limit) =>
      transport.open(peer, PROTOCOLS.session.id, PROTOCOLS.session, limit),
    );
    const forget = onAbort(signal, () => stream.abort());
    try {
      return await this.#host.shake(stream, keyIndex, signal);
    } finally {
      forget();
    }
  }

  async #backOff(request: number, signal: AbortSignal): Promise<void> {
    const pauseMs = HANDSHAKE_BACKOFF_MS * 2 ** request;
    const both = scope(signal, this.#host.signal);
    try {
      await pause(this.#ground.clock, between(this.#ground.random, pauseMs / 2, pauseMs), both.signal);
    } finally {
      both.end();
    }
  }
}

function nothing(): void {}

/** Whether asking again may help: the peer was not reached, did not answer, or was lost on the way. */
export function isUnavailable(error: unknown): error is RefusalError {
  if (error instanceof HandshakeFailure) return error.kind === 'silent' || error.kind === 'lost';
  return error instanceof RefusalError;
}
