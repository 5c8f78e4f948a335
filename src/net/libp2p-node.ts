/** The libp2p node of a client that runs on Node: a newcomer of the bench, a command, an embedding program. */
import { circuitRelayTransport } from '@libp2p/circuit-relay-v2';
import type { Libp2p, PrivateKey } from '@libp2p/interface';
import { webRTCDirect } from '@libp2p/webrtc';
import { webSockets } from '@libp2p/websockets';
import { createLibp2p } from 'libp2p';
import { baseConnectionManager, baseModules, baseServices, CLIENT_CONNECTIONS_MAX } from './libp2p-base.ts';
import { denyDialPeer, type TransportServices } from './libp2p-dialer.ts';

export interface NodeLibp2pOptions {
  /** Names the process to its peers; a new one each time unless given. */
  readonly privateKey?: PrivateKey;
  /** Multiaddrs to listen on; none by default: a client dials. `/p2p-circuit` makes it reachable through its relays. */
  readonly listen?: readonly string[];
  /** Dials webrtc-direct addresses too. Off by default: it loads a native library, and relays take WebSocket. */
  readonly direct?: boolean;
}

/** Starts a client node. Reaches servers by WebSocket and browsers through a relay's circuit. */
export async function nodeLibp2p(options: NodeLibp2pOptions = {}): Promise<Libp2p<TransportServices>> {
  const transports = [webSockets(), circuitRelayTransport()];
  return createLibp2p<TransportServices>({
    ...baseModules,
    ...(options.privateKey === undefined ? {} : { privateKey: options.privateKey }),
    addresses: { listen: [...(options.listen ?? [])] },
    transports: options.direct === true ? [...transports, webRTCDirect({ rtcConfiguration: { iceServers: [] } })] : transports,
    connectionGater: { denyDialPeer },
    connectionManager: { ...baseConnectionManager, maxConnections: CLIENT_CONNECTIONS_MAX },
    services: baseServices,
  });
}
