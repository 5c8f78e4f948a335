/**
 * What a multiaddr says, for the few forms that Latchkey dials. Everything else is refused: above all `/dnsaddr`, which
 * libp2p resolves by asking a third party's DNS service over HTTPS.
 *
 * A `PeerAddress` carries texts without the trailing `/p2p/<id>` of the peer itself; the functions here take both forms.
 */
import { type Component, multiaddr } from '@multiformats/multiaddr';
import { ENDPOINT_BYTES_MAX } from '../core/base/limits.ts';
import type { PeerId } from '../node/ports.ts';
import { isThisMachine } from './private-hosts.ts';

/** A server's socket: what a WebSocket or a webrtc-direct connection is opened to. */
export interface ServerAddress {
  readonly kind: 'ws' | 'wss' | 'webrtc-direct';
  /** An IP address without brackets, or a domain name in lower case. */
  readonly host: string;
  readonly hostKind: 'ip4' | 'ip6' | 'dns';
  readonly port: number;
}

/** A browser behind a relay: through the relay's circuit, or over WebRTC that is signalled through it. */
export interface CircuitAddress {
  readonly kind: 'circuit' | 'circuit-webrtc';
  readonly relay: PeerId;
  /** Where the relay is, unless only its peer id is given. */
  readonly server: ServerAddress | undefined;
}

export type KnownAddress = ServerAddress | CircuitAddress;

const HOSTS: Readonly<Record<string, ServerAddress['hostKind']>> = { ip4: 'ip4', ip6: 'ip6', dns: 'dns', dns4: 'dns', dns6: 'dns' };
const PORT_MAX = 65_535;
/** A circuit address with the relay's certificate hash; a single endpoint stays under `ENDPOINT_BYTES_MAX`. */
const ADDRESS_TEXT_MAX = 2 * ENDPOINT_BYTES_MAX;

/** Reads an address; `undefined` if it is none of the forms that are dialled here. Never throws. */
export function readAddress(text: string): KnownAddress | undefined {
  if (text.length > ADDRESS_TEXT_MAX) return undefined;
  const parts = components(text);
  const circuit = parts.findIndex((part) => part.name === 'p2p-circuit');
  return circuit < 0 ? readServer(parts) : readCircuit(parts.slice(0, circuit), parts.slice(circuit + 1));
}

function components(text: string): readonly Component[] {
  try {
    return multiaddr(text).getComponents();
  } catch {
    return [];
  }
}

function readServer(parts: readonly Component[]): ServerAddress | undefined {
  const [host, port, ...rest] = parts;
  const hostKind = HOSTS[host?.name ?? ''];
  const number = Number(port?.value);
  if (hostKind === undefined || host?.value === undefined || !Number.isInteger(number) || number < 1 || number > PORT_MAX) return undefined;
  const kind = readTransport([port?.name, ...rest.map((part) => part.name)].join('/'));
  return kind && { kind, host: host.value.toLowerCase(), hostKind, port: number };
}

function readTransport(names: string): ServerAddress['kind'] | undefined {
  if (/^tcp\/ws(\/p2p)?$/.test(names)) return 'ws';
  if (/^tcp\/(wss|tls\/ws)(\/p2p)?$/.test(names)) return 'wss';
  return /^udp\/webrtc-direct(\/certhash)+(\/p2p)?$/.test(names) ? 'webrtc-direct' : undefined;
}

function readCircuit(before: readonly Component[], after: readonly Component[]): CircuitAddress | undefined {
  const relay = before.at(-1);
  const server = before.length > 1 ? readServer(before) : undefined;
  if (relay?.name !== 'p2p' || relay.value === undefined || (before.length > 1 && server === undefined)) return undefined;
  const names = after.map((part) => part.name).join('/');
  if (!/^(webrtc(\/p2p)?|p2p)?$/.test(names)) return undefined;
  return { kind: names.startsWith('webrtc') ? 'circuit-webrtc' : 'circuit', relay: relay.value, server };
}

/** Those of the addresses that are a server's socket. */
export function serversAmong(addresses: readonly string[]): readonly ServerAddress[] {
  return addresses.map(readAddress).filter((address) => address !== undefined && 'host' in address);
}

/** The text with the peer's own id at the end, as it is dialled. */
export function withPeer(text: string, peer: PeerId): string {
  return text.endsWith(`/p2p/${peer}`) ? text : `${text}/p2p/${peer}`;
}

/** The text without the peer's own id at the end, as a `PeerAddress` carries it. */
export function withoutPeer(text: string, peer: PeerId): string {
  return text.endsWith(`/p2p/${peer}`) ? text.slice(0, -`/p2p/${peer}`.length) : text;
}

/** `host:port`, with brackets around an IPv6 address: the part of a URL. */
export function authority(address: ServerAddress, port: number = address.port): string {
  return address.hostKind === 'ip6' ? `[${address.host}]:${port}` : `${address.host}:${port}`;
}

/**
 * A relay's STUN responder listens on the UDP port after its libp2p port: the port itself belongs to webrtc-direct, whose
 * native socket answers only STUN requests that carry credentials.
 */
export const STUN_PORT_OFFSET = 1;

/**
 * The relay's STUN URL (RFC 7064), by rule from the addresses it announces. The webrtc-direct address decides where there
 * is one: a WebSocket may be behind a proxy on another port, UDP is not.
 */
export function stunUrl(addresses: readonly string[]): string | undefined {
  const servers = serversAmong(addresses);
  const server = servers.find((address) => address.kind === 'webrtc-direct') ?? servers[0];
  return server === undefined || server.port >= PORT_MAX ? undefined : `stun:${authority(server, server.port + STUN_PORT_OFFSET)}`;
}

/** Whether a page that came by https may open a connection there: browsers let it speak in the clear to its own machine alone. */
export function isOpenToHttps(server: Pick<ServerAddress, 'kind' | 'host' | 'hostKind'>): boolean {
  return server.kind !== 'ws' || isThisMachine(server);
}
