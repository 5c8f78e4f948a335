/**
 * The relay's libp2p node: WebSocket on a TCP port, webrtc-direct on the UDP port of the same number, circuit relay for
 * browsers. Limits are here; the keys that name it come from the data folder.
 */
import { isIPv6 } from 'node:net';
import type { CircuitRelayService } from '@libp2p/circuit-relay-v2';
import type { Libp2p, MultiaddrConnection, PeerId, PrivateKey } from '@libp2p/interface';
import { webSockets } from '@libp2p/websockets';
import { createLibp2p } from 'libp2p';
import { readAddress, withoutPeer } from '../../src/net/addresses.ts';
import { gatedCircuits } from '../../src/net/gated-circuits.ts';
import { baseConnectionManager, baseModules, baseServices } from '../../src/net/libp2p-base.ts';
import { denyDialPeer, type TransportServices } from '../../src/net/libp2p-dialer.ts';
import { isPrivateHost } from '../../src/net/private-hosts.ts';
import { RESERVATIONS_MAX } from '../../src/net/protocols.ts';
import type { RelayGate } from '../../src/net/relay-gate.ts';
import type { DirectCertificate } from './certificate.ts';
import { directTransport } from './direct-transport.ts';
import { guardTcp } from './tcp-door.ts';
import type { TlsKeys } from './tls-keys.ts';

/** A classroom's browsers and their reconnects; each takes about 100 KiB. */
const CONNECTIONS_MAX = 1_000;
/** Connections that have not proved a name yet; one address has a share of them (`ADDRESS_PENDING_MAX`). */
const PENDING_MAX = 400;
/** Long, because libp2p's timer of a refreshed reservation fires at its first end all the same; freed on disconnect instead. */
const RESERVATION_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;
/** What one circuit may carry: a handshake, the signalling, a few entries. Direct connections carry the rest. */
const CIRCUIT_BYTES_MAX = 128n * 1024n;
const CIRCUIT_LIFETIME_MS = 2 * 60 * 1000;
/** Clients dial announced addresses one after the other; more only makes them wait. */
const ANNOUNCED_MAX = 4;

export interface RelayServices extends TransportServices {
  readonly relay: CircuitRelayService;
}

export interface RelayLibp2pOptions {
  /** The address to listen on; `0.0.0.0` for all of them. */
  readonly host: string;
  /** TCP and UDP port; 0 picks one of each. */
  readonly p2pPort: number;
  /** Multiaddrs to tell others instead of the ones listened on; a webrtc-direct one needs no certificate hash. */
  readonly announce?: readonly string[];
  readonly privateKey: PrivateKey;
  /** Listens on webrtc-direct under this certificate. Without one the relay takes WebSocket only; see `direct-transport.ts`. */
  readonly certificate?: DirectCertificate;
  /** WebSocket speaks TLS under this certificate. */
  readonly tls?: TlsKeys | undefined;
  /** Decides who connects, and who is reached through it. */
  readonly gate: RelayGate;
}

/** Starts the node. Its ports must be free: ask `checkPorts` first, since the native socket of webrtc-direct takes the process down. */
export async function relayLibp2p(options: RelayLibp2pOptions): Promise<Libp2p<RelayServices>> {
  const { gate } = options;
  const arrivals = new Arrivals(gate);
  const host = `/${isIPv6(options.host) ? 'ip6' : 'ip4'}/${options.host}`;
  const direct = options.certificate === undefined ? [] : [directTransport(options.certificate)];
  const node = await createLibp2p<RelayServices>({
    ...baseModules,
    privateKey: options.privateKey,
    addresses: {
      listen: [
        `${host}/tcp/${options.p2pPort}/${options.tls === undefined ? 'ws' : 'tls/ws'}`,
        ...direct.map(() => `${host}/udp/${options.p2pPort}/webrtc-direct`),
      ],
      announce: [...(options.announce ?? [])],
    },
    // No webRTC(): on a server its listeners leak, one per connection. No third party's STUN either.
    transports: [webSockets(options.tls === undefined ? {} : { https: options.tls }), ...direct],
    // A relay is dialled and dials nobody.
    connectionGater: { denyDialPeer, denyInboundConnection: (connection) => !arrivals.admit(connection) },
    connectionManager: { ...baseConnectionManager, maxConnections: CONNECTIONS_MAX, maxIncomingPendingConnections: PENDING_MAX },
    services: {
      ...baseServices,
      relay: gatedCircuits(gate, {
        reservations: {
          maxReservations: RESERVATIONS_MAX,
          reservationTtl: RESERVATION_LIFETIME_MS,
          defaultDataLimit: CIRCUIT_BYTES_MAX,
          defaultDurationLimit: CIRCUIT_LIFETIME_MS,
        },
      }),
    },
  });
  putBehind(gate, arrivals, node);
  node.addEventListener(
    'stop',
    guardTcp(options.p2pPort, (address) => gate.refuses(address)),
    { once: true },
  );
  return node;
}

