/**
 * libp2p's webrtc-direct, stopped in a way that its native library survives.
 *
 * The library's socket lives on while any peer connection that ever used it has not been collected, and hands STUN requests
 * to its listener even after that one was freed: the process then dies in the middle of an orderly stop. So the native
 * listener is never freed here; it is deaf from `close` on, and the port is free again when the process ends. Whoever runs
 * a server ends its process with `process.exit`, since the native listener also keeps the event loop alive.
 */
import type { Listener, Transport } from '@libp2p/interface';
import { webRTCDirect } from '@libp2p/webrtc';
import type { DirectCertificate } from './certificate.ts';

type TransportFactory = ReturnType<typeof webRTCDirect>;

/** What libp2p's listener keeps to itself. */
interface ListenerInternals extends Listener {
  readonly connections: ReadonlyMap<string, { close(): void }>;
  readonly shutdownController: AbortController;
}

/** As `webRTCDirect`, for a server with this certificate. Asks no STUN server: a server's address is known. */
export function directTransport(certificate: DirectCertificate): TransportFactory {
  return (components) => {
    const transport = webRTCDirect({ certificate, rtcConfiguration: { iceServers: [] } })(components);
    const createListener = transport.createListener.bind(transport);
    transport.createListener = (options: Parameters<Transport['createListener']>[0]) => neverFreed(createListener(options));
    return transport;
  };
}

/** Listeners that were closed: kept, so that the collector does not free them either. */
const closed: Listener[] = [];

function neverFreed(listener: Listener): Listener {
  if (!hasInternals(listener)) throw new Error('broken invariant: libp2p changed its webrtc-direct listener; look at its close() again');
  listener.close = async () => {
    closed.push(listener);
    // Refuses whatever is being set up and whoever comes later.
    listener.shutdownController.abort();
    for (const connection of [...listener.connections.values()]) connection.close();
    listener.dispatchEvent(new Event('close'));
  };
  return listener;
}

function hasInternals(listener: Listener): listener is ListenerInternals {
  return 'connections' in listener && 'shutdownController' in listener;
}
