/** Whether ports are to be had, asked before anything starts: an error then still names the port and the way out. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6 } from 'node:net';
import { STUN_PORT_OFFSET } from '../../src/net/addresses.ts';
import { Complaint } from './complaint.ts';

/** A port whose neighbours are taken is rare. */
const FREE_PORT_ATTEMPTS = 20;

export interface PortClaim {
  readonly kind: 'TCP' | 'UDP';
  readonly port: number;
  /** The option that chooses another one. */
  readonly option: string;
}

/** Throws `Complaint` for the first port that cannot be listened on. Port 0 always can. */
export async function checkPorts(host: string, claims: readonly PortClaim[]): Promise<void> {
  for (const claim of claims.filter(({ port }) => port !== 0)) {
    try {
      await (claim.kind === 'TCP' ? tryTcp(host, claim.port) : tryUdp(host, claim.port));
    } catch (error) {
      throw new Complaint(sentence(host, claim, error instanceof Error && 'code' in error ? error.code : undefined));
    }
  }
}

/** A port that is free for libp2p on TCP and UDP, with the next one free for STUN. Another process may take it first. */
export async function freeP2pPort(host: string): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const port = await tryTcp(host, 0);
    try {
      await tryUdp(host, port);
      await tryUdp(host, port + STUN_PORT_OFFSET);
      return port;
    } catch (error) {
      if (attempt === FREE_PORT_ATTEMPTS) throw error;
    }
  }
}

async function tryTcp(host: string, port: number): Promise<number> {
  const server = createServer();
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function tryUdp(host: string, port: number): Promise<void> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  try {
    socket.bind(port, host);
    await once(socket, 'listening');
  } finally {
    socket.close();
  }
}

function sentence(host: string, { kind, port, option }: PortClaim, code: unknown): string {
  switch (code) {
    case 'EADDRINUSE':
      return `${kind} port ${port} is taken: stop what uses it, or choose another one with ${option}.`;
    case 'EACCES':
      return `${kind} port ${port} needs rights that this user lacks: choose one above 1023 with ${option}.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine: choose one with --host, for example 127.0.0.1 or 0.0.0.0.`;
    default:
      return `${kind} port ${port} on ${host} cannot be listened on (${String(code)}): choose another one with ${option}.`;
  }
}
