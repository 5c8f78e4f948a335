/** Asking a relay to host a chain: one request, one answer, before any chain exists. */
import { expect, test } from 'vitest';
import { utf8 } from '../../src/core/base/bytes.ts';
import { HOST_MESSAGE_BYTES_MAX } from '../../src/core/base/limits.ts';
import { RefusalError } from '../../src/core/base/result.ts';
import { PROTOCOLS } from '../../src/net/protocols.ts';
import { codeOf, makeWorld, NEVER, NOTHING_LEFT, type TestNode } from './kit.ts';

const REQUEST = utf8('host me');

function ask(founder: TestNode, relay: TestNode, request = REQUEST, signal: AbortSignal = NEVER) {
  return founder.network.host(relay.address, request, signal);
}

test('a relay answers who asks, and hears who it is', async () => {
  const world = makeWorld();
  const [founder, relay] = [world.node('founder'), world.node('relay')];
  const asked: unknown[] = [];
  relay.network.serveHost({
    hostRequested: async (peer, request) => {
      asked.push([peer, request]);
      return utf8('gladly');
    },
  });
  expect(await world.clock.run(ask(founder, relay))).toEqual(utf8('gladly'));
  expect(asked).toEqual([['founder', REQUEST]]);
  expect(await world.end()).toEqual(NOTHING_LEFT);
});

test('the largest request and the largest answer fit', async () => {
  const world = makeWorld();
  const [founder, relay] = [world.node('founder'), world.node('relay')];
  relay.network.serveHost({ hostRequested: async (_, request) => request });
  const largest = new Uint8Array(HOST_MESSAGE_BYTES_MAX).fill(7);
  expect(await world.clock.run(ask(founder, relay, largest))).toEqual(largest);
  expect(await world.end()).toEqual(NOTHING_LEFT);
});

test('a process without the service refuses, and so does one that has given it up', async () => {
  const world = makeWorld();
  const [founder, relay] = [world.node('founder'), world.node('relay')];
  expect(await world.clock.run(codeOf(ask(founder, relay)))).toBe('hosting-refused');
  relay.network.serveHost({ hostRequested: async () => utf8('gladly') });
  relay.network.serveHost(undefined);
  expect(await world.clock.run(codeOf(ask(founder, relay)))).toBe('hosting-refused');
  expect(await world.end()).toEqual(NOTHING_LEFT);
});

test('the service’s refusal reaches the founder; its bug does so as a closed stream, and is reported', async () => {
  const world = makeWorld();
  const [founder, relay] = [world.node('founder'), world.node('relay')];
  const bug = new TypeError('a bug');
  const errors = [new RefusalError({ code: 'wrong-genesis', detail: 'not signed' }), bug];
  relay.network.serveHost({ hostRequested: () => Promise.reject(errors.shift()) });
  expect(await world.clock.run(codeOf(ask(founder, relay)))).toBe('wrong-genesis');
  expect(await world.clock.run(codeOf(ask(founder, relay)))).toBe('closed');
  expect(await world.end()).toEqual({ ...NOTHING_LEFT, bugs: [bug] });
});

test('a relay that is away is no-relay, one that never answers is timed out, and the founder may give up', async () => {
  const world = makeWorld();
  const [founder, relay] = [world.node('founder'), world.node('relay')];
  expect(await world.clock.run(codeOf(founder.network.host({ peer: 'nobody', addresses: [] }, REQUEST, NEVER)))).toBe('no-relay');
  const signals: AbortSignal[] = [];
  relay.network.serveHost({
    hostRequested: (_peer, _request, signal) => {
      signals.push(signal);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));
    },
  });
  const before = world.clock.now();
  expect(await world.clock.run(codeOf(ask(founder, relay)))).toBe('timed-out');
  expect(world.clock.now() - before).toBe(PROTOCOLS.host.timeLimitMs);
  const enough = new AbortController();
  const asking = codeOf(ask(founder, relay, REQUEST, enough.signal));
  await world.clock.advance(100);
  enough.abort();
  expect(await world.clock.run(asking)).toBe('aborted');
  await world.clock.advance(PROTOCOLS.host.timeLimitMs);
  expect(signals.map((signal) => signal.aborted)).toEqual([true, true]);
  expect(await world.end()).toEqual(NOTHING_LEFT);
});

test('who asks all the time is answered no more', async () => {
  const world = makeWorld();
  const [founder, relay] = [world.node('founder'), world.node('relay')];
  let answered = 0;
  relay.network.serveHost({
    hostRequested: async () => {
      answered++;
      return utf8('gladly');
    },
  });
  for (let i = 0; i < 200; i++) await world.clock.run(codeOf(ask(founder, relay)));
  expect(answered).toBe(PROTOCOLS.host.budget.streams.burst);
  expect(relay.transport.path('founder')).toBeUndefined();
  await world.clock.advance(10 * 60_000);
  expect(await world.clock.run(ask(founder, relay))).toEqual(utf8('gladly'));
  expect(await world.end()).toEqual(NOTHING_LEFT);
});

test('hosting is not asked for over a circuit', async () => {
  const world = makeWorld();
  const [founder, relay] = [world.node('founder'), world.node('relay')];
  relay.network.serveHost({ hostRequested: async () => utf8('gladly') });
  world.hub.setPath('founder', 'relay', 'relayed');
  expect(await world.clock.run(codeOf(ask(founder, relay)))).toBe('closed');
  expect(await world.end()).toEqual(NOTHING_LEFT);
});
