/**
 * Asks STUN servers how this machine is seen from outside (RFC 8489 § 6.2), all of them from one socket, so that their answers
 * can be compared. Comes in: servers; goes out: for each what it saw, or nothing. What bounds it: the signal.
 */
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { bindingRequest, type Endpoint, readMapped } from './stun.ts';

/** A datagram may be lost; RFC 8489 § 6.2.1 begins with 500 ms. */
const REPEAT_MS = 500;

export interface StunAnswer {
  readonly server: Endpoint;
  /** How the server saw the socket; `undefined` where it did not answer. */
  readonly mapped: Endpoint | undefined;
}

export interface StunAnswers {
  /** The socket's own port on this machine. */
  readonly localPort: number;
  readonly answers: readonly StunAnswer[];
}

/** Settles when all have answered or the signal fires; never rejects. All servers are of one address family, or names. */
export async function askStun(servers: readonly Endpoint[], family: 4 | 6, signal: AbortSignal): Promise<StunAnswers> {
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  // A server that cannot be sent to is one that does not answer.
  socket.on('error', () => undefined);
  try {
    socket.bind(0);
    await once(socket, 'listening');
    const answers = await Promise.all(servers.map(async (server) => ({ server, mapped: await askOne(socket, server, family, signal) })));
    return { localPort: socket.address().port, answers };
  } finally {
    socket.close();
  }
}

async function askOne(socket: Socket, { address, port }: Endpoint, family: 4 | 6, signal: AbortSignal): Promise<Endpoint | undefined> {
  const resolved = await lookup(address, { family }).catch(() => undefined);
  if (resolved === undefined || signal.aborted) return undefined;
  const transaction = randomBytes(12);
  const answered = Promise.withResolvers<Endpoint | undefined>();
  const hear = (datagram: Buffer) => {
    const mapped = readMapped(datagram, transaction);
    if (mapped !== undefined) answered.resolve(mapped);
  };
  const ask = () => socket.send(bindingRequest(transaction), port, resolved.address, () => undefined);
  const giveUp = () => answered.resolve(undefined);
  const timer = setInterval(ask, REPEAT_MS);
  socket.on('message', hear);
  signal.addEventListener('abort', giveUp, { once: true });
  ask();
  try {
    return await answered.promise;
  } finally {
    clearInterval(timer);
    socket.off('message', hear);
    signal.removeEventListener('abort', giveUp);
  }
}

/** The family of an address; 4 for a name, which most have. */
export function familyOf(address: string): 4 | 6 {
  return isIPv6(address) ? 6 : 4;
}
