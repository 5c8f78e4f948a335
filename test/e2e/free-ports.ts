/** Ports that nobody uses just now, as options of the relay. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** `--http-port` and `--p2p-port`, the latter with its UDP twin and the STUN port after it free too. */
export async function freePorts(): Promise<readonly string[]> {
  for (;;) {
    const [http, p2p] = [await freeTcp(), await freeTcp()];
    if (http !== p2p && (await isUdpFree(p2p)) && (await isUdpFree(p2p + 1)))
      return ['--http-port', String(http), '--p2p-port', String(p2p)];
  }
}

async function freeTcp(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

async function isUdpFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  try {
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}
