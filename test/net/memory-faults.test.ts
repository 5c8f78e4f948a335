/** The faults of the memory transport: what strikes, what does not, and that the same seed gives the same run. */
import { describe, expect, test } from 'vitest';
import { fromUtf8, toHex, utf8 } from '../../src/core/base/bytes.ts';
import type { MemoryFaults } from '../../src/net/memory-hub.ts';
import type { FrameStream, StreamLimits } from '../../src/net/transport.ts';
import { codeOf, makeWorld, NEVER, NOTHING_LEFT, type World } from './kit.ts';

const PROTOCOL = '/latchkey/test/1';
const LIMITS: StreamLimits = { frameBytesMax: 1_000, inboundStreamsPerPeerMax: 64 };

/** Two bare processes, connected, and the streams that the second takes. */
async function pair(faults: Partial<MemoryFaults> = {}, seed = 1) {
  const world = makeWorld(seed);
  const [here, there] = [world.hub.transport('here'), world.hub.transport('there')];
  const taken: FrameStream[] = [];
  there.handle(PROTOCOL, LIMITS, (stream) => taken.push(stream));
  await world.clock.run(here.dial({ peer: 'there', addresses: [] }, NEVER));
  world.hub.setFaults(faults);
  const open = () => world.clock.run(here.open('there', PROTOCOL, LIMITS, NEVER));
  return { world, here, there, taken, open };
}

/** Notes when each frame arrives, and how the stream ended. */
function listen(world: World, stream: FrameStream | undefined): string[] {
  const log: string[] = [];
  const started = world.clock.now();
  const note = (what: string) => log.push(`${world.clock.now() - started}: ${what}`);
  const reading = async () => {
    for (let frame = await stream?.receive(); frame !== undefined; frame = await stream?.receive()) note(fromUtf8(frame) ?? toHex(frame));
    note('end');
  };
  reading().catch(() => note('reset'));
  return log;
}

describe('time', () => {
  test('a frame takes its latency, and none overtakes another on its stream', async () => {
    const { world, open, taken } = await pair({ latencyMs: { min: 10, max: 200 } });
    const near = await open();
    const log = listen(world, taken[0]);
    for (let i = 0; i < 10; i++) await near.send(utf8(`${i}`));
    await world.clock.advance(1_000);
    expect(log.map((line) => line.split(': ')[1])).toEqual(Array.from({ length: 10 }, (_, i) => `${i}`));
    const at = log.map((line) => Number(line.split(':')[0]));
    expect(Math.min(...at)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...at)).toBeLessThanOrEqual(200);
  });

  test('frames of different streams overtake each other', async () => {
    const { world, open, taken } = await pair({ latencyMs: { min: 10, max: 200 } });
    const streams: FrameStream[] = [];
    for (let i = 0; i < 8; i++) streams.push(await open());
    const order: number[] = [];
    const arrivals = taken.map(async (stream, i) => {
      await stream.receive();
      order.push(i);
    });
    await Promise.all(streams.map((stream) => stream.send(utf8('x'))));
    await world.clock.run(Promise.all(arrivals));
    expect(order).not.toEqual(order.toSorted());
  });

  test('a stall holds up what is behind it on the stream, and loses nothing', async () => {
    const { world, open, taken } = await pair({ stallMs: 5_000 });
    const near = await open();
    world.hub.setFaults({ stall: 1 });
    const log = listen(world, taken[0]);
    await near.send(utf8('late'));
    world.hub.setFaults({ stall: 0 });
    await near.send(utf8('behind it'));
    await world.clock.advance(10_000);
    expect(log).toEqual(['5000: late', '5000: behind it']);
  });
});

describe('loss', () => {
  test('a lost frame is a lost stream, on both sides; the connection lives', async () => {
    const { world, here, open, taken } = await pair();
    const near = await open();
    const [far, mine] = [listen(world, taken[0]), listen(world, near)];
    await near.send(utf8('one'));
    await world.clock.advance(10);
    world.hub.setFaults({ streamReset: 1 });
    await near.send(utf8('two'));
    world.hub.setFaults({ streamReset: 0 });
    await world.clock.advance(10);
    expect(far.map((line) => line.split(': ')[1])).toEqual(['one', 'reset']);
    expect(mine.map((line) => line.split(': ')[1])).toEqual(['reset']);
    expect(here.path('there')).toBe('direct');
  });

  test('a dial fails as often as it is told to', async () => {
    const world = makeWorld();
    world.hub.transport('there');
    const here = world.hub.transport('here');
    world.hub.setFaults({ dialFailure: 0.5 });
    const outcomes: string[] = [];
    for (let i = 0; i < 100; i++) {
      outcomes.push(await world.clock.run(codeOf(here.dial({ peer: 'there', addresses: [] }, NEVER))));
      world.hub.disconnect('here', 'there');
    }
    const failed = outcomes.filter((outcome) => outcome === 'no-relay').length;
    expect(failed).toBeGreaterThan(30);
    expect(failed).toBeLessThan(70);
  });
});

