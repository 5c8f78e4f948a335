/**
 * Peers inside one process, for embedders' first tests and for the simulator: the same `Transport` as libp2p's, over a
 * hub instead of sockets.
 *
 * Without a clock frames arrive by microtasks. With one they take seeded time, and faults can strike: a dial fails, a
 * stream is reset or stalls, a direction between two peers goes silent until it heals or the connection times out. The
 * same seed and the same calls give the same run.
 */
import { RefusalError } from '../core/base/result.ts';
import type { PeerAddress, PeerId, PeerPath, RelayUse } from '../node/ports.ts';
import { type Connection, Hub, type MemoryFaults, type MemoryHubOptions, type MemoryProcess, type PeerEvent } from './memory-hub.ts';
import type { MemoryStream } from './memory-stream.ts';
import { RelayUseBook } from './relay-use.ts';
import type { FrameStream, StreamLimits, Transport } from './transport.ts';

export interface MemoryHub {
  /** A new process with this peer id. One that bears the id already must have been killed or closed. */
  transport(peer: PeerId): Transport;
  /** The process is gone in the middle of whatever it did; its peers see their connections drop. */
  kill(peer: PeerId): void;
  /** Drops the connection between two peers. */
  disconnect(a: PeerId, b: PeerId): void;
  /** Bytes from one peer to the other get nowhere, until `heal`. One way: call it twice for a full partition. */
  block(from: PeerId, to: PeerId): void;
  /** Ends every block; what waited arrives. */
  heal(): void;
  /** How connections between two peers run; `direct` unless told. */
  setPath(a: PeerId, b: PeerId, path: PeerPath): void;
  setFaults(faults: Partial<MemoryFaults>): void;
  /** What a peer counts of a relay from now on: that it holds a reservation there or not, or a circuit that carried so many bytes. */
  relayed(peer: PeerId, relay: PeerId, use: 'reserved' | 'lost' | { readonly bytes: number }): void;
  /** Open streams over all connections: for tests that assert a return to the baseline. */
  openStreams(): number;
}

export function memoryHub(options: MemoryHubOptions = {}): MemoryHub {
  const hub = new Hub(options);
  return {
    transport: (peer) => {
      const process = new MemoryTransport(hub, peer);
      hub.start(peer, process);
      return process;
    },
    kill: (peer) => hub.kill(peer),
    disconnect: (a, b) => hub.connection(a, b)?.drop(),
    block: (from, to) => hub.block(from, to),
    heal: () => hub.heal(),
    setPath: (a, b, path) => hub.setPath(a, b, path),
    setFaults: (faults) => hub.setFaults(faults),
    relayed: (peer, relay, use) => hub.relayed(peer, relay, use),
    openStreams: () => hub.openStreams(),
  };
}

interface Handler {
  readonly limits: StreamLimits;
  readonly run: (stream: FrameStream) => void;
  readonly inbound: Map<PeerId, number>;
}

class MemoryTransport implements Transport, MemoryProcess {
  readonly peerId: PeerId;
  readonly #hub: Hub;
  readonly #handlers = new Map<string, Handler>();
  readonly #listeners = new Set<(peer: PeerId, event: PeerEvent) => void>();
  readonly #use = new RelayUseBook();
  readonly #reserved = new Set<PeerId>();
  #dead = false;

  constructor(hub: Hub, peerId: PeerId) {
    this.#hub = hub;
    this.peerId = peerId;
  }

  addresses(): readonly string[] {
    return [`memory:${this.peerId}`];
  }