/** Tells the gate who comes and goes, and carries out what it decides. */
function putBehind(gate: RelayGate, arrivals: Arrivals, node: Libp2p<RelayServices>): void {
  const connectionsOf = (peer: string) => node.getConnections().filter(({ remotePeer }) => remotePeer.toString() === peer);
  gate.guard({
    release: (peer) => {
      const held = [...node.services.relay.reservations.keys()].find((one) => one.toString() === peer);
      if (held !== undefined) freeReservation(node, held);
    },
    disconnect: (peer) => {
      for (const connection of connectionsOf(peer)) connection.abort(new Error('the relay makes room'));
    },
  });
  node.addEventListener('connection:open', ({ detail }) => {
    arrivals.settle(detail);
    gate.opened(detail.remotePeer.toString(), hostOf(detail));
  });
  node.addEventListener('connection:close', ({ detail }) => gate.closed(detail.remotePeer.toString(), hostOf(detail)));
  node.addEventListener('peer:disconnect', ({ detail }) => {
    freeReservation(node, detail);
    // libp2p remembers whoever was ever here; under a flood of new names that is a leak. Who is not in its store is forgotten already.
    node.peerStore.delete(detail).catch(() => undefined);
  });
}

/** Connections under way: admitted, and not open yet. Bounded by how many libp2p lets be pending. */
class Arrivals {
  readonly #gate: RelayGate;
  /** By the address and port that each comes from. */
  readonly #pending = new Set<string>();

  constructor(gate: RelayGate) {
    this.#gate = gate;
  }

  admit(connection: MultiaddrConnection): boolean {
    if (!this.#gate.admits(hostOf(connection))) return false;
    this.#pending.add(socketOf(connection));
    connection.addEventListener('close', () => this.settle(connection), { once: true });
    return true;
  }

  settle(connection: Pick<MultiaddrConnection, 'remoteAddr'>): void {
    if (this.#pending.delete(socketOf(connection))) this.#gate.settled(hostOf(connection));
  }
}

function socketOf({ remoteAddr }: Pick<MultiaddrConnection, 'remoteAddr'>): string {
  const [host, port] = remoteAddr.getComponents();
  return `${host?.value} ${port?.name} ${port?.value}`;
}

/** The address that a connection comes from. */
function hostOf({ remoteAddr }: Pick<MultiaddrConnection, 'remoteAddr'>): string {
  return remoteAddr.getComponents()[0]?.value ?? '';
}

/** libp2p keeps the reservation of a peer that has gone until it expires; a restarted page would find the relay full. */
function freeReservation(node: Libp2p<RelayServices>, peer: PeerId): void {
  const { reservations } = node.services.relay;
  reservations.get(peer)?.signal.clear();
  reservations.delete(peer);
}

/** Where others reach this relay: a few addresses without the peer id, WebSocket first, loopback only if there is nothing else. */
export function announcedAddresses(node: Libp2p): readonly string[] {
  const texts = node.getMultiaddrs().map((address) => withoutPeer(address.toString(), node.peerId.toString()));
  const known = texts.flatMap((text) => {
    const address = readAddress(text);
    return address !== undefined && 'host' in address ? [{ text, address }] : [];
  });
  const beyond = known.filter(({ address }) => !/^(127\.|::1$|localhost$)/.test(address.host));
  const rank = ({ address }: (typeof known)[number]) => (isPrivateHost(address) ? 2 : 0) + (address.kind === 'webrtc-direct' ? 1 : 0);
  return (beyond.length > 0 ? beyond : known)
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, ANNOUNCED_MAX)
    .map(({ text }) => text);
}
