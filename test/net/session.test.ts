/** Sessions between nodes of one process: messages, endings, paths, and peers that are kept. */
import { describe, expect, test } from 'vitest';
import { fromUtf8, utf8 } from '../../src/core/base/bytes.ts';
import { plainSha256 } from '../../src/core/base/hash.ts';
import { SESSION_MESSAGE_BYTES_MAX } from '../../src/core/base/limits.ts';
import { refuse } from '../../src/core/base/result.ts';
import { REDIAL_PAUSE_MS, REDIAL_REFUSED_PAUSE_MS_MAX, SESSION_QUEUE_BYTES_MAX } from '../../src/net/protocols.ts';
import type { FrameStream } from '../../src/net/transport.ts';
import type { Session } from '../../src/node/ports.ts';
import { makeWorld, NEVER, NOTHING_LEFT, outcome, type TestNode, type World } from './kit.ts';
import { altered } from './tampering.ts';

const ANOTHER_CHAIN = plainSha256(utf8('another chain'));

/** Two nodes with a session: each one's own end of it. */
async function joined(world: World): Promise<{ alice: TestNode; bob: TestNode; hers: Session; his: Session }> {
  const [alice, bob] = [world.node('alice'), world.node('bob')];
  await outcome(world, alice, bob);
  const [hers, his] = [alice.opened[0], bob.opened[0]];
  if (hers === undefined || his === undefined) throw new Error('no session');
  return { alice, bob, hers, his };
}

function reasons(node: TestNode): readonly string[] {
  return node.closed.map(({ reason }) => reason);
}

