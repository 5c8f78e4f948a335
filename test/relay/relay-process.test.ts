import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { nodeLibp2p } from '../../src/net/libp2p-node.ts';
import { libp2pTransport } from '../../src/net/libp2p-transport.ts';
import { readRelayList } from '../../src/net/relay-list.ts';
import type { Transport } from '../../src/net/transport.ts';
import { relayGround } from '../support/relay-ground.ts';
import { type RelayProcess, runRelay, runRelayUnder } from '../support/relay-process.ts';

const PATIENCE_MS = 15_000;
/** Several processes start one after the other, on a machine that does other things. */
const SLOW_MS = 60_000;

const { data, start, atEnd } = relayGround();

async function client(): Promise<Transport> {
  const transport = libp2pTransport(await nodeLibp2p());
  atEnd(() => transport.close());
  return transport;
}

function portOf(relay: RelayProcess): number {
  return Number(/\/tcp\/(\d+)\/ws/.exec(relay.addresses[0] ?? '')?.[1]);
}

describe('a relay in a process of its own', { timeout: SLOW_MS }, () => {
  test('is ready with one line of JSON, serves its page and says where it is', async () => {
    const relay = await start();
    expect(relay.addresses.map((address) => address.replace(/\d{4,5}|uEi[\w-]+/g, '…'))).toEqual([
      '/ip4/127.0.0.1/tcp/…/ws',
      '/ip4/127.0.0.1/udp/…/webrtc-direct/certhash/…',
    ]);
    const page = await fetch(relay.url);
    expect(await page.text()).toContain('<title>Latchkey</title>');
    const list = readRelayList(await (await fetch(new URL('latchkey.json', relay.url))).text());
    expect(list).toEqual({ ok: true, value: [relay.address] });
    expect(statSync(join(data(), 'relay.sock')).mode & 0o077).toBe(0);
  });

  test('keeps its name, its certificate and its chain through kill -9, on the same ports', async () => {
    const first = await start('--chain', 'Welcome');
    expect(first.invitation).toMatch(/#j=/);
    await first.stop('SIGKILL');
    const port = portOf(first);
    const second = await start('--chain', 'Welcome', '--p2p-port', String(port));
    expect(second.address).toEqual(first.address);
    const status = JSON.parse((await runRelay('status', '--json', '--data', data())).stdout);
    expect(status.chains.map(({ name }: { name: string }) => name)).toEqual(['Welcome']);
    const { consensus } = status.chains[0];
    expect(consensus).toMatchObject({ epoch: 0, quorum: 1, faultsTolerated: 0, faultsTolerableNow: 0, pace: 'idle' });
    const tookPart = consensus.recentBlocks;
    expect(consensus.validators).toMatchObject([{ name: 'Relay', you: true, reached: true, answers: 'yes', tookPart }]);
    expect(consensus).toMatchObject({
      ownPart: 'seated',
      says: ['1 validator, answering. None may fail.', expect.any(String), expect.any(String)],
    });
    expect(consensus.says.join(' ')).toContain('four validators tolerate one');
    const peer = await client();
    await peer.dial(second.address, AbortSignal.timeout(PATIENCE_MS));
    expect(peer.path(second.peerId)).toBe('relay');
  });

  test('ends in order when it is told to, with peers connected', async () => {
    const relay = await start();
    const peer = await client();
    await peer.dial(relay.address, AbortSignal.timeout(PATIENCE_MS));
    const gone = new Promise<void>((resolve) => peer.onPeer((_, event) => event === 'disconnected' && resolve()));
    expect(await relay.stop('SIGTERM')).toBe(0);
    await gone;
    expect((await runRelay('status', '--data', data())).stderr).toMatch(/^No relay is running on .*start one with/);
    await (await start()).stop();
  });
});

describe('commands', { timeout: SLOW_MS }, () => {
  test('create a chain, invite to it by its name or id, and show both', async () => {
    await start();
    const made = JSON.parse((await runRelay('chain', 'create', 'Book club', '--json', '--data', data())).stdout);
    expect(made).toMatchObject({ name: 'Book club', height: 0 });
    const link = JSON.parse((await runRelay('invite', 'Book club', '--uses', '3', '--expires', '2h', '--json', '--data', data())).stdout);
    expect(link.url.endsWith(`#j=${link.code}`)).toBe(true);
    expect(link.invitation).toMatchObject({ 'chain name': 'Book club', 'blockchain id': made.chain });
    const printed = await runRelay('invite', made.chain.slice(0, 8), '--data', data());
    expect(printed.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#j=/);
    expect((await runRelay('status', '--data', data())).stdout).toContain('Book club');
  });

  test('refuse in one line what the relay refuses', async () => {
    await start();
    const nowhere = await runRelay('invite', 'Nowhere', '--data', data());
    expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringMatching(/^There is no chain Nowhere.*\n$/)]);
  });
});

test('a Node that is too old is told in one line, before it meets any TypeScript', async () => {
  const old = 'data:text/javascript,Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.19.0" } })';
  const { code, stderr } = await runRelayUnder(['--import', old], 'status');
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/^latchkey-relay needs Node 24 or later, this is .*: install a newer one.*\n$/),
  ]);
});
