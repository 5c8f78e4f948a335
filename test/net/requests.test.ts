/** Requests and their frames: order, credit, refusals, and what is left when either side walks away. */
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/core/base/bytes.ts';
import { plainSha256 } from '../../src/core/base/hash.ts';
import { SYNC_FRAME_BYTES_MAX } from '../../src/core/base/limits.ts';
import { RefusalError } from '../../src/core/base/result.ts';
import { encode } from '../../src/core/codec/codec.ts';
import { syncRequestFrame } from '../../src/core/codec/stream-frames.ts';
import { PROTOCOLS, REQUESTS_PER_PEER_MAX, SYNC_FRAME_OVERHEAD_BYTES, SYNC_WINDOW_BYTES } from '../../src/net/protocols.ts';
import type { Session } from '../../src/node/ports.ts';
import { CHAIN, codeOf, collect, makeWorld, NEVER, NOTHING_LEFT, outcome, type TestNode, type World } from './kit.ts';

const ASK = utf8('a question');

async function joined(world: World): Promise<{ alice: TestNode; bob: TestNode; hers: Session; his: Session }> {
  const [alice, bob] = [world.node('alice'), world.node('bob')];
  await outcome(world, alice, bob);
  const [hers, his] = [alice.opened[0], bob.opened[0]];
  if (hers === undefined || his === undefined) throw new Error('no session');
  return { alice, bob, hers, his };
}

async function* numbered(count: number, bytes = 4): AsyncGenerator<Uint8Array, void, undefined> {
  for (let i = 0; i < count; i++) yield new Uint8Array(bytes).fill(i);
}

/** An answer that never comes, but ends with its signal, as a good endpoint's does. */
async function* never(signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
}

