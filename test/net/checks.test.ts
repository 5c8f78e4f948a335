/** What the checks of a connection make of what was measured. */
import { describe, expect, test } from 'vitest';
import { isOpenToHttps, readAddress, type ServerAddress } from '../../src/net/addresses.ts';
import { addressFinding, audienceFinding, namedRelaysFinding } from '../../src/net/checks/address-words.ts';
import { clockAhead, clockFinding } from '../../src/net/checks/clock.ts';
import { attention, failed, good, reportText, summaryOf } from '../../src/net/checks/finding.ts';
import { natKind } from '../../src/net/checks/nat.ts';

const CERTHASH = 'uEiAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

function server(text: string): ServerAddress {
  const address = readAddress(text);
  if (address === undefined || !('host' in address)) throw new Error(`${text} is no server`);
  return address;
}

describe('the router on the way', () => {
  const at = (port: number, local = '') => ({ local, address: '192.0.2.7', port });

  test.each([
    ['nobody answered', { mappings: [], sockets: 1, servers: 0 }, 'silent'],
    ['seen as it is', { mappings: [], sockets: 1, servers: 2 }, 'none'],
    ['one server cannot tell', { mappings: [at(5000)], sockets: 1, servers: 1 }, 'unknown'],
    ['one port towards two servers, which browsers report once', { mappings: [at(5000)], sockets: 1, servers: 2 }, 'steady'],
    ['one port towards two servers, reported by each', { mappings: [at(5000, 'a'), at(5000, 'a')], sockets: 1, servers: 2 }, 'steady'],
    ['another port towards each', { mappings: [at(5000), at(5001)], sockets: 1, servers: 2 }, 'changing'],
    [
      'another port towards each, of two sockets',
      { mappings: [at(5000, 'a'), at(5001, 'a'), at(6000, 'b')], sockets: 2, servers: 2 },
      'changing',
    ],
    ['two sockets with a port each', { mappings: [at(5000, 'a'), at(6000, 'b')], sockets: 2, servers: 2 }, 'steady'],
    ['two sockets that the browser hides, two ports', { mappings: [at(5000), at(5001)], sockets: 2, servers: 2 }, 'unknown'],
    ['two sockets that the browser hides, more ports', { mappings: [at(5000), at(5001), at(5002)], sockets: 2, servers: 2 }, 'changing'],
  ] as const)('%s', (_, seen, kind) => {
    expect(natKind(seen)).toBe(kind);
  });
});

describe('the clock', () => {
  const NOON = Date.UTC(2026, 10, 21, 12);

  test('what a cut second and a slow answer explain is no error', () => {
    expect(clockAhead({ theirs: NOON, askedAt: NOON + 900, answeredAt: NOON + 950 })).toBe(0);
    expect(clockAhead({ theirs: NOON, askedAt: NOON - 3_000, answeredAt: NOON + 2_000 })).toBe(0);
  });

  test.each([
    [0, 'good'],
    [20_000, 'attention'],
    [-20_000, 'attention'],
    [86_400_000, 'failed'],
    [-86_400_000, 'failed'],
  ] as const)('off by %d ms: %s', (offMs, state) => {
    const facts = { theirs: NOON, askedAt: NOON + offMs, answeredAt: NOON + offMs + 40 };
    const { state: found, says } = clockFinding(facts, facts.answeredAt, undefined, 'the server');
    expect(found).toBe(state);
    if (state !== 'good') expect(says).toContain(offMs > 0 ? 'ahead' : 'behind');
  });

  test('no right clock is before the newest block, and without anybody’s word it is not known', () => {
    expect(clockFinding(undefined, NOON, NOON + 3_600_000, 'the newest block')).toMatchObject({
      state: 'failed',
      says: 'This device’s clock is 60 minutes behind, by the newest block.',
    });
    expect(clockFinding(undefined, NOON, NOON - 3_600_000, 'the newest block').state).toBe('unknown');
    expect(clockFinding(undefined, NOON, undefined, 'the newest block').state).toBe('unknown');
  });
});

describe('a relay’s addresses', () => {
  const PUBLIC_WS = server('/ip4/192.0.2.1/tcp/9001/ws');
  const PRIVATE_WS = server('/ip4/192.168.1.2/tcp/9001/ws');
  const WSS = server('/dns4/relay.example/tcp/443/tls/ws');
  const DIRECT = server(`/ip4/192.0.2.1/udp/9001/webrtc-direct/certhash/${CERTHASH}`);
  const LOCAL = server('/ip4/127.0.0.1/tcp/9001/ws');

  test('a page that came by https may open no ws:// but to its own machine', () => {
    expect([PUBLIC_WS, PRIVATE_WS, WSS, DIRECT, LOCAL].map(isOpenToHttps)).toEqual([false, false, true, true, true]);
  });

  test('why it was not tried is said in words, with what the operator can do', () => {
    const { state, says, next } = addressFinding({ type: 'in-clear' }, 'ws');
    expect(state).toBe('attention');
    expect(says).toMatch(/came by https.*no unencrypted connection/);
    expect(next).toMatch(/TLS.*webrtc-direct/);
  });

  test('tell whom it is of use to', () => {
    expect(audienceFinding([]).state).toBe('failed');
    expect(audienceFinding([LOCAL]).says).toContain('this very machine');
    expect(audienceFinding([PRIVATE_WS, LOCAL]).says).toContain('its own network');
    expect(audienceFinding([PUBLIC_WS, PRIVATE_WS]).says).toContain('https cannot use it');
    expect(audienceFinding([PUBLIC_WS, DIRECT]).state).toBe('good');
    expect(audienceFinding([WSS]).state).toBe('good');
  });

  test('those that a site names are held against how the page came', () => {
    expect(namedRelaysFinding([], true).state).toBe('attention');
    expect(namedRelaysFinding([[PUBLIC_WS]], false).state).toBe('good');
    expect(namedRelaysFinding([[PUBLIC_WS]], true).state).toBe('failed');
    expect(namedRelaysFinding([[PUBLIC_WS], [PUBLIC_WS, DIRECT]], true).state).toBe('attention');
    expect(namedRelaysFinding([[WSS]], true).state).toBe('good');
  });
});

test('the report has each check under its heading, and one sentence over all', () => {
  const told = [
    { group: 'This device', title: 'Storage', finding: good('Works.') },
    { group: 'Relays', title: 'relay.example: STUN', finding: attention('Silent.', 'Open the port.') },
    { group: 'This device', title: 'Clock', finding: failed('Off.', 'Set it.') },
    { group: 'Relays', title: 'far away', finding: undefined },
  ];
  expect(reportText(['heading', ''], told)).toBe(`heading

1 failed, 1 needs attention.

This device
  good       Storage
             Works.
  failed     Clock
             Off.
             Set it.

Relays
  attention  relay.example: STUN
             Silent.
             Open the port.
  stopped    far away`);
  expect(summaryOf([good('')])).toBe('Nothing is wrong here.');
  expect(summaryOf([good(''), undefined])).toBe('Stopped before all was checked.');
});
