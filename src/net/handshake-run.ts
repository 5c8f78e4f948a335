/**
 * Runs the handshake on a stream, from either end. Its decisions are in `handshake.ts`; here are the frames, the waits, the
 * keys. Ends with what both sides may do, or throws a `HandshakeFailure` that says whose word it was.
 */
import type { PublicKey, Signature } from '../core/base/key.ts';
import type { Refusal, RefusalCode, Result } from '../core/base/result.ts';
import { RefusalError, unwrap } from '../core/base/result.ts';
import { decode, encode } from '../core/codec/codec.ts';
import {
  type Ends,
  HANDSHAKE_FRAME_BYTES_MAX,
  type HandshakeFrame,
  handshakeFrame,
  type Identity,
  type InvitationProof,
  NONCE_BYTES,
  REFUSED_FRAME_BYTES_MAX,
} from '../core/codec/handshake.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { AccessLevel, ChainEndpoint, Clock, InvitationClaim, PeerId, Random, Tip, Verifier } from '../node/ports.ts';
import { codeOf, deadline, endWith, onAbort, refusalError } from './flow.ts';
import {
  availableFrame,
  checkIdentity,
  checksOf,
  claimOf,
  type FrameOf,
  identityOf,
  keyToGive,
  type Meeting,
  proveInvitation,
  signedText,
  type Unsigned,
} from './handshake.ts';
import { HANDSHAKE_ANSWER_TIMEOUT_MS, HANDSHAKE_TIMEOUT_MS } from './protocols.ts';
import type { FrameStream } from './transport.ts';

/**
 * `silent`: the peer did not answer `available`; ask again. `refused`: one side said no, for a reason; asking again at once is
 * useless. `broken`: a wrong answer, a malformed frame or a time-out; the peer loses its connection. `lost`: the stream ended.
 */
export type FailureKind = 'silent' | 'refused' | 'broken' | 'lost';

export class HandshakeFailure extends RefusalError {
  readonly kind: FailureKind;
  /** What a peer that refused gave along, to be judged by whoever knows the chain. */
  readonly farewell: Uint8Array | undefined;
  constructor(kind: FailureKind, code: RefusalCode, detail: string, farewell?: Uint8Array) {
    super({ code, detail });
    this.kind = kind;
    this.farewell = farewell;
  }
}

/** What a handshake came to. */
export interface Handshaken {
  readonly nodeKey: PublicKey;
  readonly roles: readonly Role[];
  readonly tip: Tip;
  /** The tip that we told the other side of. */
  readonly ownTip: Tip;
  /** What we let the other side do, and it us. */
  readonly access: AccessLevel;
  readonly grantedAccess: AccessLevel;
  /** The current network key, if the other side gave it to us. */
  readonly networkKey: Uint8Array | undefined;
}

export interface HandshakeParts {
  readonly stream: FrameStream;
  readonly self: PeerId;
  readonly endpoint: ChainEndpoint;
  readonly clock: Clock;
  readonly random: Random;
  readonly verifier: Verifier;
  readonly signal: AbortSignal;
  /** The level of a peer that passed, or why it gets no session: the endpoint's word and our own limits. */
  readonly access: (nodeKey: PublicKey, claim: InvitationClaim | undefined) => Result<AccessLevel>;
}

/** Opens a handshake under the network key with this index among the endpoint's (ignored on a chain without one). */
export async function openHandshake(parts: HandshakeParts, keyIndex: number): Promise<Handshaken> {
  const run = new Run(parts, 'opener');
  return run.guard(async () => {
    const keys = parts.endpoint.networkKeys();
    const index = keys.length === 0 ? 0 : keyIndex % keys.length;
    const nonce = parts.random.bytes(NONCE_BYTES);
    await run.send(availableFrame(parts.endpoint.chain, keys[index], run.peers, nonce));
    const answer = await run.answer();
    const ours = identityOf(parts.endpoint);
    await run.orRefuse(checkIdentity(ours, answer.identity));
    const meeting = run.meet({ opener: ours, acceptor: answer.identity }, { opener: nonce, acceptor: answer.nonce });
    const invitation = await proveInvitation(parts.endpoint, answer.nonce);
    await run.sign({ type: 'prove', body: { identity: ours, invitation } }, meeting);
    const { body, signature } = await run.expect('grant');
    const access = await run.judge({ type: 'grant', body }, signature, meeting, body.invitation);
    const networkKey = keyToGive(access, index === 0, keys);
    await run.sign({ type: 'accept', body: { access, networkKey } }, meeting);
    return outcome(answer.identity, ours, access, body);
  });
}

