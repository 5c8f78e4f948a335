/** The handshake's last two steps (DESIGN §8): who passes the challenge, and what it may do then. */
import { describe, expect, test } from 'vitest';
import { equal, utf8 } from '../../src/core/base/bytes.ts';
import { plainSha256 } from '../../src/core/base/hash.ts';
import { type PublicKey, publicKeyOf, type Signature } from '../../src/core/base/key.ts';
import { ok, refuse } from '../../src/core/base/result.ts';
import { HANDSHAKE_TIMEOUT_MS, PROTOCOLS } from '../../src/net/protocols.ts';
import type { FrameStream } from '../../src/net/transport.ts';
import { memorySigner } from '../../src/node/memory-keys.ts';
import type { InvitationClaim } from '../../src/node/ports.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { codeOf, expectNoSession, makeWorld, NEVER, NOTHING_LEFT, outcome, remembering, signerOf } from './kit.ts';
import { altered, flipped, type Side } from './tampering.ts';

const INVITATION = plainSha256(utf8('an invitation'));
const SEED = plainSha256(utf8('the seed of its link'));

/** Counts the streams that a node opens or takes. */
function counter() {
  const count = { streams: 0, change: (stream: FrameStream) => stream };
  count.change = (stream) => {
    count.streams++;
    return stream;
  };
  return count;
}

