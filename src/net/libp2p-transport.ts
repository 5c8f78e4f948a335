/**
 * The `Transport` port on a libp2p node. Comes in: a node made by `libp2p-browser.ts`, `libp2p-node.ts` or the relay; goes
 * out: peers by their best path, and bounded frame streams. What is bounded: frames, streams per protocol and peer, the
 * time of a dial and of opening a stream.
 */
import type { Connection, Libp2p } from '@libp2p/interface';
import { type RefusalCode, RefusalError } from '../core/base/result.ts';
import type { PeerAddress, PeerId, PeerPath, RelayUse } from '../node/ports.ts';
import { withoutPeer } from './addresses.ts';
import { ConnectionBook, pathOf } from './libp2p-connections.ts';
import type { TransportServices } from './libp2p-dialer.ts';
import { Places } from './libp2p-places.ts';
import { Reach, type ReachOptions } from './libp2p-reach.ts';
import { Libp2pFrameStream } from './libp2p-streams.ts';
import { RelayUseBook } from './relay-use.ts';
import type { FrameStream, StreamLimits, Transport } from './transport.ts';

/** Negotiating a protocol takes one round trip; a relayed one on a bad mobile network is well under this. */
const STREAM_OPEN_TIMEOUT_MS = 10_000;
/** A ping that takes longer says that the connection is dead. */
const PING_TIMEOUT_MS = 10_000;
const PING_PROTOCOL = '/ipfs/ping/1.0.0';
const PING_BYTES = 32;
/** How long a connection that is one too many lives on, so that what runs on it can move first. */
const SURPLUS_LINGER_MS = 2_000;

type PeerListener = (peer: PeerId, event: 'connected' | 'disconnected' | 'path') => void;

/** Wraps a started node. The transport owns it from here on: `close` stops it. */
export function libp2pTransport(node: Libp2p<TransportServices>, options: ReachOptions = { dialsInClear: true }): Transport {
  return new Libp2pTransport(node, options);
}

class Libp2pTransport implements Transport {
  readonly peerId: PeerId;
  readonly #node: Libp2p<TransportServices>;
  readonly #book: ConnectionBook;
  readonly #reach: Reach;
  readonly #places: Places | undefined;
  readonly #listeners = new Set<PeerListener>();
  readonly #protocols = new Set<string>();
  readonly #closing = new AbortController();
  readonly #use = new RelayUseBook();
  readonly #timers = new Map<PeerId, ReturnType<typeof setTimeout>>();

