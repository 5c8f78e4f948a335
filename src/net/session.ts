/**
 * A handshaken session on its stream: messages in, messages out in order, and one ending with one reason.
 * Bounded by its queue; a peer that does not read loses the session, never our memory.
 */
import type { PublicKey } from '../core/base/key.ts';
import { SESSION_MESSAGE_BYTES_MAX } from '../core/base/limits.ts';
import { invariant, type RefusalCode, unreachable } from '../core/base/result.ts';
import { encode } from '../core/codec/codec.ts';
import type { Role } from '../core/codec/primitives.ts';
import { decodeSessionFrame, type SessionFrame, sessionFrame } from '../core/codec/stream-frames.ts';
import type { AccessLevel, Clock, PeerId, PeerPath, Session, Tip } from '../node/ports.ts';
import { endWith, refusalError, type Scope, scope } from './flow.ts';
import type { Handshaken } from './handshake-run.ts';
import { CLOSE_GRACE_MS, type Misbehaviour, PROTOCOLS, SESSION_QUEUE_BYTES_MAX, SESSION_QUEUE_MESSAGES_MAX } from './protocols.ts';
import type { AskedProtocol } from './requests.ts';
import type { FrameStream } from './transport.ts';

/** What a session asks of the network around it. */
export interface SessionHost {
  readonly clock: Clock;
  /** How the peer is connected now; the last known path once it is not. */
  path(): PeerPath;
  ping(signal: AbortSignal): Promise<number>;
  request(session: LiveSession, protocol: AskedProtocol, request: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array>;
  message(session: LiveSession, message: Uint8Array): void;
  /** The other side grants us another level. */
  granted(session: LiveSession): void;
  /** We grant the other side another level. */
  accessSet(): void;
  /** The other side gives us a network key. */
  networkKey(session: LiveSession, key: Uint8Array): void;
  /** Called once, when no message will be delivered any more. */
  closed(session: LiveSession, reason: RefusalCode): void;
  /** Counts a message against the peer's budget. */
  count(bytes: number): void;
  misbehaved(how: Misbehaviour): void;
}

let sessionsSoFar = 0;

/** Of messages on their way out: one that goes to many is framed once. */
const framed = new WeakMap<Uint8Array, Uint8Array>();

function frameOf(message: Uint8Array): Uint8Array {
  const frame = framed.get(message) ?? encode(sessionFrame, { type: 'message', message });
  framed.set(message, frame);
  return frame;
}

export class LiveSession implements Session {
  readonly id = ++sessionsSoFar;
  readonly peer: PeerId;
  readonly nodeKey: PublicKey;
  readonly claimedRoles: readonly Role[];
  readonly tipAtStart: Tip;
  readonly ownTipAtStart: Tip;
  /** Whether we opened its stream, and how the peer was connected then. */
  readonly opened: boolean;
  readonly startPath: PeerPath;
  readonly #stream: FrameStream;
  readonly #host: SessionHost;
  readonly #life: Scope = scope();
  #access: AccessLevel;
  #grantedAccess: AccessLevel;
  #queue: Uint8Array[] = [];
  #queueBytes = 0;
  #writing: Promise<void> | undefined;
  #open = true;
  #reading: Promise<void> | undefined;
  #ending: Promise<void> = Promise.resolve();

  constructor(stream: FrameStream, handshaken: Handshaken, opened: boolean, host: SessionHost) {
    this.peer = stream.peer;
    this.nodeKey = handshaken.nodeKey;
    this.claimedRoles = handshaken.roles;
    this.tipAtStart = handshaken.tip;
    this.ownTipAtStart = handshaken.ownTip;
    this.opened = opened;
    this.startPath = host.path();
    this.#access = handshaken.access;
    this.#grantedAccess = handshaken.grantedAccess;
    this.#stream = stream;
    this.#host = host;
  }

  get access(): AccessLevel {
    return this.#access;
  }

  get grantedAccess(): AccessLevel {
    return this.#grantedAccess;
  }

  get path(): PeerPath {
    return this.#host.path();
  }

  /** Aborted when the session closes, with the reason. */
  get signal(): AbortSignal {
    return this.#life.signal;
  }