describe('4. the challenge', () => {
  test.each(['opener', 'acceptor'])('an %s who signs with another key has given a wrong answer and is disconnected', async (side) => {
    const world = makeWorld();
    const [mallory, bob] = [world.node('mallory'), world.node('bob')];
    mallory.signer = { ...mallory.signer, publicKey: signerOf('alice').publicKey };
    const code = side === 'opener' ? await outcome(world, mallory, bob) : await outcome(world, bob, mallory);
    // Who is found out learns no more than that the line is dead, and after some tries that there were too many.
    expect(code).toBe(side === 'opener' ? 'slow-down' : 'wrong-answer');
    expectNoSession(world, mallory, bob);
    expect(bob.transport.path('mallory')).toBeUndefined();
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('an acceptor who gives a wrong answer is not asked again', async () => {
    const world = makeWorld();
    const asked = counter();
    const [alice, mallory] = [world.node('alice', { change: asked.change }), world.node('mallory')];
    mallory.signer = { ...mallory.signer, publicKey: signerOf('bob').publicKey };
    expect(await outcome(world, alice, mallory)).toBe('wrong-answer');
    expect(asked.streams).toBe(1);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test.each([
    { key: 'of small order', bytes: Uint8Array.of(1, ...new Uint8Array(31)) },
    { key: 'that is no point', bytes: new Uint8Array(32).fill(2) },
  ])('a key $key acts for nobody', async ({ bytes }) => {
    const world = makeWorld();
    const [mallory, bob] = [world.node('mallory'), world.node('bob')];
    mallory.signer = { ...mallory.signer, publicKey: bytes as PublicKey };
    expect(await outcome(world, mallory, bob)).not.toBe('not refused');
    expectNoSession(world, mallory, bob);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a man in the middle who passes everything on gets no session: peer ids are signed', async () => {
    const world = makeWorld();
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    const mallory = world.hub.transport('mallory');
    const pass = async (from: FrameStream, to: FrameStream) => {
      for (let frame = await from.receive(); frame !== undefined; frame = await from.receive()) await to.send(frame);
    };
    const passAll = async (near: FrameStream) => {
      await mallory.dial(bob.address, NEVER);
      const far = await mallory.open('bob', PROTOCOLS.session.id, PROTOCOLS.session, NEVER);
      await Promise.allSettled([pass(near, far), pass(far, near)]);
    };
    mallory.handle(PROTOCOLS.session.id, PROTOCOLS.session, (near) => void passAll(near));
    expect(await world.clock.run(codeOf(alice.net.connect({ peer: 'mallory', addresses: [] }, NEVER)))).not.toBe('not refused');
    await world.clock.advance(60_000);
    expect([...alice.opened, ...bob.opened]).toEqual([]);
    await mallory.close();
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test.each([
    { after: 'its question', side: 'opened' as const, mute: 1 },
    { after: 'its proof', side: 'opened' as const, mute: 2 },
    { after: 'its identifiers', side: 'accepted' as const, mute: 1 },
  ])('a peer that falls silent after $after is disconnected when its time is up', async ({ side, mute }) => {
    const world = makeWorld();
    const silent = world.node('silent', {
      change: (stream, way) => (way === side ? altered(stream, { sent: (frame, n) => (n < mute ? frame : undefined) }) : stream),
    });
    const bob = world.node('bob');
    let disconnectedAt = 0;
    bob.transport.onPeer((_, event) => {
      if (event === 'disconnected' && disconnectedAt === 0) disconnectedAt = world.clock.now();
    });
    const before = world.clock.now();
    const code = side === 'opened' ? codeOf(silent.net.connect(bob.address, NEVER)) : codeOf(bob.net.connect(silent.address, NEVER));
    await world.clock.advance(HANDSHAKE_TIMEOUT_MS + 1_000);
    expect(disconnectedAt - before).toBeGreaterThanOrEqual(HANDSHAKE_TIMEOUT_MS);
    if (side === 'accepted') expect(await world.clock.run(code)).toBe('timed-out');
    await world.clock.run(silent.net.close());
    await world.clock.advance(HANDSHAKE_TIMEOUT_MS);
    expect(bob.opened).toEqual([]);
    expect(bob.net.counts()).toEqual({ sessions: 0, inbound: 0, attempts: 0, tasks: 0 });
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a guest proves its invitation, and the endpoint hears which', async () => {
    const world = makeWorld();
    const [guest, bob] = [world.node('guest'), world.node('bob')];
    const claims: (InvitationClaim | undefined)[] = [];
    guest.held = { invitation: INVITATION, signer: memorySigner(SEED) };
    bob.decide = (_, claim) => {
      claims.push(claim);
      return ok('guest');
    };
    expect(await outcome(world, guest, bob)).toBe('not refused');
    expect(claims).toEqual([{ invitation: INVITATION, inviteKey: publicKeyOf(SEED) }]);
    expect(guest.opened[0]).toMatchObject({ grantedAccess: 'guest', access: 'member' });
    expect(bob.opened[0]).toMatchObject({ grantedAccess: 'member', access: 'guest' });
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a guest who is dialled proves it too', async () => {
    const world = makeWorld();
    const [guest, bob] = [world.node('guest'), world.node('bob')];
    const claims: (InvitationClaim | undefined)[] = [];
    guest.held = { invitation: INVITATION, signer: memorySigner(SEED) };
    bob.decide = (_, claim) => {
      claims.push(claim);
      return ok('guest');
    };
    expect(await outcome(world, bob, guest)).toBe('not refused');
    expect(claims).toEqual([{ invitation: INVITATION, inviteKey: publicKeyOf(SEED) }]);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});

describe('frames altered on their way', () => {
  const signatures = new Map<string, Signature>();

  const nextBit = seededRandom(1);

  /** One handshake with one bit of one byte of one frame turned over; what it left behind on either side. */
  async function withFlip(way: 'sent' | 'received', index: number, byte: number) {
    const world = makeWorld();
    const bit = 8 * byte + Math.floor(8 * nextBit());
    let bytes = 0;
    const flip = (frame: Uint8Array, n: number) => {
      if (n !== index) return frame;
      bytes = frame.length;
      return flipped(frame, bit);
    };
    const change = (stream: FrameStream, side: Side) => (side === 'opened' ? altered(stream, { [way]: flip }) : stream);
    const [alice, bob] = [world.node('alice', { change }), world.node('bob')];
    for (const node of [alice, bob]) {
      node.keys = [INVITATION];
      node.signer = remembering(node.signer, signatures);
    }
    alice.held = { invitation: INVITATION, signer: memorySigner(SEED) };
    const enough = new AbortController();
    const connecting = codeOf(alice.net.connect(bob.address, enough.signal));
    await world.clock.advance(20);
    enough.abort();
    await world.clock.run(connecting);
    await world.clock.advance(20);
    return { bit, bytes, atBob: bob.opened.length, sessions: alice.net.sessions().length, left: await world.end() };
  }

  test.each([
    { frame: 'available', way: 'sent' as const, index: 0 },
    { frame: 'answer', way: 'received' as const, index: 0 },
    { frame: 'prove', way: 'sent' as const, index: 1 },
    { frame: 'grant', way: 'received' as const, index: 1 },
    { frame: 'accept', way: 'sent' as const, index: 2 },
  ])('no byte of `$frame` can be changed and leave a session', async ({ way, index }) => {
    for (let byte = 0, bytes = 1; byte < bytes; byte++) {
      const run = await withFlip(way, index, byte);
      expect(run).toEqual({ bit: run.bit, bytes: run.bytes, atBob: 0, sessions: 0, left: NOTHING_LEFT });
      expect(run.bytes).toBeGreaterThan(byte);
      bytes = run.bytes;
    }
  });
});

describe('5. the access level', () => {
  test('a refusal reaches the joiner with its reason before the stream closes, and is not asked again', async () => {
    const world = makeWorld();
    const asked = counter();
    const [guest, bob] = [world.node('guest', { change: asked.change }), world.node('bob')];
    guest.held = { invitation: INVITATION, signer: memorySigner(SEED) };
    bob.decide = () => refuse('invitation-used', 'somebody else was faster');
    expect(await outcome(world, guest, bob)).toBe('invitation-used');
    expect(asked.streams).toBe(1);
    expectNoSession(world, guest, bob);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('the opener refuses just so', async () => {
    const world = makeWorld();
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    alice.decide = () => refuse('key-retired', 'it was removed');
    expect(await outcome(world, alice, bob)).toBe('key-retired');
    expectNoSession(world, alice, bob);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('one session more than a chain may have is refused as full, and a place that becomes free is given', async () => {
    const world = makeWorld();
    const relay = world.node('relay', { sessionsPerChainMax: 2 });
    const [alice, bob, carol] = [world.node('alice'), world.node('bob'), world.node('carol')];
    expect(await outcome(world, alice, relay)).toBe('not refused');
    expect(await outcome(world, bob, relay)).toBe('not refused');
    expect(await outcome(world, carol, relay)).toBe('relays-full');
    alice.opened[0]?.close('closed');
    await world.clock.advance(100);
    expect(await outcome(world, carol, relay)).toBe('not refused');
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('strangers fill only their share, so that members get in', async () => {
    const world = makeWorld();
    const relay = world.node('relay', { sessionsPerChainMax: 4 });
    const members = ['member 1', 'member 2', 'member 3'];
    const keys = members.map((name) => signerOf(name).publicKey);
    relay.decide = (key) => ok(keys.some((member) => equal(member, key)) ? 'member' : 'foreign');
    expect(await outcome(world, world.node('stranger 1'), relay)).toBe('not refused');
    expect(await outcome(world, world.node('stranger 2'), relay)).toBe('relays-full');
    for (const name of members) expect(await outcome(world, world.node(name), relay)).toBe('not refused');
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('the level can change while the session lives', async () => {
    const world = makeWorld();
    const [guest, bob] = [world.node('guest'), world.node('bob')];
    bob.decide = () => ok('guest');
    await outcome(world, guest, bob);
    bob.opened[0]?.setAccess('member');
    expect(bob.opened[0]?.access).toBe('member');
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});