/** Answers an `available` that has passed, made under the network key with this index. */
export async function acceptHandshake(parts: HandshakeParts, available: FrameOf<'available'>, keyIndex: number): Promise<Handshaken> {
  const run = new Run(parts, 'acceptor');
  run.heard(available);
  return run.guard(async () => {
    const nonce = parts.random.bytes(NONCE_BYTES);
    const ours = identityOf(parts.endpoint);
    await run.send({ type: 'answer', identity: ours, nonce });
    const proof = await run.expect('prove');
    const theirs = proof.body.identity;
    await run.orRefuse(checkIdentity(ours, theirs));
    const meeting = run.meet({ opener: theirs, acceptor: ours }, { opener: available.nonce, acceptor: nonce });
    const access = await run.judge({ type: 'prove', body: proof.body }, proof.signature, meeting, proof.body.invitation);
    const networkKey = keyToGive(access, keyIndex === 0, parts.endpoint.networkKeys());
    const invitation = await proveInvitation(parts.endpoint, available.nonce);
    await run.sign({ type: 'grant', body: { access, invitation, networkKey } }, meeting);
    const { body, signature } = await run.expect('accept');
    await run.verify({ type: 'accept', body }, signature, meeting, undefined);
    return outcome(theirs, ours, access, body);
  });
}

function outcome(
  theirs: Identity,
  ours: Identity,
  access: AccessLevel,
  granted: { readonly access: AccessLevel; readonly networkKey: Uint8Array | undefined },
): Handshaken {
  const { node: nodeKey, roles, tip } = theirs;
  return { nodeKey, roles, tip, ownTip: ours.tip, access, grantedAccess: granted.access, networkKey: granted.networkKey };
}

/** One run: the stream, the frames so far, and which end we are. */
class Run {
  readonly #parts: HandshakeParts;
  readonly #side: keyof Ends<unknown>;
  readonly #frames: Uint8Array[] = [];
  readonly peers: Ends<PeerId>;

  constructor(parts: HandshakeParts, side: keyof Ends<unknown>) {
    const { self, stream } = parts;
    this.#parts = parts;
    this.#side = side;
    this.peers = side === 'opener' ? { opener: self, acceptor: stream.peer } : { opener: stream.peer, acceptor: self };
  }

  /** Bounds a run in time. Whatever ends it but success cuts the stream. */
  async guard(run: () => Promise<Handshaken>): Promise<Handshaken> {
    const { stream, clock, signal } = this.#parts;
    const limit = deadline(clock, HANDSHAKE_TIMEOUT_MS, 'the handshake', signal);
    const forget = onAbort(limit.signal, () => stream.abort());
    try {
      return await run();
    } catch (error) {
      stream.abort();
      throw this.#failure(error, limit.signal);
    } finally {
      forget();
      limit.end();
    }
  }

  #failure(error: unknown, limit: AbortSignal): unknown {
    if (error instanceof HandshakeFailure) return error;
    if (this.#parts.signal.aborted) return new HandshakeFailure('lost', codeOf(this.#parts.signal.reason), 'given up');
    if (limit.aborted) return new HandshakeFailure('broken', 'timed-out', 'the peer left a handshake hanging');
    if (error instanceof RefusalError) return new HandshakeFailure('lost', error.code, error.message);
    return error;
  }