  constructor(node: Libp2p<TransportServices>, options: ReachOptions) {
    this.#node = node;
    this.peerId = node.peerId.toString();
    this.#book = new ConnectionBook(this.peerId, (peer, event) => this.#tell(peer, event));
    this.#reach = new Reach(node, this.#book, this.#closing.signal, options);
    const { signal } = this.#closing;
    this.#places = options.seeksPlaces === true ? new Places(node, signal) : undefined;
    node.addEventListener('connection:open', (event) => this.#opened(event.detail), { signal });
    node.addEventListener('connection:close', (event) => this.#book.remove(event.detail), { signal });
    for (const connection of node.getConnections()) this.#opened(connection);
    node.addEventListener('self:peer:update', () => this.#countReservations(), { signal });
    this.#countReservations();
  }

  addresses(): readonly string[] {
    return this.#node.getMultiaddrs().map((address) => withoutPeer(address.toString(), this.peerId));
  }

  dial(address: PeerAddress, signal: AbortSignal): Promise<void> {
    return this.#reach.dial(address, signal);
  }

  async open(peer: PeerId, protocol: string, limits: StreamLimits, signal: AbortSignal): Promise<FrameStream> {
    const connection = this.#live(peer);
    try {
      const stream = await connection.newStream(protocol, {
        signal: AbortSignal.any([signal, this.#closing.signal, AbortSignal.timeout(STREAM_OPEN_TIMEOUT_MS)]),
        runOnLimitedConnection: true,
        maxOutboundStreams: limits.inboundStreamsPerPeerMax,
      });
      return new Libp2pFrameStream(stream, peer, limits);
    } catch (error) {
      throw refusal(openRefusal(error, signal), `no ${protocol} stream to ${peer}: ${describe(error)}`);
    }
  }

  handle(protocol: string, limits: StreamLimits, handler: (stream: FrameStream) => void): void {
    this.#protocols.add(protocol);
    const options = {
      force: true as const,
      maxInboundStreams: limits.inboundStreamsPerPeerMax,
      maxOutboundStreams: limits.inboundStreamsPerPeerMax,
      runOnLimitedConnection: true,
    };
    void this.#node.handle(
      protocol,
      (stream, connection) => handler(new Libp2pFrameStream(stream, connection.remotePeer.toString(), limits)),
      options,
    );
  }

  path(peer: PeerId): PeerPath | undefined {
    return this.#book.path(peer);
  }

  onPeer(listener: PeerListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async ping(peer: PeerId, signal: AbortSignal): Promise<number> {
    const both = AbortSignal.any([signal, this.#closing.signal, AbortSignal.timeout(PING_TIMEOUT_MS)]);
    try {
      return await pingOn(this.#live(peer), both);
    } catch (error) {
      throw error instanceof RefusalError ? error : refusal(openRefusal(error, signal), `no ping from ${peer}: ${describe(error)}`);
    }
  }

  relayUse(): readonly RelayUse[] {
    return this.#use.read();
  }

  letIn(peer: PeerId): void {
    if (this.path(peer) === 'relay') this.#places?.seek(peer, () => this.#book.best(peer));
  }

  async disconnect(peer: PeerId): Promise<void> {
    await Promise.all(this.#book.of(peer).map(closeConnection));
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const peers = this.#book.peers();
    this.#closing.abort();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await this.#reach.settled();
    await this.#places?.settled();
    await this.#node.unhandle([...this.#protocols]);
    await this.#node.stop();
    for (const peer of peers) this.#tell(peer, 'disconnected');
    this.#listeners.clear();
  }

  #live(peer: PeerId): Connection {
    const connection = this.#book.best(peer);
    if (connection === undefined) throw refusal('closed', `no connection to ${peer}`);
    return connection;
  }

  #opened(connection: Connection): void {
    this.#book.add(connection);
    this.#countCircuit(connection);
    const peer = connection.remotePeer.toString();
    if (this.#book.of(peer).length > 1) this.#closeSurplusSoon(peer);
    this.#reach.opened(peer);
  }

  /** Where others reach this process by a circuit, it holds a reservation. */
  #countReservations(): void {
    const relays = this.#node.getMultiaddrs().flatMap((address) => relayIn(address.toString()) ?? []);
    this.#use.reserved(new Set(relays));
  }

  #countCircuit(connection: Connection): void {
    const relay = pathOf(connection) === 'relayed' ? relayIn(connection.remoteAddr.toString()) : undefined;
    if (relay === undefined) return;
    const ended = this.#use.circuit(relay, bytesOn(connection));
    connection.addEventListener('close', ended, { once: true, signal: this.#closing.signal });
  }

  /** Looks again for as long as one that is too many is in use. */
  #closeSurplusSoon(peer: PeerId): void {
    if (this.#timers.has(peer)) return;
    const look = () => {
      this.#timers.delete(peer);
      const surplus = this.#book.surplus(peer);
      for (const { connection, idle } of surplus) if (idle) void closeConnection(connection);
      if (surplus.some(({ idle }) => !idle)) this.#closeSurplusSoon(peer);
    };
    this.#timers.set(peer, setTimeout(look, SURPLUS_LINGER_MS));
  }

  #tell(peer: PeerId, event: 'connected' | 'disconnected' | 'path'): void {
    for (const listener of [...this.#listeners]) listener(peer, event);
  }
}

/** The relay of a circuit's address: the peer before `p2p-circuit`. */
function relayIn(address: string): PeerId | undefined {
  return /\/p2p\/([^/]+)\/p2p-circuit/.exec(address)?.[1];
}

/** What has been carried on a circuit: libp2p counts down from what its relay allows; where that is no limit it is not counted. */
function bytesOn({ limits }: Connection): () => number {
  const allowed = limits?.bytes;
  return () => (allowed === undefined ? 0 : Number(allowed - (limits?.bytes ?? allowed)));
}

/** Ends a connection in order, or at once where the other side does not answer. */
async function closeConnection(connection: Connection): Promise<void> {
  try {
    await connection.close();
  } catch (error) {
    connection.abort(error instanceof Error ? error : new Error('closed'));
  }
}

/** One round trip of libp2p's ping protocol on exactly this connection, in milliseconds. */
async function pingOn(connection: Connection, signal: AbortSignal): Promise<number> {
  const stream = await connection.newStream(PING_PROTOCOL, { signal, runOnLimitedConnection: true });
  const stop = () => stream.abort(new Error('the ping was given up'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    const start = performance.now();
    stream.send(crypto.getRandomValues(new Uint8Array(PING_BYTES)));
    let received = 0;
    for await (const piece of stream) {
      received += piece.byteLength;
      if (received >= PING_BYTES) return performance.now() - start;
    }
    throw new Error('the stream ended before the answer');
  } finally {
    signal.removeEventListener('abort', stop);
    stream.abort(new Error('the ping is over'));
  }
}

function openRefusal(error: unknown, signal: AbortSignal): RefusalCode {
  if (signal.aborted) return 'aborted';
  const name = error instanceof Error ? error.name : '';
  if (name === 'UnsupportedProtocolError') return 'not-available';
  return name === 'TimeoutError' ? 'timed-out' : 'closed';
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function refusal(code: RefusalCode, detail: string): RefusalError {
  return new RefusalError({ code, detail });
}
