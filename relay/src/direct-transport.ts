/**
 * libp2p's webrtc-direct as a relay can live with it. Three things of its listener are mended here:
 *
 * - Browsers repeat their first STUN request every 50 ms, and libp2p makes a native connection for each that comes before
 *   the first is made. Here a name is taken once.
 * - A native connection is made before anything is known of who asks. Here only so many may be half-open, for each source
 *   and in all; the rest are dropped, as if the network had lost them.
 * - The native socket lives on while any connection that ever used it has not been collected, and hands STUN requests to
 *   its listener even after that one was freed: the process then dies in the middle of an orderly stop. So the native
 *   listener is never freed; it is deaf from `close` on, and the port is free again when the process ends. Whoever runs a
 *   server ends its process with `process.exit`, since the native listener also keeps the event loop alive.
 */
import type { Listener, Transport } from '@libp2p/interface';
import { webRTCDirect } from '@libp2p/webrtc';
import type { DirectCertificate } from './certificate.ts';

/** Connections of one address that are being set up; a classroom shares one, and each takes a moment. */
const HALF_OPEN_PER_SOURCE_MAX = 32;
const HALF_OPEN_MAX = 128;

type TransportFactory = ReturnType<typeof webRTCDirect>;
type TakeConnection = (name: string, host: string, port: number, signal: AbortSignal) => Promise<void>;

/** What libp2p's listener keeps to itself. */
interface ListenerInternals extends Listener {
  readonly connections: ReadonlyMap<string, { close(): void }>;
  readonly shutdownController: AbortController;
  incomingConnection: TakeConnection;
}

/** As `webRTCDirect`, for a server with this certificate. Asks no STUN server: a server's address is known. */
export function directTransport(certificate: DirectCertificate): TransportFactory {
  return (components) => {
    const transport = webRTCDirect({ certificate, rtcConfiguration: { iceServers: [] } })(components);
    const createListener = transport.createListener.bind(transport);
    transport.createListener = (options: Parameters<Transport['createListener']>[0]) => mend(createListener(options));
    return transport;
  };
}

function mend(listener: Listener): Listener {
  if (!hasInternals(listener)) throw new Error('broken invariant: libp2p changed its webrtc-direct listener; look at it again');
  listener.incomingConnection = onceEach(listener.incomingConnection.bind(listener));
  listener.close = () => closeButKeep(listener);
  return listener;
}

function hasInternals(listener: Listener): listener is ListenerInternals {
  return 'connections' in listener && 'shutdownController' in listener && 'incomingConnection' in listener;
}

/** Lets through the first request under each name, while there is room. */
export function onceEach(take: TakeConnection): TakeConnection {
  const halfOpen = new Map<string, string>();
  return async (name, host, port, signal) => {
    const key = `${host}:${port}:${name}`;
    const ofSource = [...halfOpen.values()].filter((source) => source === host).length;
    if (halfOpen.has(key) || halfOpen.size >= HALF_OPEN_MAX || ofSource >= HALF_OPEN_PER_SOURCE_MAX) return;
    halfOpen.set(key, host);
    try {
      await take(name, host, port, signal);
    } finally {
      halfOpen.delete(key);
    }
  };
}

/** Listeners that were closed: kept, so that the collector does not free them either. */
const closed: Listener[] = [];

async function closeButKeep(listener: ListenerInternals): Promise<void> {
  closed.push(listener);
  // Refuses whatever is being set up and whoever comes later.
  listener.shutdownController.abort();
  for (const connection of [...listener.connections.values()]) connection.close();
  listener.dispatchEvent(new Event('close'));
}