describe('an answer', () => {
  test.each(['who opened the session', 'who accepted it'])('comes whole and in order, asked for by %s', async (who) => {
    const world = makeWorld();
    const { alice, bob, hers, his } = await joined(world);
    const [asker, server] = who === 'who opened the session' ? [hers, bob] : [his, alice];
    const asked: Uint8Array[] = [];
    server.serve = (_, request) => {
      asked.push(request);
      return numbered(100);
    };
    const frames = await world.clock.run(collect(asker.request(ASK, NEVER)));
    expect(asked).toEqual([ASK]);
    expect(frames.map((frame) => frame[0])).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('may be empty, and may have frames of nothing and of the largest size', async () => {
    const world = makeWorld();
    const { bob, hers } = await joined(world);
    expect(await world.clock.run(collect(hers.request(ASK, NEVER)))).toEqual([]);
    bob.serve = async function* () {
      yield new Uint8Array();
      yield new Uint8Array(SYNC_FRAME_BYTES_MAX);
    };
    const frames = await world.clock.run(collect(hers.request(ASK, NEVER)));
    expect(frames.map((frame) => frame.length)).toEqual([0, SYNC_FRAME_BYTES_MAX]);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('comes no faster than it is taken: a slow reader slows the sender', async () => {
    const world = makeWorld();
    const { bob, hers } = await joined(world);
    const frameBytes = 64 * 1024;
    let produced = 0;
    bob.serve = async function* () {
      for (; produced < 1_000; produced++) yield new Uint8Array(frameBytes);
    };
    let taken = 0;
    const reading = (async () => {
      for await (const _ of hers.request(ASK, NEVER)) {
        taken++;
        await new Promise<void>((resolve) => world.clock.schedule(10, resolve));
        expect((produced - taken) * frameBytes).toBeLessThanOrEqual(SYNC_WINDOW_BYTES + frameBytes);
      }
    })();
    await world.clock.advance(1_000);
    expect(taken).toBeLessThan(150);
    expect(taken).toBeGreaterThan(50);
    await world.clock.run(reading);
    expect(taken).toBe(1_000);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('of empty frames uses credit too', async () => {
    const world = makeWorld();
    const { bob, hers } = await joined(world);
    let produced = 0;
    bob.serve = async function* () {
      for (; produced < 100_000; produced++) yield new Uint8Array();
    };
    const enough = new AbortController();
    const frames = hers.request(ASK, enough.signal)[Symbol.asyncIterator]();
    await world.clock.run(frames.next());
    await world.clock.advance(1_000);
    expect(produced).toBeLessThanOrEqual(SYNC_WINDOW_BYTES / SYNC_FRAME_OVERHEAD_BYTES + 1);
    enough.abort();
    await world.clock.run(Promise.resolve(frames.return?.()));
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});

describe('a refusal', () => {
  test.each([0, 3])('reaches the requester as its code, after %i frames', async (count) => {
    const world = makeWorld();
    const { bob, hers } = await joined(world);
    bob.serve = async function* () {
      yield* numbered(count);
      throw new RefusalError({ code: 'stale-anchor', detail: 'too old' });
    };
    const got: Uint8Array[] = [];
    const reading = (async () => {
      for await (const frame of hers.request(ASK, NEVER)) got.push(frame);
    })();
    expect(await world.clock.run(codeOf(reading))).toBe('stale-anchor');
    expect(got).toHaveLength(count);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('by a bug of the server is no crash of it: the requester hears that it closed, and the bug is reported', async () => {
    const world = makeWorld();
    const { bob, hers } = await joined(world);
    const bug = new TypeError('a bug');
    bob.serve = () => {
      throw bug;
    };
    expect(await world.clock.run(codeOf(collect(hers.request(ASK, NEVER))))).toBe('closed');
    expect(await world.end()).toEqual({ ...NOTHING_LEFT, bugs: [bug] });
  });
});

describe('walking away', () => {
  test('a requester who stops early stops the server', async () => {
    const world = makeWorld();
    const { bob, hers } = await joined(world);
    let ended = false;
    bob.serve = async function* () {
      try {
        for (;;) yield new Uint8Array(1024);
      } finally {
        ended = true;
      }
    };
    const reading = (async () => {
      for await (const _ of hers.request(ASK, NEVER)) break;
    })();
    await world.clock.run(reading);
    await world.clock.advance(100);
    expect(ended).toBe(true);
    expect(world.hub.openStreams()).toBe(2);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a requester who aborts hears so, and the server’s signal is aborted', async () => {
    const world = makeWorld();
    const { bob, hers } = await joined(world);
    let serverSignal: AbortSignal | undefined;
    bob.serve = (_session, _request, signal) => {
      serverSignal = signal;
      return never(signal);
    };
    const enough = new AbortController();
    const reading = codeOf(collect(hers.request(ASK, enough.signal)));
    await world.clock.advance(100);
    expect(serverSignal?.aborted).toBe(false);
    enough.abort();
    expect(await world.clock.run(reading)).toBe('aborted');
    await world.clock.advance(100);
    expect(serverSignal?.aborted).toBe(true);
    expect(world.hub.openStreams()).toBe(2);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test.each(['the requester', 'the server'])('when %s closes the session, the request ends with it', async (who) => {
    const world = makeWorld();
    const { bob, hers, his } = await joined(world);
    bob.serve = (_session, _request, signal) => never(signal);
    const reading = codeOf(collect(hers.request(ASK, NEVER)));
    await world.clock.advance(100);
    (who === 'the requester' ? hers : his).close('not-a-member');
    expect(await world.clock.run(reading)).toBe('not-a-member');
    await world.clock.advance(100);
    expect(world.hub.openStreams()).toBe(0);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a request on a closed session is refused with the reason of its end', async () => {
    const world = makeWorld();
    const { hers } = await joined(world);
    hers.close('slow-down');
    expect(await world.clock.run(codeOf(collect(hers.request(ASK, NEVER))))).toBe('slow-down');
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a server that says nothing is timed out', async () => {
    const world = makeWorld();
    const { bob, hers } = await joined(world);
    bob.serve = (_session, _request, signal) => never(signal);
    const before = world.clock.now();
    expect(await world.clock.run(codeOf(collect(hers.request(ASK, NEVER))))).toBe('timed-out');
    expect(world.clock.now() - before).toBe(PROTOCOLS.sync.idleLimitMs);
    await world.clock.advance(100);
    expect(world.hub.openStreams()).toBe(2);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a requester that takes nothing more is timed out by the server, which keeps nothing for it', async () => {
    const world = makeWorld();
    const { bob, hers } = await joined(world);
    bob.serve = () => numbered(1_000, 64 * 1024);
    const frames = hers.request(ASK, NEVER)[Symbol.asyncIterator]();
    await world.clock.run(frames.next());
    await world.clock.advance(PROTOCOLS.sync.idleLimitMs + 10_000);
    expect(bob.network.counts().tasks).toBe(0);
    const rest = (async () => {
      while (!(await frames.next()).done);
    })();
    expect(await world.clock.run(codeOf(rest))).not.toBe('not refused');
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});

describe('who may ask', () => {
  test('many requests at once wait their turn, and all are answered', async () => {
    const world = makeWorld();
    const { bob, hers } = await joined(world);
    let now = 0;
    let most = 0;
    bob.serve = async function* () {
      most = Math.max(most, ++now);
      await new Promise<void>((resolve) => world.clock.schedule(50, resolve));
      yield* numbered(1);
      now--;
    };
    const answers = await world.clock.run(Promise.all(Array.from({ length: 100 }, () => collect(hers.request(ASK, NEVER)))));
    expect(answers.map((frames) => frames.length)).toEqual(new Array(100).fill(1));
    expect(most).toBe(REQUESTS_PER_PEER_MAX);
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });

  test('a request may overtake the last frame of the handshake, and is served', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const world = makeWorld(seed);
      world.hub.setFaults({ latencyMs: { min: 0, max: 300 } });
      const [alice, bob] = [world.node('alice'), world.node('bob')];
      bob.serve = () => numbered(2);
      const session = await world.clock.run(alice.net.connect(bob.address, NEVER));
      expect(await world.clock.run(collect(session.request(ASK, NEVER)))).toHaveLength(2);
      expect(await world.end()).toEqual(NOTHING_LEFT);
    }
  });

  test.each([
    { who: 'a stranger', chain: CHAIN, from: 'mallory' },
    { who: 'a peer with a session on another chain', chain: plainSha256(utf8('another chain')), from: 'alice' },
  ])('$who is not answered', async ({ chain, from }) => {
    const world = makeWorld();
    const { alice, bob } = await joined(world);
    let served = 0;
    bob.serve = () => {
      served++;
      return numbered(1);
    };
    const transport = from === 'alice' ? alice.transport : world.hub.transport(from);
    await world.clock.run(transport.dial(bob.address, NEVER));
    const stream = await world.clock.run(transport.open('bob', PROTOCOLS.sync.id, PROTOCOLS.sync, NEVER));
    await stream.send(encode(syncRequestFrame, { type: 'ask', chain, credit: 1000, request: ASK }));
    await expect(world.clock.run(stream.receive())).rejects.toThrow('closed');
    expect(served).toBe(0);
    await transport.close();
    expect(await world.end()).toEqual(NOTHING_LEFT);
  });
});
