/** Whatever a peer sends on whatever protocol: a typed refusal, a closed stream or silence, and everything as it was before. */
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/core/base/bytes.ts';
import { decode, encode, type NamedCodec } from '../../src/core/codec/codec.ts';
import { handshakeFrame } from '../../src/core/codec/handshake.ts';
import { hostAnswerFrame, hostRequestFrame, sessionFrame, syncAnswerFrame, syncRequestFrame } from '../../src/core/codec/stream-frames.ts';
import {
  BANNED_PATIENCE_MS,
  HANDSHAKE_ANSWER_TIMEOUT_MS,
  PENDING_HANDSHAKES_PER_PEER_MAX,
  PROTOCOLS,
  type ProtocolName,
  SCORE_BAN_MS,
  SCORE_COSTS,
  SCORE_MAX,
} from '../../src/net/protocols.ts';
import type { FrameStream, Transport } from '../../src/net/transport.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { CHAIN, codeOf, collect, makeWorld, NEVER, NOTHING_LEFT, outcome, type TestNode, type World } from './kit.ts';
import { settle } from './manual-clock.ts';
import { altered, flipped } from './tampering.ts';

const NAMES = ['session', 'sync', 'receipt', 'host'] as const satisfies readonly ProtocolName[];
type Name = (typeof NAMES)[number];
const ANSWERS: Record<Name, NamedCodec<unknown>> = {
  session: handshakeFrame,
  sync: syncAnswerFrame,
  receipt: syncAnswerFrame,
  host: hostAnswerFrame,
};
const CASES = 120;

interface Village {
  readonly world: World;
  readonly alice: TestNode;
  readonly bob: TestNode;
  /** Every frame that honest peers sent or got on each protocol. */
  readonly heard: Record<Name, Uint8Array[]>;
}

/** A live node, bob, with one honest session and every service. */
async function village(): Promise<Village> {
  const world = makeWorld();
  const heard: Record<Name, Uint8Array[]> = { session: [], sync: [], receipt: [], host: [] };
  const note = (stream: FrameStream, _side: string, protocol: string) => {
    const keep = (frame: Uint8Array) => {
      for (const name of NAMES) if (PROTOCOLS[name].id === protocol) heard[name].push(frame);
      return frame;
    };
    return altered(stream, { sent: keep, received: keep });
  };
  const [alice, bob] = [world.node('alice', { change: note }), world.node('bob')];
  bob.network.serveHost({ hostRequested: async () => utf8('gladly') });
  bob.serve = async function* () {
    yield utf8('a frame');
  };
  await outcome(world, alice, bob);
  const [session] = alice.opened;
  if (session === undefined) throw new Error('no session');
  session.send(utf8('a message'));
  await world.clock.run(collect(session.request(utf8('?'), NEVER)));
  await world.clock.run(collect(session.requestReceipt(utf8('a day'), NEVER)));
  await world.clock.run(alice.network.host(bob.address, utf8('host me'), NEVER));
  heard.session.push(
    encode(sessionFrame, { type: 'close', reason: 'closed' }),
    encode(handshakeFrame, { type: 'refused', reason: 'closed', farewell: undefined }),
  );
  heard.sync.push(encode(syncRequestFrame, { type: 'credit', credit: 1 }));
  heard.sync.push(encode(syncRequestFrame, { type: 'ask', chain: CHAIN, credit: 0, request: utf8('?') }));
  heard.receipt.push(encode(syncRequestFrame, { type: 'ask', chain: CHAIN, credit: 0, request: utf8('a day') }));
  heard.host.push(encode(hostRequestFrame, { type: 'request', request: new Uint8Array() }));
  await world.clock.advance(1_000);
  return { world, alice, bob, heard };
}

/** Bob lives, alice is with him, and nothing else is left of whatever was done to him. */
function expectBaseline({ world, alice, bob }: Village): void {
  expect(bob.network.counts()).toEqual({ chains: 1, pendingHandshakes: 0, tasks: 0 });
  expect(bob.net.counts()).toEqual({ sessions: 1, inbound: 0, attempts: 0, tasks: 1 });
  expect(alice.closed).toEqual([]);
  expect(world.hub.openStreams()).toBe(2);
  expect(world.bugs).toEqual([]);
}

/** A frame such as no honest peer sends: noise, or an honest one with something wrong; now and then an honest one as it is. */
function mutated(honest: readonly Uint8Array[], next: () => number, bytesMax: number): Uint8Array {
  const below = (max: number) => Math.floor(next() * max);
  const frame = honest[below(honest.length)] ?? new Uint8Array();
  switch (below(7)) {
    case 0:
      return Uint8Array.from({ length: below(200) }, () => below(256));
    case 1:
      return frame.subarray(0, below(frame.length));
    case 2:
      return Uint8Array.from([...frame, below(256)]);
    case 3:
      return new Uint8Array(bytesMax).fill(below(256));
    case 4:
      return frame;
    default:
      return flipped(frame, below(frame.length * 8));
  }
}

