/** `latchkey-relay doctor` beside real relays, and without one. */

import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freeP2pPort } from '../../relay/src/ports.ts';
import { relayGround } from '../support/relay-ground.ts';
import { runRelay, startRelayProcess } from '../support/relay-process.ts';

const ground = relayGround();

interface Line {
  readonly group: string;
  readonly title: string;
  readonly state: string;
  readonly says: string;
  readonly next?: string;
}

interface Answer {
  readonly failed: number;
  readonly attention: number;
  readonly checks: readonly Line[];
}

async function doctor(
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly answer: Answer; readonly of: (title: RegExp) => readonly Line[] }> {
  const { code, stdout } = await runRelay('doctor', '--json', ...args);
  const answer = JSON.parse(stdout) as Answer;
  return { code, answer, of: (title) => answer.checks.filter((line) => title.test(line.title)) };
}

const states = (lines: readonly Line[]) => lines.map(({ state }) => state);

test('without a relay it tries the ports, makes no folder, and names the one that is taken', async () => {
  const [http, p2p] = [await freeP2pPort('127.0.0.1'), await freeP2pPort('127.0.0.1')];
  const free = await doctor('--data', ground.data(), '--http-port', String(http), '--p2p-port', String(p2p));
  expect(free.code).toBe(0);
  expect(states(free.of(/port \d+$/))).toEqual(['good', 'good', 'good', 'good']);
  expect(existsSync(ground.data())).toBe(false);
  const taken = await listening();
  const busy = await doctor('--data', ground.data(), '--http-port', String(taken), '--p2p-port', String(p2p));
  expect(busy.code).toBe(1);
  expect(busy.of(/port \d+$/).filter(({ state }) => state === 'failed')).toMatchObject([
    { title: `TCP port ${taken}`, next: expect.stringContaining('--http-port') },
  ]);
});

async function listening(): Promise<number> {
  const server: Server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return address.port;
}

test('the relay here, and the one of a link, are tried by each of their addresses, by STUN and by their clocks; no link is printed', async () => {
  const relay = await ground.start('--chain', 'Choir');
  const link = relay.invitation ?? '';
  const { code, answer, of } = await doctor('--data', ground.data(), link);
  expect(code).toBe(0);
  // Its own addresses, and the same by the link.
  const addresses = of(/^\/ip4\//);
  expect(addresses.map(({ title }) => title.replace(/^.*(ws|webrtc-direct).*$/, '$1')).sort()).toEqual([
    'webrtc-direct',
    'webrtc-direct',
    'ws',
    'ws',
  ]);
  expect(new Set(states(addresses))).toEqual(new Set(['good']));
  expect(states(of(/^STUN/))).toEqual(['good', 'good']);
  expect(states(of(/^Page/))).toEqual(['good']);
  expect(of(/^Clock/)).toMatchObject([{ state: 'good', says: expect.stringMatching(/^Agrees with 127\.0\.0\.1:\d+/) }]);
  expect(of(/NAT/)).toMatchObject([{ state: 'good', says: expect.stringContaining('No router') }]);
  expect(states(of(/^Who can use it/))).toEqual(['attention', 'attention']);
  expect(JSON.stringify(answer)).not.toContain(link.slice(link.indexOf('#j=') + 3).slice(0, 40));
  const asText = await runRelay('doctor', '--data', ground.data(), link);
  expect(asText.stdout).toMatch(/^latchkey-relay doctor\n.*need attention\.\n\nThis machine\n {2}good +Data folder\n/s);
  expect(asText.stdout).not.toContain('#j=');
});

test('a member’s node is no relay: its own address is tried, and neither the site of its link nor STUN is asked', async () => {
  const relay = await ground.start('--chain', 'Choir');
  const data = ground.path('member');
  const link = (relay.invitation ?? '').replace(relay.url, 'http://192.0.2.1/');
  const node = await startRelayProcess('--data', data, '--join', link, '--p2p-port', '0');
  ground.atEnd(() => node.stop('SIGKILL'));
  const { code, answer, of } = await doctor('--data', data);
  expect(code).toBe(0);
  expect(states(of(/^\/ip4\//))).toEqual(['good']);
  expect(of(/^(Page|STUN|Who)/)).toEqual([]);
  expect(JSON.stringify(answer)).not.toContain('192.0.2.1');
});

test('an address behind which another relay is, or nothing, has failed', async () => {
  const relay = await ground.start();
  const address = relay.addresses.find((text) => text.endsWith('/ws')) ?? '';
  const other = '12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA';
  const [right, wrong, nothing] = await Promise.all([
    doctor('--data', ground.path('none'), '--http-port', '0', '--p2p-port', '0', `${address}/p2p/${relay.peerId}`),
    doctor('--data', ground.path('none'), '--http-port', '0', '--p2p-port', '0', `${address}/p2p/${other}`),
    doctor('--data', ground.path('none'), '--http-port', '0', '--p2p-port', '0', '/ip4/127.0.0.1/tcp/9/ws'),
  ]);
  expect([right.code, wrong.code, nothing.code]).toEqual([0, 1, 1]);
  expect(wrong.of(/^\/ip4/)).toMatchObject([{ state: 'failed', says: expect.stringContaining('not the relay') }]);
  expect(nothing.of(/^\/ip4/)).toMatchObject([{ state: 'failed', says: 'Does not answer from here.' }]);
});

test('what is neither link nor address is refused without being repeated', async () => {
  const { code, stderr } = await runRelay('doctor', 'https://site.example/#j=c2VjcmV0LXNlY3JldA');
  expect(code).toBe(1);
  expect(stderr).toMatch(/neither a link nor an address/);
  expect(stderr).not.toContain('c2VjcmV0');
});
