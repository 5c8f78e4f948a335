/** The handshake's first three steps (DESIGN §8), between nodes of one process with real keys and signatures. */
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/core/base/bytes.ts';
import { plainSha256 } from '../../src/core/base/hash.ts';
import { HANDSHAKE_REQUESTS_MAX } from '../../src/core/base/limits.ts';
import { ok } from '../../src/core/base/result.ts';
import { PROTOCOLS } from '../../src/net/protocols.ts';
import type { FrameStream } from '../../src/net/transport.ts';
import { codeOf, expectNoSession, expectOneSession, makeWorld, NEVER, NOTHING_LEFT, outcome, signerOf } from './kit.ts';
import { altered } from './tampering.ts';

const NEW_KEY = plainSha256(utf8('the network key of today'));
const OLD_KEY = plainSha256(utf8('the network key of yesterday'));
const ANOTHER_CHAIN = plainSha256(utf8('another chain'));

function noted(list: Uint8Array[], frame: Uint8Array): Uint8Array {
  list.push(frame);
  return frame;
}

describe('1. available?', () => {
  test('who knows the network key is answered', async () => {
    const world = makeWorld();
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    for (const node of [alice, bob]) node.keys = [NEW_KEY];
    expect(await outcome(world, alice, bob)).toBe('not refused');
    expectOneSession(world, alice, bob);
    expect([...alice.keysReceived, ...bob.keysReceived]).toEqual([]);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test.each([
    { what: 'an unknown chain', chain: ANOTHER_CHAIN, keys: [] },
    { what: 'an unknown chain, under a key', chain: ANOTHER_CHAIN, keys: [NEW_KEY] },
    { what: 'a wrong network key', keys: [OLD_KEY] },
    { what: 'no network key where there is one', keys: [] },
  ])('$what is met with silence: asked again after growing pauses, then given up with a reason', async ({ keys, ...options }) => {
    const world = makeWorld();
    const askedAt: number[] = [];
    const heard: Uint8Array[] = [];
    const note = (stream: FrameStream) => {
      askedAt.push(world.clock.now());
      return altered(stream, { received: (frame) => noted(heard, frame) });
    };
    const [alice, bob] = [world.node('alice', { ...options, change: note }), world.node('bob')];
    alice.keys = keys;
    bob.keys = [NEW_KEY];
    expect(await outcome(world, alice, bob)).toBe('not-available');
    expect(askedAt).toHaveLength(HANDSHAKE_REQUESTS_MAX);
    const pauses = askedAt.slice(1).map((at, i) => at - (askedAt[i] ?? 0));
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(pauses[0]).toBeGreaterThan(0);
    expect(heard).toEqual([]);
    expectNoSession(world, alice, bob);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a peer that says nothing at all is asked as often, and its silence costs no more than its time-out', async () => {
    const world = makeWorld();
    const alice = world.node('alice');
    const mute = world.hub.transport('mute');
    let asked = 0;
    mute.handle(PROTOCOLS.session.id, PROTOCOLS.session, () => asked++);
    const gaveUp = codeOf(alice.net.connect({ peer: 'mute', addresses: [] }, NEVER));
    expect(await world.clock.run(gaveUp)).toBe('not-available');
    expect(asked).toBe(HANDSHAKE_REQUESTS_MAX);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a peer that becomes available in the meantime is reached', async () => {
    const world = makeWorld();
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    alice.keys = [NEW_KEY];
    bob.keys = [OLD_KEY];
    const connecting = alice.net.connect(bob.address, NEVER);
    await world.clock.advance(300);
    expect(bob.opened).toEqual([]);
    bob.keys = [NEW_KEY];
    await world.clock.run(connecting);
    await world.clock.advance(100);
    expectOneSession(world, alice, bob);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a peer that is not there is asked as often, and then it is no-relay', async () => {
    const world = makeWorld();
    const alice = world.node('alice');
    expect(await world.clock.run(codeOf(alice.net.connect({ peer: 'nobody', addresses: [] }, NEVER)))).toBe('no-relay');
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a question overheard elsewhere opens no door: it is bound to both peers', async () => {
    const world = makeWorld();
    const questions: Uint8Array[] = [];
    const note = (stream: FrameStream) => altered(stream, { sent: (frame) => noted(questions, frame) });
    const [alice, bob] = [world.node('alice', { change: note }), world.node('bob')];
    for (const node of [alice, bob]) node.keys = [NEW_KEY];
    await outcome(world, alice, bob);
    const mallory = world.hub.transport('mallory');
    await world.clock.run(mallory.dial(bob.address, NEVER));
    const stream = await world.clock.run(mallory.open('bob', PROTOCOLS.session.id, PROTOCOLS.session, NEVER));
    await stream.send(questions[0] ?? new Uint8Array());
    await expect(world.clock.run(stream.receive())).rejects.toThrow('closed');
    expect(bob.opened).toHaveLength(1);
    await mallory.close();
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a member who still has the previous network key is challenged, and then given the current one', async () => {
    const world = makeWorld();
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    alice.keys = [OLD_KEY];
    bob.keys = [NEW_KEY, OLD_KEY];
    expect(await outcome(world, alice, bob)).toBe('not refused');
    expect(alice.keysReceived).toEqual([NEW_KEY]);
    expect(bob.keysReceived).toEqual([]);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('it is given just so when it is the one who is asked: the second question comes under the previous key', async () => {
    const world = makeWorld();
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    alice.keys = [NEW_KEY, OLD_KEY];
    bob.keys = [OLD_KEY];
    expect(await outcome(world, alice, bob)).toBe('not refused');
    expect(bob.keysReceived).toEqual([NEW_KEY]);
    expect(alice.keysReceived).toEqual([]);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test.each(['guest', 'knocker', 'foreign'] as const)('a %s with the previous key is let in no further: it gets no key', async (level) => {
    const world = makeWorld();
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    alice.keys = [OLD_KEY];
    bob.keys = [NEW_KEY, OLD_KEY];
    bob.decide = () => ok(level);
    expect(await outcome(world, alice, bob)).toBe('not refused');
    expect(alice.keysReceived).toEqual([]);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('who does not pass the challenge gets no key either', async () => {
    const world = makeWorld();
    const [mallory, bob] = [world.node('mallory'), world.node('bob')];
    mallory.keys = [OLD_KEY];
    bob.keys = [NEW_KEY, OLD_KEY];
    mallory.signer = { ...mallory.signer, publicKey: signerOf('alice').publicKey };
    await outcome(world, mallory, bob);
    expect(mallory.keysReceived).toEqual([]);
    expectNoSession(world, mallory, bob);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});

describe('2. identifiers', () => {
  test('each side learns the other’s node key, claimed roles and tip', async () => {
    const world = makeWorld();
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    await outcome(world, alice, bob);
    expect(alice.opened[0]).toMatchObject({ nodeKey: bob.signer.publicKey, peer: 'bob', claimedRoles: ['writer'], tipAtStart: bob.tip() });
    expect(bob.opened[0]).toMatchObject({
      nodeKey: alice.signer.publicKey,
      peer: 'alice',
      claimedRoles: ['writer'],
      tipAtStart: alice.tip(),
    });
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('one version in common is enough, and none is refused at once, with its reason', async () => {
    const world = makeWorld();
    const [alice, bob, carol] = [world.node('alice'), world.node('bob'), world.node('carol')];
    alice.protocolVersions = [3, 2];
    bob.protocolVersions = [1, 2];
    carol.protocolVersions = [1];
    expect(await outcome(world, alice, bob)).toBe('not refused');
    const before = world.clock.now();
    expect(await outcome(world, alice, carol)).toBe('unsupported-version');
    expect(world.clock.now() - before).toBeLessThan(1000);
    expect(carol.opened).toEqual([]);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a second process with our own node key is refused', async () => {
    const world = makeWorld();
    const [first, second] = [world.node('first', { key: 'alice' }), world.node('second', { key: 'alice' })];
    expect(await outcome(world, first, second)).toBe('duplicate');
    expectNoSession(world, first, second);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});

describe('3. already connected', () => {
  test('connecting again gives the session there is', async () => {
    const world = makeWorld();
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    const session = await world.clock.run(alice.net.connect(bob.address, NEVER));
    expect(await world.clock.run(alice.net.connect(bob.address, NEVER))).toBe(session);
    await world.clock.advance(100);
    expect((await world.clock.run(bob.net.connect(alice.address, NEVER))).nodeKey).toEqual(alice.signer.publicKey);
    expectOneSession(world, alice, bob);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('many who ask for one peer at once share one handshake; one who gives up takes nothing from the others', async () => {
    const world = makeWorld();
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    const impatient = new AbortController();
    const gaveUp = codeOf(alice.net.connect(bob.address, impatient.signal));
    const others = [1, 2, 3].map(() => alice.net.connect(bob.address, NEVER));
    impatient.abort();
    expect(await world.clock.run(gaveUp)).toBe('aborted');
    expect(new Set(await world.clock.run(Promise.all(others))).size).toBe(1);
    await world.clock.advance(100);
    expectOneSession(world, alice, bob);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('when nobody waits any more, the attempt ends', async () => {
    const world = makeWorld();
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    world.hub.setFaults({ latencyMs: { min: 100, max: 100 } });
    const impatient = new AbortController();
    const gaveUp = codeOf(alice.net.connect(bob.address, impatient.signal));
    await world.clock.advance(450);
    impatient.abort();
    expect(await world.clock.run(gaveUp)).toBe('aborted');
    await world.clock.advance(1_000);
    expectNoSession(world, alice, bob);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test.each(Array.from({ length: 24 }, (_, seed) => ({ seed })))(
    'two who dial each other at once end with exactly one session (seed $seed)',
    async ({ seed }) => {
      const world = makeWorld(seed);
      world.hub.setFaults({ latencyMs: { min: 0, max: seed * 20 } });
      const [alice, bob] = [world.node('alice'), world.node('bob')];
      const both = [alice.net.connect(bob.address, NEVER), bob.net.connect(alice.address, NEVER)];
      const [hers, his] = await world.clock.run(Promise.all(both));
      await world.clock.advance(10_000);
      expectOneSession(world, alice, bob);
      expect(alice.net.sessions()).toEqual([hers]);
      expect(bob.net.sessions()).toEqual([his]);
      expect([...alice.closed, ...bob.closed]).toEqual([]);
      his?.send(utf8('it lives'));
      await world.clock.advance(10_000);
      expect(alice.messages).toEqual([utf8('it lives')]);
      expect(await world.end()).toEqual(NOTHING_LEFT);
    },
  );

  test('of two streams that cross, the one opened by the greater peer id stays', async () => {
    const world = makeWorld();
    world.hub.setFaults({ latencyMs: { min: 50, max: 50 } });
    const opened: string[] = [];
    const noteProof = (name: string, frame: Uint8Array, n: number) => {
      if (n === 1) opened.push(name);
      return frame;
    };
    const noting = (name: string) => (stream: FrameStream, side: string) =>
      side === 'accepted' ? stream : altered(stream, { sent: (frame, n) => noteProof(name, frame, n) });
    const [alice, bob] = [world.node('alice', { change: noting('alice') }), world.node('bob', { change: noting('bob') })];
    await world.clock.run(Promise.all([alice.net.connect(bob.address, NEVER), bob.net.connect(alice.address, NEVER)]));
    await world.clock.advance(1_000);
    // Only the stream that stays gets as far as its opener's proof.
    expect(opened).toEqual(['bob']);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a node that comes back takes the place of what it left behind', async () => {
    const world = makeWorld();
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    await outcome(world, alice, bob);
    // Another process with the same node key: a restart under a new peer id, which the other side has not noticed yet.
    const again = world.node('alice-again', { key: 'alice' });
    expect(await outcome(world, again, bob)).toBe('not refused');
    expect(bob.net.sessions().map((session) => session.peer)).toEqual(['alice-again']);
    expect(bob.closed.map(({ session, reason }) => [session.peer, reason])).toEqual([['alice', 'duplicate']]);
    expect(alice.closed.map(({ reason }) => reason)).toEqual(['duplicate']);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('who only claims the node key of a live session does not disturb it', async () => {
    const world = makeWorld();
    const [alice, bob, mallory] = [world.node('alice'), world.node('bob'), world.node('mallory')];
    await outcome(world, alice, bob);
    mallory.signer = { ...mallory.signer, publicKey: alice.signer.publicKey };
    expect(await outcome(world, mallory, bob)).not.toBe('not refused');
    expect(bob.net.sessions().map((session) => session.peer)).toEqual(['alice']);
    expect(bob.closed).toEqual([]);
    expectOneSession(world, alice, bob);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});
