/**
 * The relay's TCP port before TLS, HTTP and libp2p: a socket from an address that is refused anyway is gone at once, where libp2p
 * would keep a refused WebSocket for half a minute, and one that says nothing does not stay.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';

const SOCKETS = 'net.server.socket';
/** The first byte of HTTP or TLS, over a bad mobile network. */
const SILENCE_MS_MAX = 10_000;

/** Watches the sockets that this process accepts on the port. The returned function ends that. */
export function guardTcp(port: number, refuses: (host: string) => boolean): () => void {
  const accepted = (message: unknown) => {
    const socket = socketIn(message);
    if (socket === undefined || socket.localPort !== port) return;
    if (refuses(socket.remoteAddress ?? '')) socket.destroy();
    else endIfSilent(socket);
  };
  subscribe(SOCKETS, accepted);
  return () => void unsubscribe(SOCKETS, accepted);
}

function socketIn(message: unknown): Socket | undefined {
  return typeof message === 'object' && message !== null && 'socket' in message && message.socket instanceof Socket
    ? message.socket
    : undefined;
}

function endIfSilent(socket: Socket): void {
  const timer = setTimeout(() => {
    if (socket.bytesRead === 0) socket.destroy();
  }, SILENCE_MS_MAX);
  socket.once('close', () => clearTimeout(timer));
}
