/** A relay and its clients in one process: circuits, reservations, second connections, and what of libp2p bites there. */
import { once } from 'node:events';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { generateKeyPair } from '@libp2p/crypto/keys';
import type { Libp2p, PrivateKey } from '@libp2p/interface';
import { afterEach, describe, expect, test } from 'vitest';
import { announcedAddresses, type RelayServices, relayLibp2p } from '../../relay/src/libp2p-relay.ts';
import { freeP2pPort } from '../../relay/src/ports.ts';
import { nodeLibp2p } from '../../src/net/libp2p-node.ts';
import { libp2pTransport } from '../../src/net/libp2p-transport.ts';
import { ADDRESS_PENDING_MAX } from '../../src/net/protocols.ts';
import { RelayGate } from '../../src/net/relay-gate.ts';
import type { FrameStream, StreamLimits, Transport } from '../../src/net/transport.ts';
import type { PeerAddress } from '../../src/node/ports.ts';
import { systemClock } from '../../src/node/system-ports.ts';
import { codeOf, NEVER } from './kit.ts';

const HOST = '127.0.0.1';
const PROTOCOL = '/latchkey/test/1';
const LIMITS: StreamLimits = { frameBytesMax: 64 * 1024, inboundStreamsPerPeerMax: 4 };

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).reverse()) await close();
});

interface RunningRelay {
  readonly node: Libp2p<RelayServices>;
  readonly transport: Transport;
  readonly address: PeerAddress;
}

/** Without webrtc-direct: its native socket stays for as long as the process. */
async function relayOn(p2pPort: number, privateKey: PrivateKey): Promise<RunningRelay> {
  const node = await relayLibp2p({ host: HOST, p2pPort, privateKey, gate: new RelayGate({ clock: systemClock(), serves: 'all' }) });
  const transport = libp2pTransport(node);
  cleanUp.push(() => transport.close());
  return { node, transport, address: { peer: transport.peerId, addresses: announcedAddresses(node) } };
}

async function relay(): Promise<RunningRelay> {
  return relayOn(await freeP2pPort(HOST), await generateKeyPair('Ed25519'));
}

async function client(listen: readonly string[] = ['/p2p-circuit']): Promise<Transport> {
  const transport = libp2pTransport(await nodeLibp2p({ listen }));
  transport.handle(PROTOCOL, LIMITS, (stream) => void echo(stream));
  cleanUp.push(() => transport.close());
  return transport;
}

async function echo(stream: FrameStream): Promise<void> {
  try {
    for (let frame = await stream.receive(); frame !== undefined; frame = await stream.receive()) await stream.send(frame);
    await stream.close();
  } catch {
    // The story's end of the stream tells what became of it.
  }
}

