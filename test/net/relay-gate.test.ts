/** Who gets a place on a relay, who waits, and who is told no: with strangers, guests of an open link, and members at one door. */
import { describe, expect, test } from 'vitest';
import { addressGroup } from '../../src/net/address-book.ts';
import {
  ADDRESS_CONNECTIONS,
  ADDRESS_CONNECTIONS_MAX,
  ADDRESS_PENDING_MAX,
  PROOF_PATIENCE_MS,
  PROTOCOLS,
  SCORE_BAN_MS,
  SCORE_COSTS,
  SCORE_MAX,
  STANDING_GRACE_MS,
  STRANGERS_CONNECTIONS_MAX,
} from '../../src/net/protocols.ts';
import { RelayGate, type Service, type Standing } from '../../src/net/relay-gate.ts';
import { ManualClock } from './manual-clock.ts';

const PLACES = 10;

function door(serves: Service = 'members', sharedAddresses: readonly string[] = ['192.0.2.1']) {
  const clock = new ManualClock();
  const gate = new RelayGate({ clock, serves, sharedAddresses, reservationsMax: PLACES });
  const released: string[] = [];
  const cut: string[] = [];
  gate.guard({
    release: (peer) => released.push(peer),
    disconnect: (peer) => {
      cut.push(peer);
      gate.closed(peer, '192.0.2.1');
    },
  });
  const come = (peer: string, standing: Standing = 'stranger') => {
    gate.opened(peer, '192.0.2.1');
    gate.stands(peer, standing);
  };
  const ask = (peer: string) => clock.run(gate.reserve(peer));
  const askAll = async (name: string, standing: Standing, count: number) => {
    const answers = [];
    for (let i = 0; i < count; i++) {
      come(`${name} ${i}`, standing);
      answers.push(await ask(`${name} ${i}`));
    }
    return answers.filter((answer) => answer === undefined).length;
  };
  return { clock, gate, released, cut, come, ask, askAll };
}

/** Connects and opens at once. */
function comes(gate: RelayGate, host: string): boolean {
  const admitted = gate.admits(host);
  if (admitted) gate.settled(host);
  return admitted;
}

describe('a place on a relay', () => {
  test('is given to a newcomer that asks first and proves its invitation a moment later', async () => {
    const { clock, gate, come } = door();
    come('bob');
    const asked = gate.reserve('bob');
    await clock.advance(PROOF_PATIENCE_MS / 2);
    gate.stands('bob', 'guest');
    expect(await asked).toBeUndefined();
    expect(gate.counts()).toMatchObject({ places: 1, waiting: 0 });
  });

  test('is refused to a stranger in words, and a circuit too', async () => {
    const { clock, gate, come, ask } = door();
    come('mallory');
    expect(await ask('mallory')).toBe('not-a-member');
    expect(await clock.run(gate.connect('mallory'))).toBe('not-a-member');
    come('alice', 'member');
    expect(await clock.run(gate.connect('alice'))).toBeUndefined();
    expect(clock.waiting).toBe(0);
  });

  test('is there for members, however many strangers and guests of an open link came before', async () => {
    const { askAll } = door('all');
    expect(await askAll('stranger', 'stranger', 20)).toBe(2);
    expect(await askAll('guest', 'guest', 20)).toBe(4);
    expect(await askAll('member', 'member', 20)).toBe(PLACES - 6);
  });

  test('is free again once its holder has gone, whatever connections it had', async () => {
    const { gate, released, come, ask } = door();
    come('alice', 'member');
    gate.opened('alice', '192.0.2.1');
    expect(await ask('alice')).toBeUndefined();
    gate.closed('alice', '192.0.2.1');
    expect(released).toEqual([]);
    gate.closed('alice', '192.0.2.1');
    expect(released).toEqual(['alice']);
    expect(gate.counts()).toMatchObject({ connected: 0, places: 0 });
  });

  test('outlives a session that breaks off and comes back, and ends where it does not', async () => {
    const { clock, gate, released, come, ask } = door();
    come('alice', 'member');
    await ask('alice');
    gate.stands('alice', 'stranger');
    await clock.advance(STANDING_GRACE_MS - 1);
    gate.stands('alice', 'member');
    await clock.advance(STANDING_GRACE_MS);
    expect(released).toEqual([]);
    gate.stands('alice', 'stranger');
    await clock.advance(STANDING_GRACE_MS);
    expect(released).toEqual(['alice']);
    expect(await ask('alice')).toBe('not-a-member');
  });

  test('is asked for too often: slow down, and in the end the connection goes', async () => {
    const { clock, gate, cut, come } = door();
    come('alice', 'member');
    const { burst } = PROTOCOLS.circuit.budget.streams;
    for (let i = 0; i < burst; i++) expect(await gate.connect('alice')).toBeUndefined();
    for (let i = 0; i < SCORE_MAX / SCORE_COSTS.overBudget; i++) expect(await gate.connect('alice')).toBe('slow-down');
    expect(cut).toEqual(['alice']);
    come('alice', 'member');
    expect(await gate.reserve('alice')).toBe('slow-down');
    await clock.advance(SCORE_BAN_MS);
    expect(await gate.reserve('alice')).toBeUndefined();
  });
});