  meet(identities: Ends<Identity>, nonces: Ends<Uint8Array>): Meeting {
    return { chain: this.#parts.endpoint.chain, identities, peers: this.peers, nonces };
  }

  heard(frame: HandshakeFrame): void {
    this.#frames.push(encode(handshakeFrame, frame));
  }

  async send(frame: HandshakeFrame): Promise<void> {
    const bytes = encode(handshakeFrame, frame);
    this.#frames.push(bytes);
    await this.#parts.stream.send(bytes);
  }

  /** Signs the body of a frame and sends it. */
  async sign(unsigned: Unsigned, meeting: Meeting): Promise<void> {
    const signature = await this.#parts.endpoint.signer.sign(signedText(unsigned, meeting, this.#frames));
    await this.send({ ...unsigned, signature });
  }

  /** The peer's answer to `available`; silence of any kind counts as one and the same. */
  async answer(): Promise<FrameOf<'answer'>> {
    const { clock, stream, signal } = this.#parts;
    const cancel = clock.schedule(HANDSHAKE_ANSWER_TIMEOUT_MS, () => stream.abort());
    try {
      const frame = await this.expect('answer');
      this.heard(frame);
      return frame;
    } catch (error) {
      if (signal.aborted || (error instanceof HandshakeFailure && error.kind !== 'lost')) throw error;
      throw new HandshakeFailure('silent', 'not-available', 'the peer did not answer');
    } finally {
      cancel();
    }
  }

  /** The next frame, which must be of this kind; a `refused` in its place is the peer's reason. */
  async expect<T extends HandshakeFrame['type']>(type: T): Promise<FrameOf<T>> {
    const bytes = await this.#parts.stream.receive();
    if (bytes === undefined) throw new HandshakeFailure('lost', 'closed', 'the peer ended the handshake');
    const frame = decode(handshakeFrame, bytes, REFUSED_FRAME_BYTES_MAX);
    if (!frame.ok) throw new HandshakeFailure('broken', frame.refusal.code, frame.refusal.detail);
    const { value } = frame;
    if (value.type === 'refused') throw new HandshakeFailure('refused', value.reason, 'the peer refused', value.farewell);
    if (bytes.length > HANDSHAKE_FRAME_BYTES_MAX) throw new HandshakeFailure('broken', 'too-large', `${bytes.length} bytes`);
    if (!isOfType(value, type)) throw new HandshakeFailure('broken', 'malformed', `${value.type} in place of ${type}`);
    return value;
  }

  /** Checks a signed frame against all frames before it, then counts it among them. */
  async verify(unsigned: Unsigned, signature: Signature, meeting: Meeting, invitation: InvitationProof | undefined): Promise<void> {
    const other = this.#side === 'opener' ? 'acceptor' : 'opener';
    const text = signedText(unsigned, meeting, this.#frames);
    const checks = checksOf(meeting.identities[other].node, text, signature, meeting.chain, invitation, meeting.nonces[this.#side]);
    const verdicts = checks === undefined ? [false] : await this.#parts.verifier.verify(checks, 'message');
    if (!verdicts.every(Boolean)) throw new HandshakeFailure('broken', 'wrong-answer', 'the peer did not pass the challenge');
    this.heard({ ...unsigned, signature });
  }

  /** The peer passed or not; if it did, what it may do. */
  async judge(unsigned: Unsigned, signature: Signature, meeting: Meeting, invitation: InvitationProof | undefined): Promise<AccessLevel> {
    await this.verify(unsigned, signature, meeting, invitation);
    const other = this.#side === 'opener' ? meeting.identities.acceptor : meeting.identities.opener;
    const access = this.#parts.access(other.node, claimOf(invitation));
    return this.orRefuse(access, access.ok ? undefined : await this.#parts.endpoint.farewell?.(other.node));
  }

  /** The value, or the end: the peer hears the reason before the stream closes. */
  async orRefuse<T>(result: Result<T>, farewell?: Uint8Array): Promise<T> {
    if (result.ok) return unwrap(result);
    await this.#refuse(result.refusal, farewell);
    throw new HandshakeFailure('refused', result.refusal.code, result.refusal.detail);
  }

  async #refuse(refusal: Refusal, farewell: Uint8Array | undefined): Promise<void> {
    await endWith(this.#parts.stream, this.#parts.clock, handshakeFrame, { type: 'refused', reason: refusal.code, farewell });
  }
}

function isOfType<T extends HandshakeFrame['type']>(frame: HandshakeFrame, type: T): frame is FrameOf<T> {
  return frame.type === type;
}

/** Reads the first frame of an inbound stream; `undefined` unless it is a well-formed `available`. */
export async function receiveAvailable(stream: FrameStream, signal: AbortSignal): Promise<FrameOf<'available'> | undefined> {
  const bytes = await stream.receive(signal);
  if (bytes === undefined) throw refusalError('closed', 'ended before it asked');
  const frame = decode(handshakeFrame, bytes, HANDSHAKE_FRAME_BYTES_MAX);
  return frame.ok && frame.value.type === 'available' ? frame.value : undefined;
}
