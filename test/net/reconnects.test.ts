/** Ten thousand reconnects, and a relay that is as it was before the first: nothing held, nothing running, nothing remembered. */
import { generateKeyPair } from '@libp2p/crypto/keys';
import { afterEach, expect, test } from 'vitest';
import { announcedAddresses, relayLibp2p } from '../../relay/src/libp2p-relay.ts';
import { freeP2pPort } from '../../relay/src/ports.ts';
import type { Signature } from '../../src/core/base/key.ts';
import { ok } from '../../src/core/base/result.ts';
import { nodeLibp2p } from '../../src/net/libp2p-node.ts';
import { libp2pTransport } from '../../src/net/libp2p-transport.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import { createNetwork } from '../../src/net/network.ts';
import { PEER_MEMORY_MS } from '../../src/net/protocols.ts';
import { RelayGate } from '../../src/net/relay-gate.ts';
import type { Transport } from '../../src/net/transport.ts';
import type { ChainEndpoint, Signer, Verifier } from '../../src/node/ports.ts';
import { systemClock } from '../../src/node/system-ports.ts';
import { CHAIN, NEVER, randomOf, signerOf } from './kit.ts';
import { ManualClock, settle } from './manual-clock.ts';

const IN_MEMORY = 10_000;
const OVER_WEBSOCKET = 300;
const HOST = '198.51.100.7';

const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

/** Signatures are not what this is about, and ten thousand handshakes have sixty thousand of them. */
const believing: Verifier = { verify: async (checks) => checks.map(() => true) };
function quick(name: string): Signer {
  const { publicKey } = signerOf(name);
  return { publicKey, sign: async () => new Uint8Array(64) as Signature };
}

/** A node to which everybody is a member, and which hears nothing. */
function endpoint(name: string): ChainEndpoint {
  return {
    chain: CHAIN,
    signer: quick(name),
    protocolVersions: [1],
    roles: () => ['writer'],
    tip: () => ({ height: 7, block: CHAIN }),
    networkKeys: () => [],
    access: () => ok('member'),
    invite: () => undefined,
    sessionOpened: () => {},
    sessionClosed: () => {},
    messageReceived: () => {},
    requestReceived: async function* () {},
  };
}

/** What a relay does on libp2p when a peer comes and goes, on the transport in memory. */
function tellGate(transport: Transport, gate: RelayGate): void {
  transport.onPeer((peer, event) => {
    if (event === 'connected') gate.opened(peer, HOST);
    if (event === 'disconnected') gate.closed(peer, HOST);
  });
}

test(`${IN_MEMORY} peers that come, shake hands, get a place and go leave nothing behind`, { timeout: 120_000 }, async () => {
  const clock = new ManualClock();
  const hub = memoryHub({ clock, random: randomOf(1) });
  const bugs: unknown[] = [];
  const gate = new RelayGate({ clock, serves: 'members' });
  const places = new Set<string>();
  gate.guard({ release: (peer) => places.delete(peer), disconnect: () => {} });
  const ground = { clock, random: randomOf(2), verifier: believing, report: (error: unknown) => void bugs.push(error) };
  const relayTransport = hub.transport('relay');
  tellGate(relayTransport, gate);
  const network = createNetwork({ ...ground, transport: relayTransport, gate });
  const chain = network.attach(endpoint('relay'));
  const look = () => ({
    gate: gate.counts(),
    network: network.counts(),
    chain: chain.counts(),
    places: places.size,
    streams: hub.openStreams(),
    timers: clock.waiting,
  });
  const before = look();
  const visiting = endpoint('visitor');
  for (let i = 0; i < IN_MEMORY; i++) {
    // Of ten, nine come back under names that they had before.
    const name = `peer ${i % 10 === 0 ? i : i % 97}`;
    const transport = hub.transport(name);
    const visitor = createNetwork({ ...ground, transport });
    const session = await clock.run(visitor.attach(visiting).connect({ peer: 'relay', addresses: [] }, NEVER));
    expect(session.grantedAccess).toBe('member');
    if ((await clock.run(gate.reserve(name))) === undefined) places.add(name);
    if (i % 1_000 === 0) expect(look()).toMatchObject({ gate: { connected: 1, places: 1 }, places: 1, chain: { sessions: 1 } });
    await clock.run(visitor.close());
    await settle();
    await clock.advance(100);
  }
  await clock.advance(PEER_MEMORY_MS);
  expect(look()).toEqual(before);
  expect(bugs).toEqual([]);
  await clock.run(network.close());
});

test(`${OVER_WEBSOCKET} reconnects over real connections leave nothing behind`, { timeout: 120_000 }, async () => {
  const gate = new RelayGate({ clock: systemClock(), serves: 'all', sharedAddresses: ['127.0.0.1'] });
  const node = await relayLibp2p({
    host: '127.0.0.1',
    p2pPort: await freeP2pPort('127.0.0.1'),
    privateKey: await generateKeyPair('Ed25519'),
    gate,
  });
  const transport = libp2pTransport(node);
  cleanUp.push(() => transport.close());
  const address = { peer: transport.peerId, addresses: announcedAddresses(node) };
  const reservations = () => node.services.relay.reservations.size;
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const look = async () => {
    const { connected, places, strangers, waiting } = gate.counts();
    const known = await node.peerStore.all();
    return {
      connected,
      places,
      strangers,
      waiting,
      reservations: reservations(),
      connections: node.getConnections().length,
      known: known.length,
    };
  };
  const once = async () => {
    const visitor = libp2pTransport(await nodeLibp2p({ listen: ['/p2p-circuit'] }));
    await visitor.dial(address, NEVER);
    await expect.poll(reservations, { interval: 2, timeout: 10_000 }).toBe(1);
    await visitor.close();
    await expect.poll(reservations, { interval: 2, timeout: 10_000 }).toBe(0);
  };
  await once();
  await expect.poll(look, { timeout: 10_000 }).toMatchObject({ connected: 0, known: 0 });
  const [before, timersBefore] = [await look(), timers()];
  expect(before.places).toBe(0);
  for (let i = 0; i < OVER_WEBSOCKET; i++) await once();
  await expect.poll(look, { timeout: 10_000 }).toEqual(before);
  // Some of libp2p's own time limits outlive what they were for, by seconds; a timer a visitor would be hundreds.
  await expect.poll(timers, { timeout: 40_000, interval: 500 }).toBeLessThan(timersBefore + 20);
});
