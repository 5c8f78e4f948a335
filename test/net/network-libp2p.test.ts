/** Sessions over real libp2p: two processes on this machine that meet over a WebSocket, with the clock of the machine. */
import { generateKeyPair } from '@libp2p/crypto/keys';
import { afterEach, expect, test } from 'vitest';
import { utf8 } from '../../src/core/base/bytes.ts';
import { SYNC_FRAME_BYTES_MAX } from '../../src/core/base/limits.ts';
import { ok, refuse } from '../../src/core/base/result.ts';
import { type NodeLibp2pOptions, nodeLibp2p } from '../../src/net/libp2p-node.ts';
import { libp2pTransport } from '../../src/net/libp2p-transport.ts';
import { systemClock, systemRandom } from '../../src/node/system-ports.ts';
import { codeOf, collect, NEVER, TestNode } from './kit.ts';

const ANY_PORT = '/ip4/127.0.0.1/tcp/0/ws';
const nodes: TestNode[] = [];

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.network.close()));
});

async function node(name: string, options: NodeLibp2pOptions = { listen: [ANY_PORT] }): Promise<TestNode> {
  const transport = libp2pTransport(await nodeLibp2p(options));
  const made = new TestNode(transport, { clock: systemClock(), random: systemRandom(), bugs: [] }, { key: name });
  nodes.push(made);
  return made;
}

async function eventually(what: () => boolean): Promise<void> {
  for (let waited = 0; !what(); waited += 5) {
    if (waited > 15_000) throw new Error('it never came about');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('two processes shake hands, talk, ask and part with a reason', async () => {
  const [alice, bob] = [await node('alice'), await node('bob')];
  const session = await alice.net.connect(bob.address, NEVER);
  for (const word of ['one', 'two', 'three']) session.send(utf8(word));
  await eventually(() => bob.messages.length === 3);
  expect(bob.messages).toEqual(['one', 'two', 'three'].map(utf8));
  bob.serve = async function* () {
    for (let i = 0; i < 64; i++) yield new Uint8Array(SYNC_FRAME_BYTES_MAX).fill(i);
  };
  const frames = await collect(session.request(utf8('?'), NEVER));
  expect(frames.map((frame) => [frame.length, frame[0]])).toEqual(Array.from({ length: 64 }, (_, i) => [SYNC_FRAME_BYTES_MAX, i]));
  bob.serve = () => {
    throw new Error('not asked');
  };
  expect(await session.ping(NEVER)).toBeGreaterThan(0);
  bob.opened[0]?.send(utf8('farewell'));
  bob.opened[0]?.close('not-a-member');
  await eventually(() => alice.closed.length === 1);
  expect(alice.messages).toEqual([utf8('farewell')]);
  expect(alice.closed.map(({ reason }) => reason)).toEqual(['not-a-member']);
  await eventually(() => bob.net.counts().tasks === 0 && alice.net.counts().tasks === 0);
});

test('a refusal reaches the joiner before the stream closes', async () => {
  const [guest, bob] = [await node('guest'), await node('bob')];
  bob.decide = () => refuse('invitation-used', 'somebody else was faster');
  expect(await codeOf(guest.net.connect(bob.address, NEVER))).toBe('invitation-used');
  bob.decide = () => ok('guest');
  expect(await guest.net.connect(bob.address, NEVER)).toMatchObject({ grantedAccess: 'guest' });
});

test('two who dial each other at once end with one session, and keep it', async () => {
  for (let round = 0; round < 3; round++) {
    const [alice, bob] = [await node(`alice ${round}`), await node(`bob ${round}`)];
    await Promise.all([alice.net.connect(bob.address, NEVER), bob.net.connect(alice.address, NEVER)]);
    // Longer than a connection that is one too many lives on.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    expect([alice.net.sessions().length, bob.net.sessions().length]).toEqual([1, 1]);
    alice.net.sessions()[0]?.send(utf8('still here'));
    await eventually(() => bob.messages.length === 1);
    expect([...alice.closed, ...bob.closed].map(({ reason }) => reason)).toEqual([]);
  }
});

test('a process that ends is noticed, and a kept one is reached again when it is back', async () => {
  const privateKey = await generateKeyPair('Ed25519');
  const [alice, bob] = [await node('alice'), await node('bob', { privateKey, listen: [ANY_PORT] })];
  const { addresses } = bob.address;
  alice.net.keep([bob.address]);
  await eventually(() => alice.opened.length === 1);
  await bob.network.close();
  await eventually(() => alice.closed.length === 1);
  expect(alice.net.sessions()).toEqual([]);
  const again = await node('bob', { privateKey, listen: addresses });
  await eventually(() => alice.opened.length === 2);
  await eventually(() => again.opened.length === 1);
});
