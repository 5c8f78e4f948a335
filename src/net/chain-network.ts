/** The network as one chain uses it: the sessions of its nodes, one a node key and one a peer, however they came about. */
import { toHex } from '../core/base/bytes.ts';
import type { PublicKey } from '../core/base/key.ts';
import { type RefusalCode, RefusalError, type Result, refuse } from '../core/base/result.ts';
import type { AccessLevel, ChainEndpoint, ChainNetwork, InvitationClaim, PeerAddress, PeerId, RelayUse, Session } from '../node/ports.ts';
import { Dialer } from './dialer.ts';
import { abortable, refusalError, type Scope, scope, Tasks } from './flow.ts';
import type { Ground } from './ground.ts';
import type { FrameOf } from './handshake.ts';
import { acceptHandshake, HandshakeFailure, type Handshaken, type HandshakeParts, openHandshake } from './handshake-run.ts';
import { PROTOCOLS, STRANGERS_SHARE_MAX } from './protocols.ts';
import { type AskedProtocol, ask, type ServedSession } from './requests.ts';
import { LiveSession, type SessionHost } from './session.ts';
import type { FrameStream } from './transport.ts';
import { Watchdog } from './watchdog.ts';

/** A handshake that a peer began with us. */
interface Inbound {
  readonly life: Scope;
  readonly result: Promise<LiveSession | undefined>;
}

export class Chain implements ChainNetwork {
  readonly endpoint: ChainEndpoint;
  readonly #ground: Ground;
  readonly #onClosed: () => void;
  readonly #life = scope();
  readonly #tasks: Tasks;
  readonly #dialer: Dialer;
  readonly #watchdog: Watchdog;
  readonly #byNode = new Map<string, LiveSession>();
  readonly #byPeer = new Map<PeerId, LiveSession>();
  readonly #inbound = new Map<PeerId, Inbound>();

