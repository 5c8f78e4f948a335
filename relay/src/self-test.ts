/**
 * Whether what the relay tells others really answers, tried from this machine: each WebSocket address, the page, STUN. A router
 * that does not lead its own public address back inside makes a good address fail here, which the words allow for.
 */
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { SECOND_MS } from '../../src/core/base/limits.ts';
import { readAddress } from '../../src/net/addresses.ts';
import { askStun, familyOf } from './stun-client.ts';

export const SELF_TEST_TIMEOUT_MS = 3 * SECOND_MS;

export interface Tried {
  readonly what: string;
  readonly said: string;
}

interface Tested {
  readonly url: string;
  readonly addresses: readonly string[];
  readonly stunPort: number;
  /** The address listened on. */
  readonly host: string;
}

/** One line for each; never throws. */
export function selfTest({ url, addresses, stunPort, host }: Tested, signal: AbortSignal): Promise<readonly Tried[]> {
  return Promise.all([
    tried(url, async () => ((await fetch(new URL('healthz', url), { signal })).ok ? ANSWERS : 'answers, but is not this relay')),
    ...addresses.map((text) => tried(text, () => tryAddress(text, signal))),
    tried(`STUN on UDP ${stunPort}`, () => tryStun(host, stunPort, signal)),
  ]);
}

const ANSWERS = 'answers';

async function tried(what: string, run: () => Promise<string>): Promise<Tried> {
  try {
    return { what, said: await run() };
  } catch {
    return { what, said: 'does not answer from here: check firewall and port forwarding (some routers only lead others to it)' };
  }
}

async function tryAddress(text: string, signal: AbortSignal): Promise<string> {
  const address = readAddress(text);
  if (address === undefined || !('host' in address) || address.kind === 'webrtc-direct') return 'not tried';
  const host = isIPv6(address.host) ? `[${address.host}]` : address.host;
  const socket = new WebSocket(`${address.kind}://${host}:${address.port}`);
  try {
    await once(socket, 'open', { signal });
    return ANSWERS;
  } finally {
    socket.close();
  }
}

async function tryStun(host: string, port: number, signal: AbortSignal): Promise<string> {
  const address = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const { answers } = await askStun([{ address, port }], familyOf(address), signal);
  if (answers[0]?.mapped === undefined) throw new Error('no answer');
  return ANSWERS;
}