describe('a flood of strangers', () => {
  test('pushes out itself: the oldest that has proved nothing goes, members stay', async () => {
    const { clock, gate, cut, come } = door();
    come('alice', 'member');
    for (let i = 0; i < STRANGERS_CONNECTIONS_MAX; i++) come(`stranger ${i}`);
    expect(cut).toEqual([]);
    come('too soon');
    expect(cut).toEqual(['too soon']);
    await clock.advance(PROOF_PATIENCE_MS + 1);
    come('bob');
    gate.stands('bob', 'guest');
    expect(cut).toEqual(['too soon', 'stranger 0']);
    expect(gate.counts().connected).toBe(STRANGERS_CONNECTIONS_MAX + 1);
  });

  test('from one address is refused before anything is read, while others come and go', async () => {
    const { clock, gate } = door();
    for (let i = 0; i < ADDRESS_CONNECTIONS.burst; i++) expect(comes(gate, '198.51.100.7')).toBe(true);
    expect(gate.admits('198.51.100.7')).toBe(false);
    expect(gate.admits('198.51.100.8')).toBe(true);
    await clock.advance(1_000);
    expect(gate.admits('198.51.100.7')).toBe(true);
    for (let i = 0; i < ADDRESS_CONNECTIONS_MAX; i++) gate.opened(`peer ${i}`, '203.0.113.5');
    expect(gate.admits('203.0.113.5')).toBe(false);
    gate.closed('peer 0', '203.0.113.5');
    expect(gate.admits('203.0.113.5')).toBe(true);
  });

  test('that connects and says nothing takes a share of the waiting places alone', () => {
    const { gate } = door();
    for (let i = 0; i < ADDRESS_PENDING_MAX; i++) expect(gate.admits('198.51.100.7')).toBe(true);
    expect([gate.admits('198.51.100.7'), gate.admits('198.51.100.8')]).toEqual([false, true]);
    gate.settled('198.51.100.7');
    expect(gate.admits('198.51.100.7')).toBe(true);
  });

  test('under ever new names loses its address, which a proxy before the relay never does', async () => {
    const { clock, gate } = door();
    const misbehave = (host: string) => {
      for (let i = 0; i < 40; i++) {
        gate.opened(`${host} ${i}`, host);
        gate.misbehaved(`${host} ${i}`, 'malformed');
        gate.closed(`${host} ${i}`, host);
      }
    };
    misbehave('198.51.100.7');
    misbehave('192.0.2.1');
    expect([gate.admits('198.51.100.7'), gate.admits('192.0.2.1')]).toEqual([false, true]);
    await clock.advance(SCORE_BAN_MS);
    expect(gate.admits('198.51.100.7')).toBe(true);
  });
});

test('a proxy in a private network stands for many, where the operator says so', () => {
  const flood = (gate: RelayGate, host: string) =>
    Array.from({ length: ADDRESS_CONNECTIONS.burst + 1 }, () => comes(gate, host)).every(Boolean);
  expect(flood(door('members', ['private']).gate, '172.18.0.2')).toBe(true);
  expect(flood(door('members', ['private']).gate, '::ffff:172.18.0.2')).toBe(true);
  expect(flood(door('members', ['private']).gate, '198.51.100.7')).toBe(false);
  expect(flood(door().gate, '172.18.0.2')).toBe(false);
});

test.each([
  ['198.51.100.7', '198.51.100.7'],
  ['::ffff:198.51.100.7', '198.51.100.7'],
  ['2001:db8:0:1:aaaa:bbbb:cccc:dddd', '2001:db8:0:1::'],
  ['2001:DB8:0000:0001::5', '2001:db8:0:1::'],
  ['::1', '0:0:0:0::'],
])('%s counts as %s', (host, group) => {
  expect(addressGroup(host)).toBe(group);
});
