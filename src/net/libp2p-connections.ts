/**
 * The live connections to each peer, which of them is used, and which are one too many.
 *
 * Always holds: a peer's best connection is a direct one if there is any; both sides agree on which of two like
 * connections stays (DESIGN §8: the one dialled by the greater peer id), so that it is never closed from both ends.
 */
import type { Connection } from '@libp2p/interface';
import type { PeerId, PeerPath } from '../node/ports.ts';

/** How one connection runs. `webrtc` without `webrtc-direct` in the address is WebRTC that a relay signalled. */
export function pathOf(connection: Connection): PeerPath {
  const names = connection.remoteAddr.getComponents().map((part) => part.name);
  if (names.includes('webrtc')) return 'direct';
  return connection.limits !== undefined || names.includes('p2p-circuit') ? 'relayed' : 'relay';
}

/** Among live connections the one for new streams: not relayed if there is one, else the one that stays among its like. */
export function bestOf(connections: readonly Connection[], self: PeerId): Connection | undefined {
  return [...connections]
    .filter((connection) => connection.status === 'open')
    .sort((a, b) => rank(a, self) - rank(b, self) || a.timeline.open - b.timeline.open)[0];
}

function rank(connection: Connection, self: PeerId): number {
  return (pathOf(connection) === 'relayed' ? 2 : 0) + (dialledByGreater(connection, self) ? 0 : 1);
}

function dialledByGreater(connection: Connection, self: PeerId): boolean {
  return (connection.direction === 'outbound') === self > connection.remotePeer.toString();
}

/** Protocols that libp2p runs by itself on every connection. */
const IDLE_PROTOCOLS: readonly string[] = ['', '/ipfs/id/1.0.0', '/ipfs/id/push/1.0.0', '/ipfs/ping/1.0.0'];

/**
 * Which connections are one too many, and whether this side closes them now: relayed ones that this side dialled beside
 * another, whatever runs on them, since a circuit ends soon anyway (who was dialled leaves them: the direct connection opens
 * there first, and may still be signalled through the circuit); among like ones those dialled by the lesser peer id, and the
 * later of those that this side dialled itself, once they are idle: a relay's circuits run as streams on a connection to it.
 */
export function surplusOf(
  connections: readonly Connection[],
  self: PeerId,
): readonly { readonly connection: Connection; readonly idle: boolean }[] {
  const best = bestOf(connections, self);
  if (best === undefined) return [];
  return connections
    .filter((connection) => connection !== best && connection.status === 'open')
    .filter((connection) => connection.direction === 'outbound' || (isLike(connection, best) && rank(connection, self) > rank(best, self)))
    .map((connection) => ({ connection, idle: isIdle(connection) || !isLike(connection, best) }));
}

function isLike(one: Connection, other: Connection): boolean {
  return (pathOf(one) === 'relayed') === (pathOf(other) === 'relayed');
}

function isIdle(connection: Connection): boolean {
  return connection.streams.every((stream) => IDLE_PROTOCOLS.includes(stream.protocol));
}

type PeerEvent = 'connected' | 'disconnected' | 'path';

/** Keeps the connections by peer and says what changed for the peer. */
export class ConnectionBook {
  readonly #self: PeerId;
  readonly #byPeer = new Map<PeerId, { connections: readonly Connection[]; path: PeerPath }>();
  readonly #tell: (peer: PeerId, event: PeerEvent) => void;

  constructor(self: PeerId, tell: (peer: PeerId, event: PeerEvent) => void) {
    this.#self = self;
    this.#tell = tell;
  }

  of(peer: PeerId): readonly Connection[] {
    return this.#byPeer.get(peer)?.connections ?? [];
  }

  best(peer: PeerId): Connection | undefined {
    return bestOf(this.of(peer), this.#self);
  }

  path(peer: PeerId): PeerPath | undefined {
    const best = this.best(peer);
    return best && pathOf(best);
  }

  peers(): readonly PeerId[] {
    return [...this.#byPeer.keys()];
  }

  surplus(peer: PeerId): ReturnType<typeof surplusOf> {
    return surplusOf(this.of(peer), this.#self);
  }

  add(connection: Connection): void {
    const peer = connection.remotePeer.toString();
    if (connection.status === 'open' && !this.of(peer).includes(connection)) this.#set(peer, [...this.of(peer), connection]);
  }

  remove(connection: Connection): void {
    const peer = connection.remotePeer.toString();
    if (this.of(peer).includes(connection))
      this.#set(
        peer,
        this.of(peer).filter((one) => one !== connection),
      );
  }

  #set(peer: PeerId, connections: readonly Connection[]): void {
    const before = this.#byPeer.get(peer);
    const best = bestOf(connections, this.#self);
    if (best === undefined) {
      if (this.#byPeer.delete(peer)) this.#tell(peer, 'disconnected');
      return;
    }
    const path = pathOf(best);
    this.#byPeer.set(peer, { connections, path });
    if (before === undefined) this.#tell(peer, 'connected');
    else if (before.path !== path) this.#tell(peer, 'path');
  }
}