async function eventually(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A client that others can reach through the relay. */
async function reachable(through: RunningRelay): Promise<Transport> {
  const transport = await client();
  await transport.dial(through.address, NEVER);
  await eventually(() => transport.addresses().length > 0);
  return transport;
}

async function answers(from: Transport, to: Transport, text: string): Promise<boolean> {
  const stream = await from.open(to.peerId, PROTOCOL, LIMITS, NEVER);
  const frame = new TextEncoder().encode(text);
  await stream.send(frame);
  const answer = await stream.receive();
  await stream.close();
  return new TextDecoder().decode(answer) === text;
}

describe('a client behind a relay', () => {
  test('counts what the relay does for it: its reservation, circuits, and what they carry', async () => {
    const through = await relay();
    const [anna, ben] = [await reachable(through), await reachable(through)];
    const used = (transport: Transport) => transport.relayUse().find((one) => one.relay === through.address.peer);
    await eventually(() => used(ben)?.reserved === true);
    expect(used(ben)).toMatchObject({ breaks: 0, circuits: 0, bytes: 0 });
    await anna.dial({ peer: ben.peerId, addresses: [] }, NEVER);
    expect(await answers(anna, ben, 'by your leave')).toBe(true);
    expect(used(anna)?.circuits).toBe(1);
    expect(used(ben)?.circuits).toBe(1);
    for (const one of [anna, ben]) expect(used(one)?.bytes).toBeGreaterThan('by your leave'.length);
    await through.transport.close();
    await eventually(() => used(ben)?.reserved === false);
    expect(used(ben)?.breaks).toBe(1);
  });

  test('is reached through the relay that both are connected to, by its name alone', async () => {
    const through = await relay();
    const [anna, ben] = [await reachable(through), await reachable(through)];
    await anna.dial({ peer: ben.peerId, addresses: [] }, NEVER);
    expect(anna.path(ben.peerId)).toBe('relayed');
    expect(await answers(anna, ben, 'hello')).toBe(true);
    expect(await anna.ping(ben.peerId, NEVER)).toBeGreaterThan(0);
    expect(ben.path(anna.peerId)).toBe('relayed');
  });

  test('is reached by the addresses that it tells, from one who does not know the relay yet', async () => {
    const ben = await reachable(await relay());
    const stranger = await client([]);
    await stranger.dial({ peer: ben.peerId, addresses: ben.addresses() }, NEVER);
    expect(stranger.path(ben.peerId)).toBe('relayed');
    expect(await answers(stranger, ben, 'hello')).toBe(true);
  });

  test('is not reached once it has gone: the relay keeps no reservation for it', async () => {
    const through = await relay();
    const [anna, ben] = [await reachable(through), await reachable(through)];
    expect(through.node.services.relay.reservations.size).toBe(2);
    await ben.close();
    await eventually(() => through.node.services.relay.reservations.size === 1);
    expect(await codeOf(anna.dial({ peer: ben.peerId, addresses: [] }, NEVER))).toBe('no-relay');
  });

  test('is reachable again after its relay has come back, as soon as it dials it', async () => {
    const key = await generateKeyPair('Ed25519');
    const port = await freeP2pPort(HOST);
    const before = await relayOn(port, key);
    const ben = await reachable(before);
    await before.transport.close();
    await eventually(() => ben.path(before.address.peer) === undefined && ben.addresses().length === 0);
    expect(await codeOf(ben.dial(before.address, NEVER))).toBe('no-relay');
    const after = await relayOn(port, key);
    expect(after.address).toEqual(before.address);
    await ben.dial(after.address, NEVER);
    await eventually(() => ben.addresses().length > 0);
    const anna = await reachable(after);
    await anna.dial({ peer: ben.peerId, addresses: [] }, NEVER);
    expect(await answers(anna, ben, 'still here')).toBe(true);
  });
});

describe('two that dial each other at once', () => {
  const listening = ['/ip4/127.0.0.1/tcp/0/ws'];

  test('keep one connection, the one that the greater dialled', async () => {
    const nodes = [await nodeLibp2p({ listen: listening }), await nodeLibp2p({ listen: listening })] as const;
    const [anna, ben] = nodes.map((node) => libp2pTransport(node)) as [Transport, Transport];
    cleanUp.push(
      () => anna.close(),
      () => ben.close(),
    );
    await Promise.all([
      anna.dial({ peer: ben.peerId, addresses: ben.addresses() }, NEVER),
      ben.dial({ peer: anna.peerId, addresses: anna.addresses() }, NEVER),
    ]);
    const directions = () =>
      nodes.map((node) =>
        node
          .getConnections()
          .map((connection) => connection.direction)
          .join(),
      );
    const wanted = anna.peerId > ben.peerId ? ['outbound', 'inbound'] : ['inbound', 'outbound'];
    await eventually(() => directions().join(' ') === wanted.join(' '));
    expect([anna.path(ben.peerId), ben.path(anna.peerId)]).toEqual(['relay', 'relay']);
  });

  test('share their dials: two of the same make one connection', async () => {
    const node = await nodeLibp2p({ listen: listening });
    const anna = libp2pTransport(node);
    const ben = await client(listening);
    cleanUp.push(() => anna.close());
    const address = { peer: ben.peerId, addresses: ben.addresses() };
    const impatient = new AbortController();
    const given = codeOf(anna.dial(address, impatient.signal));
    const kept = anna.dial(address, NEVER);
    impatient.abort();
    expect(await given).toBe('aborted');
    await kept;
    expect(node.getConnections()).toHaveLength(1);
  });
});

describe('addresses of one peer are raced', () => {
  test('a dead one before the live one costs no more than a moment', async () => {
    const ben = await client(['/ip4/127.0.0.1/tcp/0/ws']);
    const anna = await client([]);
    // 192.0.2.0/24 is for documentation: packets to it get nowhere, and a dial of it hangs.
    const dead = ['/ip4/192.0.2.1/tcp/9/ws', '/ip4/192.0.2.2/tcp/9/ws', '/ip4/192.0.2.3/tcp/9/ws'];
    await anna.dial({ peer: ben.peerId, addresses: [...dead, ...ben.addresses()] }, AbortSignal.timeout(5_000));
    expect(anna.path(ben.peerId)).toBe('relay');
  });

  test('one where somebody else answers is refused', async () => {
    const [ben, mallory] = [await client(['/ip4/127.0.0.1/tcp/0/ws']), await client(['/ip4/127.0.0.1/tcp/0/ws'])];
    const anna = await client([]);
    expect(await codeOf(anna.dial({ peer: ben.peerId, addresses: mallory.addresses() }, NEVER))).toBe('no-relay');
    expect(anna.path(mallory.peerId)).toBeUndefined();
  });
});

/** A connection from another address of this machine, up to where libp2p would begin. */
async function knockFrom(localAddress: string, port: number): Promise<'refused' | Socket> {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
  };
  const asked = request({ host: HOST, port, localAddress, headers });
  asked.end();
  const upgraded = once(asked, 'upgrade').then(([, socket]) => socket as Socket);
  const answer = await upgraded.catch(() => 'refused' as const);
  if (answer !== 'refused') answer.on('error', () => undefined).resume();
  return answer;
}

test('a flood from one address is refused before a byte of it is read, and does not keep others out', async () => {
  const through = await relay();
  const port = Number(/tcp\/(\d+)/.exec(through.address.addresses[0] ?? '')?.[1]);
  const held = await Promise.all(Array.from({ length: ADDRESS_PENDING_MAX }, () => knockFrom('127.0.0.2', port)));
  cleanUp.push(async () => {
    for (const socket of held) if (socket !== 'refused') socket.destroy();
  });
  expect(held).not.toContain('refused');
  const tooMany = await Promise.all(Array.from({ length: 100 }, () => knockFrom('127.0.0.2', port)));
  expect(new Set(tooMany)).toEqual(new Set(['refused']));
  const ben = await reachable(through);
  expect(ben.path(through.address.peer)).toBe('relay');
});