/** Sends some frames and ends in one of three ways; gives what came back. */
async function assault(stream: FrameStream, frames: readonly Uint8Array[], ending: number): Promise<Uint8Array[]> {
  const answers: Uint8Array[] = [];
  const reading = (async () => {
    for (let answer = await stream.receive(); answer !== undefined; answer = await stream.receive()) answers.push(answer);
  })().catch(() => {});
  for (const frame of frames) await stream.send(frame).catch(() => {});
  await settle();
  if (ending === 0) stream.abort();
  else if (ending === 1) await stream.close();
  await reading;
  return answers;
}

async function openTo(world: World, from: Transport, to: TestNode, name: ProtocolName): Promise<FrameStream> {
  await world.clock.run(from.dial(to.address, NEVER));
  return world.clock.run(from.open(to.transport.peerId, PROTOCOLS[name].id, PROTOCOLS[name], NEVER));
}

describe('any bytes', () => {
  test.each(NAMES)('from a stranger on `%s` are refused, closed or met with silence', async (name) => {
    const scene = await village();
    const { world, bob, heard } = scene;
    for (let seed = 0; seed < CASES; seed++) {
      const next = seededRandom(seed);
      const mallory = world.hub.transport(`mallory ${seed}`);
      const stream = await openTo(world, mallory, bob, name);
      const frames = Array.from({ length: 1 + Math.floor(next() * 4) }, () => mutated(heard[name], next, PROTOCOLS[name].frameBytesMax));
      const answers = await world.clock.run(assault(stream, frames, Math.floor(next() * 3)));
      for (const answer of answers) expect(decode(ANSWERS[name], answer, PROTOCOLS[name].frameBytesMax)).toMatchObject({ ok: true });
      await world.clock.advance(60_000);
      expectBaseline(scene);
      await mallory.close();
    }
    expect(bob.opened).toHaveLength(1);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('from a member on `sync` are answered, refused or closed', async () => {
    const scene = await village();
    const { world, alice, bob, heard } = scene;
    const next = seededRandom(7);
    for (let i = 0; i < CASES; i++) {
      const stream = await openTo(world, alice.transport, bob, 'sync');
      const frames = Array.from({ length: 1 + Math.floor(next() * 4) }, () => mutated(heard.sync, next, PROTOCOLS.sync.frameBytesMax));
      const answers = await world.clock.run(assault(stream, frames, Math.floor(next() * 3)));
      for (const answer of answers) expect(decode(syncAnswerFrame, answer, PROTOCOLS.sync.frameBytesMax)).toMatchObject({ ok: true });
      // Time enough for the score to decay: what is tried here is the bytes, not the budget.
      await world.clock.advance(120_000);
      expectBaseline(scene);
    }
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('from a member on its session are messages, or end the session', async () => {
    const scene = await village();
    const { world, bob, heard } = scene;
    for (let seed = 0; seed < CASES; seed++) {
      const next = seededRandom(seed);
      const streams: FrameStream[] = [];
      const keep = (stream: FrameStream, _side: string, protocol: string) => {
        if (protocol === PROTOCOLS.session.id) streams.push(stream);
        return stream;
      };
      const carol = world.node(`carol ${seed}`, { change: keep });
      expect(await outcome(world, carol, bob)).toBe('not refused');
      for (let i = 0; i < 3; i++) {
        const frame = mutated(heard.session, next, PROTOCOLS.session.frameBytesMax);
        await world.clock.run(Promise.resolve(streams[0]?.send(frame)).catch(() => {}));
      }
      await world.clock.advance(5_000);
      const ended = bob.closed.find(({ session }) => session.peer === `carol ${seed}`);
      if (ended === undefined) expect(bob.net.sessions()).toHaveLength(2);
      await world.clock.run(carol.network.close());
      await world.clock.advance(100);
      expectBaseline(scene);
    }
    expect(bob.closed.map(({ reason }) => reason)).toContain('malformed');
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});

describe('lies', () => {
  test('a peer whose sessions end for them has to wait, whoever dials', async () => {
    const world = makeWorld();
    const [alice, bob] = [world.node('alice'), world.node('bob')];
    const lies = async () => {
      expect(await outcome(world, bob, alice)).toBe('not refused');
      bob.net.sessions()[0]?.close('wrong-answer');
      await world.clock.advance(1_000);
    };
    for (let left = SCORE_MAX; left > 0; left -= SCORE_COSTS.wrongAnswer) await lies();
    // It was forgiven a little meanwhile.
    await lies();
    expect(alice.transport.path('bob')).toBeUndefined();
    expect(await outcome(world, bob, alice)).toBe('slow-down');
    expect(await outcome(world, alice, bob)).not.toBe('not refused');
    await world.clock.advance(SCORE_BAN_MS);
    expect(await outcome(world, bob, alice)).toBe('not refused');
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});

describe('too much', () => {
  test('a member that sends more messages than its budget loses the connection', async () => {
    const world = makeWorld();
    const [carol, bob] = [world.node('carol'), world.node('bob')];
    await outcome(world, carol, bob);
    const { burst } = PROTOCOLS.session.budget.messages;
    const message = new Uint8Array(1);
    let sent = 0;
    while (bob.closed.length === 0 && sent < 2 * burst) {
      for (let i = 0; i < 1_000; i++, sent++) carol.net.sessions()[0]?.send(message);
      await world.clock.advance(1);
    }
    expect(bob.closed).toHaveLength(1);
    expect(bob.messages.length).toBeGreaterThanOrEqual(burst);
    expect(bob.messages.length).toBeLessThan(burst + 1_000);
    expect(bob.transport.path('carol')).toBeUndefined();
    expect(await outcome(world, carol, bob)).not.toBe('not refused');
    await world.clock.advance(120_000);
    expect(await outcome(world, carol, bob)).toBe('not refused');
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test.each(NAMES)('a stranger that opens stream after stream on `%s` loses the connection', async (name) => {
    const scene = await village();
    const { world, bob } = scene;
    const mallory = world.hub.transport('mallory');
    await world.clock.run(mallory.dial(bob.address, NEVER));
    const open = () => codeOf(mallory.open('bob', PROTOCOLS[name].id, PROTOCOLS[name], NEVER).then((stream) => stream.abort()));
    let opened = 0;
    while (mallory.path('bob') !== undefined && opened++ < 5_000) await world.clock.run(open());
    expect(opened).toBeGreaterThan(PROTOCOLS[name].budget.streams.burst);
    expect(opened).toBeLessThan(5_000);
    // Coming back at once does not help.
    await world.clock.run(mallory.dial(bob.address, NEVER));
    await world.clock.run(open());
    await world.clock.advance(BANNED_PATIENCE_MS);
    expect(mallory.path('bob')).toBeUndefined();
    expectBaseline(scene);
    await mallory.close();
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('streams on which nothing is asked take only some of the places for handshakes, and not for long', async () => {
    const scene = await village();
    const { world, bob } = scene;
    const mallory = world.hub.transport('mallory');
    for (let i = 0; i < PROTOCOLS.session.inboundStreamsPerPeerMax; i++) await openTo(world, mallory, bob, 'session');
    expect(bob.network.counts().pendingHandshakes).toBe(PENDING_HANDSHAKES_PER_PEER_MAX);
    const dave = world.node('dave');
    expect(await outcome(world, dave, bob)).toBe('not refused');
    dave.opened[0]?.close('closed');
    await world.clock.advance(HANDSHAKE_ANSWER_TIMEOUT_MS);
    expectBaseline(scene);
    await mallory.close();
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});

describe('one that asks too much', () => {
  test('hears from its session that it is to slow down, and hears it again when it comes back too soon', async () => {
    const { world, alice, bob } = await village();
    const [session] = alice.opened;
    const { burst } = PROTOCOLS.session.budget.messages;
    for (let i = 0; i < burst + SCORE_MAX + 1_000; i++) {
      session?.send(utf8('x'));
      if (i % 1_000 === 0) await settle();
    }
    await world.clock.advance(1_000);
    expect(alice.closed.map(({ reason }) => reason)).toEqual(['slow-down']);
    expect(bob.transport.path('alice')).toBeUndefined();
    expect(await outcome(world, alice, bob)).toBe('slow-down');
    expect(alice.refusals.at(-1)).toBe('slow-down');
    await world.clock.advance(SCORE_BAN_MS);
    expect(await outcome(world, alice, bob)).toBe('not refused');
  });

  test('and does not know the chain’s network key hears nothing at all', async () => {
    const { world, bob } = await village();
    bob.keys = [new Uint8Array(32).fill(7)];
    const mallory = world.hub.transport('mallory');
    const ask = async () => {
      const stream = await openTo(world, mallory, bob, 'session');
      const frame = encode(handshakeFrame, { type: 'available', chain: CHAIN, nonce: new Uint8Array(32), mac: new Uint8Array(32) });
      return world.clock.run(assault(stream, [frame], 2));
    };
    for (let i = 0; i < SCORE_MAX + 5; i++) expect(await ask().catch(() => [])).toEqual([]);
  });
});
