/**
 * The libp2p node of a page. It dials relays by WebSocket or webrtc-direct, is reachable through their circuits, and meets
 * other browsers over WebRTC. Heavy: the page imports it after its first paint.
 */
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2';
import type { ConnectionGater, Libp2p, PrivateKey } from '@libp2p/interface';
import { webRTC, webRTCDirect } from '@libp2p/webrtc';
import { webSockets } from '@libp2p/websockets';
import { createLibp2p } from 'libp2p';
import { baseConnectionManager, baseModules, baseServices, CLIENT_CONNECTIONS_MAX } from './libp2p-base.ts';
import { denyDialPeer, type TransportServices } from './libp2p-dialer.ts';
import type { RelayBook } from './relay-book.ts';

/** Between our own browsers; libp2p's default of 16 KiB is for other implementations and a fifth slower. */
const DATA_CHANNEL_MESSAGE_BYTES_MAX = 64 * 1024;

export interface BrowserLibp2pOptions {
  /** Read at every dial, so that relays which become known later count from then on. */
  readonly relays: RelayBook;
  /** Names the page to its peers; a new one for each page unless given. */
  readonly privateKey?: PrivateKey;
}

/** Starts the page's node. */
export async function browserLibp2p({ relays, privateKey }: BrowserLibp2pOptions): Promise<Libp2p<TransportServices>> {
  // Always given, even when empty: without it libp2p asks the STUN servers of four companies.
  const rtcConfiguration = () => ({ iceServers: relays.stunUrls().map((urls) => ({ urls })) });
  return createLibp2p<TransportServices>({
    ...baseModules,
    ...(privateKey === undefined ? {} : { privateKey }),
    addresses: { listen: ['/p2p-circuit', '/webrtc'] },
    transports: [
      webSockets(),
      webRTC({ rtcConfiguration, dataChannel: { maxMessageSize: DATA_CHANNEL_MESSAGE_BYTES_MAX } }),
      webRTCDirect({ rtcConfiguration: { iceServers: [] } }),
      circuitRelayTransport(),
    ],
    connectionGater: gaterOf(relays),
    connectionManager: { ...baseConnectionManager, maxConnections: CLIENT_CONNECTIONS_MAX },
    services: baseServices,
  });
}

/** libp2p's own gater refuses every `ws://` and private address in a browser; a relay on this machine or network has such. */
function gaterOf(relays: RelayBook): ConnectionGater {
  return {
    denyDialPeer,
    denyDialMultiaddr: (address) => !relays.allows(address.toString()),
    filterMultiaddrForPeer: (_, address) => relays.allows(address.toString()),
  };
}