  async dial(address: PeerAddress, signal: AbortSignal): Promise<void> {
    const { peer } = address;
    this.#checkUsable(signal);
    if (peer === this.peerId) throw refusal('no-relay', 'a process does not dial itself');
    if (this.#hub.connection(this.peerId, peer) !== undefined) return;
    const fails = this.#hub.strikes('dialFailure');
    await this.#travel(signal);
    await this.#travel(signal);
    const unreachable = fails || this.#hub.process(peer) === undefined;
    if (unreachable || this.#hub.isBlocked(this.peerId, peer) || this.#hub.isBlocked(peer, this.peerId)) {
      throw refusal('no-relay', `${peer} cannot be reached`);
    }
    this.#hub.connect(this.peerId, peer);
  }

  async open(peer: PeerId, protocol: string, limits: StreamLimits, signal: AbortSignal): Promise<FrameStream> {
    this.#checkUsable(signal);
    const connection = this.#hub.connection(this.peerId, peer);
    if (connection === undefined) throw refusal('closed', `no connection to ${peer}`);
    return new Promise((resolve, reject) => {
      const settle = (stream: FrameStream | RefusalError) => {
        signal.removeEventListener('abort', giveUp);
        unsubscribe();
        if (stream instanceof RefusalError) reject(stream);
        else resolve(stream);
      };
      const giveUp = () => settle(refusal('aborted', 'opening a stream was aborted'));
      const unsubscribe = this.onPeer((who, event) => {
        if (who === peer && event === 'disconnected') settle(refusal('closed', 'the connection was lost'));
      });
      signal.addEventListener('abort', giveUp, { once: true });
      connection.carry(this.peerId, peer, () => {
        if (signal.aborted) return;
        settle(
          this.#hub.process(peer)?.accept(this.peerId, protocol, limits, connection) ?? refusal('closed', `${peer} takes no such stream`),
        );
      });
    });
  }

  /** The opener's end of a new stream to this process; `undefined` if it takes none. */
  accept(opener: PeerId, protocol: string, openerLimits: StreamLimits, connection: Connection): MemoryStream | undefined {
    const handler = this.#handlers.get(protocol);
    if (handler === undefined) return undefined;
    const count = handler.inbound.get(opener) ?? 0;
    if (count >= handler.limits.inboundStreamsPerPeerMax) return undefined;
    handler.inbound.set(opener, count + 1);
    const [near, far] = connection.pair(opener, this.peerId, [openerLimits, handler.limits], () => {
      const left = (handler.inbound.get(opener) ?? 1) - 1;
      if (left === 0) handler.inbound.delete(opener);
      else handler.inbound.set(opener, left);
    });
    const copy = connection.copyOf(near, opener, this.peerId, handler.limits);
    handler.run(far);
    if (copy !== undefined) handler.run(copy);
    return near;
  }

  handle(protocol: string, limits: StreamLimits, handler: (stream: FrameStream) => void): void {
    this.#handlers.set(protocol, { limits, run: handler, inbound: new Map() });
  }

  path(peer: PeerId): PeerPath | undefined {
    return this.#hub.connection(this.peerId, peer) === undefined ? undefined : this.#hub.path(this.peerId, peer);
  }

  onPeer(listener: (peer: PeerId, event: PeerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(peer: PeerId, event: PeerEvent): void {
    for (const listener of [...this.#listeners]) listener(peer, event);
  }

  async ping(peer: PeerId, signal: AbortSignal): Promise<number> {
    this.#checkUsable(signal);
    const connection = this.#hub.connection(this.peerId, peer);
    if (connection === undefined) throw refusal('closed', `no connection to ${peer}`);
    const started = this.#hub.now();
    await this.#travel(signal);
    await this.#travel(signal);
    return this.#hub.now() - started;
  }

  relayUse(): readonly RelayUse[] {
    return this.#use.read();
  }

  relayed(relay: PeerId, use: 'reserved' | 'lost' | { readonly bytes: number }): void {
    if (typeof use === 'object') return this.#use.circuit(relay, () => use.bytes)();
    if (use === 'reserved') this.#reserved.add(relay);
    else this.#reserved.delete(relay);
    this.#use.reserved(this.#reserved);
  }

  async disconnect(peer: PeerId): Promise<void> {
    this.#hub.connection(this.peerId, peer)?.drop();
  }

  async close(): Promise<void> {
    if (this.#hub.process(this.peerId) === this) this.#hub.kill(this.peerId);
  }

  dead(): void {
    this.#dead = true;
    this.#handlers.clear();
    this.#listeners.clear();
  }

  #checkUsable(signal: AbortSignal): void {
    if (this.#dead) throw refusal('closed', 'this process has ended');
    if (signal.aborted) throw refusal('aborted', 'aborted before it began');
  }

  #travel(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const give = () => {
        cancel();
        reject(refusal('aborted', 'aborted on the way'));
      };
      const cancel = this.#hub.at(this.#hub.arrival(0), () => {
        signal.removeEventListener('abort', give);
        resolve();
      });
      signal.addEventListener('abort', give, { once: true });
    });
  }
}

function refusal(code: 'no-relay' | 'closed' | 'aborted', detail: string): RefusalError {
  return new RefusalError({ code, detail });
}