describe('access', () => {
  test('a level that changes is told to the other side, which hears of it once', async () => {
    const world = makeWorld();
    const { alice, hers, his } = await joined(world);
    his.setAccess('validator');
    his.setAccess('validator');
    await world.clock.advance(100);
    expect(hers.grantedAccess).toBe('validator');
    expect(alice.pathChanges).toEqual(['direct']);
    expect(his.grantedAccess).toBe('member');
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});

describe('a network key', () => {
  test('that changed is handed to the other side on the session', async () => {
    const world = makeWorld();
    const { alice, his } = await joined(world);
    const key = new Uint8Array(32).fill(9);
    his.giveNetworkKey(key);
    await world.clock.advance(100);
    expect(alice.keysReceived).toEqual([key]);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});

describe('a handshake that is refused', () => {
  test('is told to the node with the reason, on both sides', async () => {
    const world = makeWorld();
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    bob.decide = () => refuse('key-retired', 'the key left this chain');
    expect(await outcome(world, alice, bob)).toBe('key-retired');
    expect(alice.refusals).toEqual(['key-retired']);
    expect(bob.refusals).toEqual(['key-retired']);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});

describe('messages', () => {
  test('two nodes of a chain hear each other, in order', async () => {
    const world = makeWorld();
    const { alice, bob, hers, his } = await joined(world);
    expect(hers).toMatchObject({ peer: 'bob', access: 'member', grantedAccess: 'member', path: 'direct', claimedRoles: ['writer'] });
    for (const word of ['one', 'two', 'three']) hers.send(utf8(word));
    his.send(utf8('back'));
    await world.clock.advance(100);
    expect(bob.messages.map(fromUtf8)).toEqual(['one', 'two', 'three']);
    expect(alice.messages.map(fromUtf8)).toEqual(['back']);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('what is sent the moment a session opens arrives, from either side', async () => {
    const world = makeWorld();
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    for (const node of [alice, bob]) {
      const { sessionOpened } = node;
      node.sessionOpened = (session) => {
        sessionOpened.call(node, session);
        session.send(utf8('hello'));
      };
    }
    await outcome(world, alice, bob);
    expect([alice, bob].map((node) => node.messages.map(fromUtf8))).toEqual([['hello'], ['hello']]);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a message of the largest size arrives, and a larger one is our own mistake', async () => {
    const world = makeWorld();
    const { bob, hers } = await joined(world);
    hers.send(new Uint8Array(SESSION_MESSAGE_BYTES_MAX));
    await world.clock.advance(100);
    expect(bob.messages.map((message) => message.length)).toEqual([SESSION_MESSAGE_BYTES_MAX]);
    expect(() => hers.send(new Uint8Array(SESSION_MESSAGE_BYTES_MAX + 1))).toThrow('broken invariant');
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('two chains between the same peers keep apart', async () => {
    const world = makeWorld();
    const { alice, bob, hers } = await joined(world);
    const heard: string[] = [];
    const net = alice.network.attach(alice.onChain(ANOTHER_CHAIN, () => {}));
    bob.network.attach(bob.onChain(ANOTHER_CHAIN, (message) => heard.push(fromUtf8(message) ?? '')));
    const second = await world.clock.run(net.connect(bob.address, NEVER));
    hers.send(utf8('first'));
    second.send(utf8('second'));
    await world.clock.advance(100);
    expect(bob.messages.map(fromUtf8)).toEqual(['first']);
    expect(heard).toEqual(['second']);
    await world.clock.run(net.close());
    expect(alice.net.sessions()).toEqual([hers]);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});

describe('endings', () => {
  test('a reason reaches the other side after all that was sent before it', async () => {
    const world = makeWorld();
    const { alice, bob, hers } = await joined(world);
    hers.send(utf8('one last thing'));
    hers.close('not-a-member');
    hers.send(utf8('too late'));
    expect(reasons(alice)).toEqual(['not-a-member']);
    expect(alice.net.sessions()).toEqual([]);
    await world.clock.advance(100);
    expect(bob.messages.map(fromUtf8)).toEqual(['one last thing']);
    expect(reasons(bob)).toEqual(['not-a-member']);
    hers.close('closed');
    expect(reasons(alice)).toEqual(['not-a-member']);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a session that is closed as it opens tells its reason too', async () => {
    const world = makeWorld();
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    bob.sessionOpened = (session) => session.close('stale-anchor');
    await outcome(world, alice, bob);
    expect(reasons(alice)).toEqual(['stale-anchor']);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('nothing is delivered once a session has closed', async () => {
    const world = makeWorld();
    const { alice, hers, his } = await joined(world);
    world.hub.setFaults({ latencyMs: { min: 50, max: 50 } });
    his.send(utf8('on its way'));
    hers.close('closed');
    await world.clock.advance(1_000);
    expect(alice.messages).toEqual([]);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('both sides close at once: each keeps its own reason, and nothing hangs', async () => {
    const world = makeWorld();
    const { alice, bob, hers, his } = await joined(world);
    hers.close('slow-down');
    his.close('not-a-member');
    await world.clock.advance(100);
    expect([reasons(alice), reasons(bob)]).toEqual([['slow-down'], ['not-a-member']]);
    expect(world.hub.openStreams()).toBe(0);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a lost connection closes the session on both sides', async () => {
    const world = makeWorld();
    const { alice, bob } = await joined(world);
    world.hub.disconnect('alice', 'bob');
    await world.clock.advance(100);
    expect([reasons(alice), reasons(bob)]).toEqual([['closed'], ['closed']]);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a peer that does not read loses the session, and our memory stays bounded', async () => {
    const world = makeWorld();
    const { alice, hers } = await joined(world);
    world.hub.block('alice', 'bob');
    const message = new Uint8Array(SESSION_MESSAGE_BYTES_MAX);
    let sent = 0;
    while (alice.closed.length === 0) {
      hers.send(message);
      sent += message.length;
      expect(sent).toBeLessThan(2 * SESSION_QUEUE_BYTES_MAX);
    }
    expect(reasons(alice)).toEqual(['slow-down']);
    await world.clock.advance(30_000);
    expect(world.hub.openStreams()).toBe(0);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('closing a chain closes its sessions, with their reason told', async () => {
    const world = makeWorld();
    const { alice, bob } = await joined(world);
    await world.clock.run(alice.net.close());
    expect([reasons(alice), reasons(bob)]).toEqual([['closed'], ['closed']]);
    expect(world.hub.openStreams()).toBe(0);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});

describe('paths', () => {
  test('a ping is one round trip of the connection', async () => {
    const world = makeWorld();
    const { hers } = await joined(world);
    world.hub.setFaults({ latencyMs: { min: 40, max: 40 } });
    expect(await world.clock.run(hers.ping(NEVER))).toBe(80);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test.each(['alice', 'bob'])('a session on a circuit moves to the direct connection once there is one (opened by %s)', async (opener) => {
    const world = makeWorld();
    world.hub.setPath('alice', 'bob', 'relayed');
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    await (opener === 'alice' ? outcome(world, alice, bob) : outcome(world, bob, alice));
    expect(alice.opened[0]?.path).toBe('relayed');
    world.hub.setPath('alice', 'bob', 'direct');
    await world.clock.advance(1_000);
    expect(alice.pathChanges).toEqual(['direct']);
    for (const node of [alice, bob]) {
      expect(node.opened).toHaveLength(2);
      expect(reasons(node)).toEqual(['duplicate']);
      expect(node.net.sessions()).toEqual([node.opened[1]]);
    }
    alice.opened[1]?.send(utf8('still here'));
    await world.clock.advance(100);
    expect(bob.messages.map(fromUtf8)).toEqual(['still here']);
    expect(world.hub.openStreams()).toBe(2);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a session that was direct from the start stays when the path changes', async () => {
    const world = makeWorld();
    const { alice, bob } = await joined(world);
    world.hub.setPath('alice', 'bob', 'relayed');
    world.hub.setPath('alice', 'bob', 'direct');
    await world.clock.advance(1_000);
    expect(alice.pathChanges).toEqual(['relayed', 'direct']);
    expect([...reasons(alice), ...reasons(bob)]).toEqual([]);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});

describe('kept peers', () => {
  test('a kept peer is reached, and reached again within seconds whenever it comes back', async () => {
    const world = makeWorld();
    const alice = world.node('alice');
    alice.net.keep([{ peer: 'bob', addresses: [] }]);
    await world.clock.advance(12_000);
    expect(alice.opened).toEqual([]);
    for (let life = 1; life <= 3; life++) {
      world.node('bob');
      await world.clock.advance(REDIAL_PAUSE_MS.max + 1_000);
      expect(alice.net.sessions()).toHaveLength(1);
      expect(alice.opened).toHaveLength(life);
      world.hub.kill('bob');
      await world.clock.advance(12_000);
      expect(alice.net.sessions()).toEqual([]);
    }
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a peer that is kept no longer is left alone, and one kept still is not disturbed', async () => {
    const world = makeWorld();
    const [alice, bob, carol] = [world.node('alice'), world.node('bob'), world.node('carol')];
    alice.net.keep([bob.address, carol.address]);
    await world.clock.advance(1_000);
    expect(alice.opened).toHaveLength(2);
    alice.net.keep([carol.address]);
    world.hub.disconnect('alice', 'bob');
    world.hub.disconnect('alice', 'carol');
    await world.clock.advance(30_000);
    expect(alice.net.sessions().map((session) => session.peer)).toEqual(['carol']);
    expect(alice.opened).toHaveLength(3);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a peer that refuses is asked ever more rarely, up to a bound', async () => {
    const world = makeWorld();
    const askedAt: number[] = [];
    const note = (stream: FrameStream) => {
      askedAt.push(world.clock.now());
      return altered(stream, {});
    };
    const [alice, bob] = [world.node('alice', { change: note }), world.node('bob')];
    bob.decide = () => refuse('not-a-member', 'not yet');
    alice.net.keep([bob.address]);
    await world.clock.advance(20 * 60_000);
    const pauses = askedAt.slice(1).map((at, i) => at - (askedAt[i] ?? 0));
    expect(pauses.at(-1)).toBeGreaterThan(REDIAL_PAUSE_MS.max);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(REDIAL_REFUSED_PAUSE_MS_MAX + 1_000);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a closed chain dials nobody', async () => {
    const world = makeWorld();
    const alice = world.node('alice');
    alice.net.keep([{ peer: 'bob', addresses: [] }]);
    await world.clock.advance(500);
    await world.clock.run(alice.net.close());
    expect(world.clock.waiting).toBe(0);
    alice.net.keep([{ peer: 'bob', addresses: [] }]);
    expect(world.clock.waiting).toBe(0);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});