  setAccess(level: AccessLevel): void {
    if (level === this.#access) return;
    this.#access = level;
    this.#host.accessSet();
    this.#enqueue(encode(sessionFrame, { type: 'access', access: level }));
  }

  giveNetworkKey(key: Uint8Array): void {
    this.#enqueue(encode(sessionFrame, { type: 'network-key', key }));
  }

  ping(signal: AbortSignal): Promise<number> {
    return this.#host.ping(signal);
  }

  request(request: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#host.request(this, 'sync', request, signal);
  }

  requestReceipt(request: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#host.request(this, 'receipt', request, signal);
  }

  /** Messages to a session that has closed go nowhere: its end was told already. */
  send(message: Uint8Array): void {
    invariant(message.length <= SESSION_MESSAGE_BYTES_MAX, 'a message is within its bound');
    this.#enqueue(frameOf(message));
  }

  #enqueue(frame: Uint8Array): void {
    if (!this.#open) return;
    this.#queue.push(frame);
    this.#queueBytes += frame.length;
    if (this.#queueBytes > SESSION_QUEUE_BYTES_MAX || this.#queue.length > SESSION_QUEUE_MESSAGES_MAX) return this.#closeSlow();
    this.#writing ??= this.#write();
  }

  /** Settles once the other side was told of an end that is ours, or could not be. */
  get ending(): Promise<void> {
    return this.#ending;
  }

  close(reason: RefusalCode): void {
    if (!this.#stop(reason)) return;
    this.#ending = this.#endInOrder(reason);
    // Or whoever lies would only have to come again.
    if (reason === 'wrong-answer') this.#host.misbehaved('wrongAnswer');
  }

  /** Reads the stream to its end. Settles when nothing of this session is left running. */
  async run(): Promise<void> {
    try {
      await this.#readToEnd();
      await this.#ending;
      await this.#stream.close();
    } finally {
      this.#stop('closed');
      this.#stream.abort();
      await this.#writing;
    }
  }

  // What waits is dropped: only the reason may still get through.
  #closeSlow(): void {
    this.#queue = [];
    this.close('slow-down');
  }

  #readToEnd(): Promise<void> {
    this.#reading ??= this.#read();
    return this.#reading;
  }

  async #read(): Promise<void> {
    for (let frame = await this.#receive(); frame !== undefined; frame = await this.#receive()) {
      if (this.#open) this.#take(frame);
    }
    this.#stop('closed');
  }

  #receive(): Promise<Uint8Array | undefined> {
    return this.#stream.receive().catch(() => undefined);
  }

  #take(bytes: Uint8Array): void {
    this.#host.count(bytes.length);
    const frame = decodeSessionFrame(bytes, PROTOCOLS.session.frameBytesMax);
    if (!frame.ok) {
      this.close('malformed');
      this.#host.misbehaved('malformed');
    } else this.#act(frame.value);
  }

  #act(frame: SessionFrame): void {
    switch (frame.type) {
      case 'message':
        return this.#host.message(this, frame.message);
      case 'close':
        this.#stop(frame.reason);
        return;
      case 'access':
        this.#grantedAccess = frame.access;
        return this.#host.granted(this);
      case 'network-key':
        return this.#host.networkKey(this, frame.key);
      default:
        return unreachable(frame);
    }
  }

  async #write(): Promise<void> {
    try {
      for (let frame = this.#queue.shift(); frame !== undefined; frame = this.#queue.shift()) {
        await this.#stream.send(frame);
        this.#queueBytes -= frame.length;
      }
    } catch {
      // The stream has ended; whoever reads it tells.
    }
    this.#writing = undefined;
  }

  async #endInOrder(reason: RefusalCode): Promise<void> {
    const cancel = this.#host.clock.schedule(CLOSE_GRACE_MS, () => this.#stream.abort());
    await this.#writing;
    cancel();
    await endWith(this.#stream, this.#host.clock, sessionFrame, { type: 'close', reason }, this.#readToEnd());
  }

  /** Ends the session for its users, once; false if it had ended. */
  #stop(reason: RefusalCode): boolean {
    if (!this.#open) return false;
    this.#open = false;
    this.#life.abort(refusalError(reason, 'the session has ended'));
    this.#host.closed(this, reason);
    return true;
  }
}