describe('partitions', () => {
  test('bytes of a blocked direction wait, and arrive when it heals; the other direction still runs', async () => {
    const { world, here, open, taken } = await pair();
    const near = await open();
    const [far, mine] = [listen(world, taken[0]), listen(world, near)];
    world.hub.block('here', 'there');
    await near.send(utf8('one'));
    await near.send(utf8('two'));
    await taken[0]?.send(utf8('other way'));
    await world.clock.advance(1_000);
    expect(far).toEqual([]);
    expect(mine.map((line) => line.split(': ')[1])).toEqual(['other way']);
    world.hub.heal();
    await world.clock.advance(1_000);
    expect(far.map((line) => line.split(': ')[1])).toEqual(['one', 'two']);
    expect(here.path('there')).toBe('direct');
  });

  test('a direction that stays blocked costs the connection when its time is up, and nothing held arrives', async () => {
    const { world, here, there, open, taken } = await pair({ connectionTimeoutMs: 3_000 });
    const near = await open();
    const log = listen(world, taken[0]);
    world.hub.block('here', 'there');
    await near.send(utf8('into the void'));
    await world.clock.advance(2_900);
    expect(here.path('there')).toBe('direct');
    await world.clock.advance(200);
    expect([here.path('there'), there.path('here')]).toEqual([undefined, undefined]);
    expect(log.map((line) => line.split(': ')[1])).toEqual(['reset']);
    expect(await world.clock.run(codeOf(here.dial({ peer: 'there', addresses: [] }, NEVER)))).toBe('no-relay');
    world.hub.heal();
    expect(await world.clock.run(codeOf(here.dial({ peer: 'there', addresses: [] }, NEVER)))).toBe('not refused');
  });
});

describe('processes', () => {
  test('a killed process is gone at once, and one of the same name may come after it', async () => {
    const { world, here, there, open, taken } = await pair();
    const near = await open();
    const log = listen(world, near);
    const events: string[] = [];
    here.onPeer((peer, event) => events.push(`${peer} ${event}`));
    world.hub.kill('there');
    await world.clock.advance(10);
    expect(events).toEqual(['there disconnected']);
    expect(log.map((line) => line.split(': ')[1])).toEqual(['reset']);
    await expect(taken[0]?.receive()).rejects.toThrow();
    expect(await world.clock.run(codeOf(there.dial({ peer: 'here', addresses: [] }, NEVER)))).toBe('closed');
    world.hub.transport('there');
    expect(await world.clock.run(codeOf(here.dial({ peer: 'there', addresses: [] }, NEVER)))).toBe('not refused');
    expect(() => world.hub.transport('there')).toThrow('runs already');
  });

  test('a stream may arrive twice, and the second one’s answers go nowhere', async () => {
    const { world, open, taken } = await pair({ duplicate: 1 });
    const near = await open();
    const logs = [listen(world, taken[0]), listen(world, taken[1]), listen(world, near)];
    await near.send(utf8('question'));
    await taken[0]?.send(utf8('answer'));
    await taken[1]?.send(utf8('echo'));
    await near.close();
    await world.clock.advance(100);
    expect(logs.map((log) => log.map((line) => line.split(': ')[1]))).toEqual([['question', 'end'], ['question', 'end'], ['answer']]);
    expect(taken).toHaveLength(2);
  });
});

/** Five nodes that keep each other, under every fault; then the faults end. */
async function storm(seed: number, minutes: number) {
  const world = makeWorld(seed);
  const log: string[] = [];
  const names = ['ada', 'ben', 'cleo', 'dan', 'eve'];
  const everyone = names.map((peer) => ({ peer, addresses: [] }));
  const raise = (name: string) => {
    const node = world.node(name);
    const { sessionOpened, sessionClosed } = node;
    node.sessionOpened = (session) => {
      log.push(`${world.clock.now()} ${name} + ${session.peer}`);
      sessionOpened.call(node, session);
    };
    node.sessionClosed = (session, reason) => {
      log.push(`${world.clock.now()} ${name} - ${session.peer} ${reason}`);
      sessionClosed.call(node, session, reason);
    };
    node.net.keep(everyone);
    return node;
  };
  const nodes = new Map(names.map((name) => [name, raise(name)]));
  world.hub.setFaults({
    latencyMs: { min: 1, max: 400 },
    dialFailure: 0.2,
    streamReset: 0.02,
    stall: 0.05,
    stallMs: 8_000,
    duplicate: 0.2,
  });
  for (let minute = 0; minute < minutes; minute++) {
    const [a, b] = [names[(seed + minute) % 5] ?? 'ada', names[(seed + 2 * minute + 1) % 5] ?? 'ben'];
    world.hub.block(a, b);
    await world.clock.advance(30_000);
    world.hub.kill(b);
    await world.clock.run(nodes.get(b)?.network.close() ?? Promise.resolve());
    nodes.set(b, raise(b));
    await world.clock.advance(30_000);
    world.hub.heal();
  }
  world.hub.setFaults({ dialFailure: 0, streamReset: 0, stall: 0, duplicate: 0 });
  await world.clock.advance(120_000);
  return { world, log, nodes };
}

describe('a storm', () => {
  test.each([1, 2, 3, 4])('once it is over, every two who keep each other have exactly one session (seed %i)', async (seed) => {
    const { world, log, nodes } = await storm(seed, 6);
    for (const [name, node] of nodes) {
      const peers = node.net.sessions().map((session) => session.peer);
      expect(peers.toSorted()).toEqual([...nodes.keys()].filter((other) => other !== name));
      expect(node.network.counts()).toMatchObject({ pendingHandshakes: 0, tasks: 0 });
      expect(node.net.counts()).toMatchObject({ sessions: 4, inbound: 0, attempts: 0 });
    }
    // Ten pairs, one stream each, two ends a stream.
    expect(world.hub.openStreams()).toBe(20);
    expect(log.length).toBeGreaterThan(30);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('the same seed gives the same run, and another seed another', async () => {
    const [first, again, other] = [await storm(7, 2), await storm(7, 2), await storm(8, 2)];
    expect(again.log).toEqual(first.log);
    expect(other.log).not.toEqual(first.log);
  });
});