  constructor(endpoint: ChainEndpoint, ground: Ground, onClosed: () => void) {
    this.endpoint = endpoint;
    this.#ground = ground;
    this.#onClosed = onClosed;
    this.#tasks = new Tasks(ground.report);
    this.#dialer = new Dialer(ground, this.#tasks, {
      signal: this.#life.signal,
      session: (peer) => this.#byPeer.get(peer),
      inbound: (peer) => this.#inbound.get(peer)?.result,
      shake: (stream, keyIndex, signal) => this.#shake(stream, keyIndex, signal),
    });
    this.#watchdog = new Watchdog(ground, this.#tasks, (address, keyIndex, signal) => this.#dialer.once(address, keyIndex, signal));
  }

  connect(address: PeerAddress, signal: AbortSignal): Promise<Session> {
    return this.#dialer.connect(address, signal);
  }

  keep(addresses: readonly PeerAddress[]): void {
    if (!this.#life.signal.aborted) this.#watchdog.keep(addresses, this.#life.signal);
  }

  sessions(): readonly Session[] {
    return [...this.#byNode.values()];
  }

  relayUse(): readonly RelayUse[] {
    return this.#ground.transport.relayUse();
  }

  sessionOf(peer: PeerId): LiveSession | undefined {
    return this.#byPeer.get(peer);
  }

  /** Ends the peer's session; settles once it was told why, or could not be. */
  async banish(peer: PeerId): Promise<void> {
    const session = this.#byPeer.get(peer);
    session?.close('slow-down');
    await session?.ending;
  }

  /** What runs now, for tests that assert a return to the baseline. */
  counts(): { readonly sessions: number; readonly inbound: number; readonly attempts: number; readonly tasks: number } {
    return { sessions: this.#byNode.size, inbound: this.#inbound.size, attempts: this.#dialer.attempts, tasks: this.#tasks.size };
  }

  async close(): Promise<void> {
    this.#life.abort(refusalError('closed', 'the chain was closed here'));
    for (const session of [...this.#byNode.values()]) session.close('closed');
    await Promise.all([...this.#inbound.values()].map((inbound) => inbound.result));
    await this.#tasks.settled();
    this.#onClosed();
  }

  // -------------------------------------------------------------- inbound

  /** Shakes hands on a stream whose `available` has passed, unless our own to that peer stays. Never throws. */
  async accept(stream: FrameStream, available: FrameOf<'available'>, keyIndex: number): Promise<void> {
    const { peer } = stream;
    if (this.#life.signal.aborted || this.#dialer.keepsOwn(peer)) return stream.abort();
    this.#inbound.get(peer)?.life.abort(refusalError('duplicate', 'the peer began anew'));
    const life = scope(this.#life.signal);
    const result = this.#acceptOn(stream, available, keyIndex, life.signal);
    const inbound: Inbound = { life, result };
    this.#inbound.set(peer, inbound);
    this.#dialer.yieldTo(peer, result);
    await result;
    life.end();
    if (this.#inbound.get(peer) === inbound) this.#inbound.delete(peer);
  }

  async #acceptOn(
    stream: FrameStream,
    available: FrameOf<'available'>,
    keyIndex: number,
    signal: AbortSignal,
  ): Promise<LiveSession | undefined> {
    try {
      return this.#establish(stream, await acceptHandshake(this.#handshakeParts(stream, signal), available, keyIndex), false, signal);
    } catch (error) {
      this.#failed(stream.peer, error);
      return undefined;
    }
  }

  /** The live session with a peer, or the one that its handshake under way comes to. */
  async servedSession(peer: PeerId, protocol: AskedProtocol, signal: AbortSignal): Promise<ServedSession | undefined> {
    // The request may overtake the last frame of the handshake, which travels on another stream.
    const pending = this.#inbound.get(peer);
    const session = this.#byPeer.get(peer) ?? (pending && (await abortable(pending.result, signal)));
    return session && { signal: session.signal, serve: (request, life) => this.#serve(session, protocol, request, life) };
  }

  #serve(session: LiveSession, protocol: AskedProtocol, request: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array> {
    if (protocol === 'sync') return this.endpoint.requestReceived(session, request, signal);
    if (this.endpoint.receiptRequested === undefined) throw refusalError('not-available', 'no receipts are given here');
    return this.endpoint.receiptRequested(session, request, signal);
  }

  // -------------------------------------------------------------- handshakes

  async #shake(stream: FrameStream, keyIndex: number, signal: AbortSignal): Promise<LiveSession> {
    try {
      return this.#establish(stream, await openHandshake(this.#handshakeParts(stream, signal), keyIndex), true, signal);
    } catch (error) {
      this.#failed(stream.peer, error);
      throw error;
    }
  }

  #handshakeParts(stream: FrameStream, signal: AbortSignal): HandshakeParts {
    const { clock, random, verifier, transport } = this.#ground;
    const access = (node: PublicKey, claim: InvitationClaim | undefined) => this.#accessOf(node, claim);
    return { stream, self: transport.peerId, endpoint: this.endpoint, clock, random, verifier, signal, access };
  }

  #accessOf(node: PublicKey, claim: InvitationClaim | undefined): Result<AccessLevel> {
    const access = this.endpoint.access(node, claim);
    if (!access.ok || this.#byNode.has(toHex(node))) return access;
    const max = this.#ground.sessionsPerChainMax;
    const strangers = [...this.#byNode.values()].filter((session) => isStranger(session.access)).length;
    const isFull = this.#byNode.size >= max || (isStranger(access.value) && strangers >= max * STRANGERS_SHARE_MAX);
    return isFull ? refuse('relays-full', `${this.#byNode.size} sessions of this chain are open`) : access;
  }

  #failed(peer: PeerId, error: unknown): void {
    if (!(error instanceof HandshakeFailure)) {
      if (!(error instanceof RefusalError)) this.#ground.report(error);
      return;
    }
    if (error.kind === 'silent') this.endpoint.unanswered?.(peer);
    if (error.kind === 'refused') this.endpoint.handshakeRefused?.(peer, error.code, error.farewell);
    if (error.kind !== 'broken') return;
    this.#ground.misbehaved(peer, error.code === 'timed-out' ? 'timedOut' : error.code === 'wrong-answer' ? 'wrongAnswer' : 'malformed');
    this.#ground.disconnect(peer);
  }

  // -------------------------------------------------------------- sessions

  /** From here on the peer is one of ours: it takes the place of what was there with its node key, or its peer id. */
  #establish(stream: FrameStream, handshaken: Handshaken, opened: boolean, signal: AbortSignal): LiveSession {
    if (signal.aborted) {
      stream.abort();
      throw new HandshakeFailure('lost', 'closed', 'given up at the last moment');
    }
    const session = new LiveSession(stream, handshaken, opened, this.#sessionHost(stream.peer));
    const node = toHex(session.nodeKey);
    const replaced = new Set([this.#byNode.get(node), this.#byPeer.get(session.peer)]);
    for (const old of replaced) if (old !== undefined) this.#forget(old);
    this.#byNode.set(node, session);
    this.#byPeer.set(session.peer, session);
    for (const old of replaced) old?.close('duplicate');
    this.#ground.sessionsChanged(session.peer);
    this.endpoint.sessionOpened(session);
    if (handshaken.networkKey !== undefined) this.endpoint.networkKeyReceived?.(session, handshaken.networkKey);
    this.#tasks.run(() => session.run());
    return session;
  }

  #forget(session: LiveSession): void {
    const node = toHex(session.nodeKey);
    if (this.#byNode.get(node) === session) this.#byNode.delete(node);
    if (this.#byPeer.get(session.peer) === session) this.#byPeer.delete(session.peer);
  }

  #sessionHost(peer: PeerId): SessionHost {
    const { transport, clock } = this.#ground;
    let lastPath = transport.path(peer) ?? 'direct';
    return {
      clock,
      path: () => {
        lastPath = transport.path(peer) ?? lastPath;
        return lastPath;
      },
      ping: (signal) => transport.ping(peer, signal),
      request: (session, protocol, request, signal) => this.#request(session, protocol, request, signal),
      message: (session, message) => this.endpoint.messageReceived(session, message),
      granted: (session) => {
        this.#ground.sessionsChanged(peer);
        this.endpoint.sessionChanged?.(session);
      },
      accessSet: () => this.#ground.sessionsChanged(peer),
      networkKey: (session, key) => this.endpoint.networkKeyReceived?.(session, key),
      closed: (session, reason) => this.#sessionClosed(session, reason),
      count: (bytes) => this.#ground.count(peer, 'session', bytes),
      misbehaved: (how) => this.#ground.misbehaved(peer, how),
    };
  }

  #sessionClosed(session: LiveSession, reason: RefusalCode): void {
    this.#forget(session);
    this.#ground.sessionsChanged(session.peer);
    this.endpoint.sessionClosed(session, reason);
  }

  async *#request(
    session: LiveSession,
    protocol: AskedProtocol,
    request: Uint8Array,
    caller: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { clock, transport } = this.#ground;
    const { peer } = session;
    const life = scope(caller, session.signal);
    try {
      yield* ask(
        {
          protocol,
          chain: this.endpoint.chain,
          clock,
          signal: life.signal,
          misbehaved: (how) => this.#ground.misbehaved(peer, how),
          turn: (signal) => this.#ground.turn(peer, signal),
          open: (signal) => transport.open(peer, PROTOCOLS[protocol].id, PROTOCOLS[protocol], signal),
        },
        request,
      );
    } finally {
      life.end();
    }
  }

  // -------------------------------------------------------------- paths

  /** A session that began on a relay's circuit moves to the direct connection once there is one: whoever opened it opens it anew. */
  pathChanged(peer: PeerId): void {
    const session = this.#byPeer.get(peer);
    if (session === undefined) return;
    this.endpoint.sessionChanged?.(session);
    if (session.opened && session.startPath === 'relayed' && session.path !== 'relayed') this.#tasks.run(() => this.#move(peer));
  }

  async #move(peer: PeerId): Promise<void> {
    try {
      await this.#dialer.again(peer, this.#life.signal);
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      // The session on the circuit lives on for as long as the circuit does; then the watchdog dials.
    }
  }
}

/** Holds a key, and nothing else that a chain knows. */
function isStranger(access: AccessLevel): boolean {
  return access === 'foreign' || access === 'knocker';
}
