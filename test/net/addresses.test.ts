import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { publicKeyOf } from '../../src/core/base/key.ts';
import { encodeVerifierKey, verifierKey } from '../../src/core/log/verifier-key.ts';
import { readAddress, stunUrl, withoutPeer, withPeer } from '../../src/net/addresses.ts';
import { isPrivateHost } from '../../src/net/private-hosts.ts';
import { RelayBook } from '../../src/net/relay-book.ts';
import { readRelayList, readWitnessKeys, writeRelayList } from '../../src/net/relay-list.ts';
import { hashOf } from '../support/world.ts';

const RELAY = '12D3KooWLcFfWNkQhJTgrNUtpCEGqBLZjKsxLisX8Kmf1urtVJk9';
const PEER = '12D3KooWQwiMPDk42brHJH8UprfDCbfWVnu7qCMUmR1jD4FBsYqP';
const HASH = 'uEiD4ZWccaWqg9VVz08ycEPQ_KMrF1P6Yt5g09LtzlQk4bg';
const WS = '/ip4/192.0.2.7/tcp/9001/ws';
const DIRECT = `/ip4/192.0.2.7/udp/9001/webrtc-direct/certhash/${HASH}`;

describe('an address', () => {
  test.each([
    [WS, { kind: 'ws', host: '192.0.2.7', hostKind: 'ip4', port: 9001 }],
    [`${WS}/p2p/${RELAY}`, { kind: 'ws', host: '192.0.2.7', hostKind: 'ip4', port: 9001 }],
    ['/dns4/Relay.Example/tcp/443/tls/ws', { kind: 'wss', host: 'relay.example', hostKind: 'dns', port: 443 }],
    ['/dns/relay.example/tcp/443/wss', { kind: 'wss', host: 'relay.example', hostKind: 'dns', port: 443 }],
    ['/ip6/2001:db8::1/tcp/9001/ws', { kind: 'ws', host: '2001:db8::1', hostKind: 'ip6', port: 9001 }],
    [DIRECT, { kind: 'webrtc-direct', host: '192.0.2.7', hostKind: 'ip4', port: 9001 }],
  ])('of a server: %s', (text, expected) => {
    expect(readAddress(text)).toEqual(expected);
  });

  test.each([
    [`/p2p/${RELAY}/p2p-circuit`, { kind: 'circuit', relay: RELAY, server: undefined }],
    [`/p2p/${RELAY}/p2p-circuit/webrtc/p2p/${PEER}`, { kind: 'circuit-webrtc', relay: RELAY, server: undefined }],
    [`${WS}/p2p/${RELAY}/p2p-circuit/p2p/${PEER}`, { kind: 'circuit', relay: RELAY, server: readAddress(WS) }],
    [`${DIRECT}/p2p/${RELAY}/p2p-circuit/webrtc`, { kind: 'circuit-webrtc', relay: RELAY, server: readAddress(DIRECT) }],
  ])('of a browser behind a relay: %s', (text, expected) => {
    expect(readAddress(text)).toEqual(expected);
  });

  test.each([
    // libp2p would ask a third party's DNS service over HTTPS.
    '/dnsaddr/bootstrap.example',
    `/dnsaddr/relay.example/p2p/${RELAY}`,
    `/dnsaddr/relay.example/p2p/${RELAY}/p2p-circuit`,
    '/ip4/192.0.2.7/tcp/9001',
    '/ip4/192.0.2.7/tcp/0/ws',
    '/ip4/192.0.2.7/udp/9001/quic-v1',
    '/ip4/192.0.2.7/udp/9001/webrtc-direct',
    '/ip4/192.0.2.7/tcp/9001/ws/p2p-circuit',
    `${WS}/p2p/${RELAY}/p2p-circuit/p2p/${PEER}/p2p-circuit`,
    `/webrtc/p2p/${PEER}`,
    '/unix/%2Ftmp%2Fsocket/ws',
    'ws://192.0.2.7:9001',
    '',
  ])('that is not dialled here: %s', (text) => {
    expect(readAddress(text)).toBeUndefined();
  });

  test('of any text is read or refused, never thrown over', () => {
    const word = fc.constantFrom(
      'ip4',
      '192.0.2.7',
      'tcp',
      'udp',
      '9001',
      'ws',
      'p2p',
      RELAY,
      'p2p-circuit',
      'webrtc',
      'certhash',
      HASH,
      '',
      'x',
    );
    const texts = fc.oneof(
      fc.string(),
      fc.array(word, { maxLength: 12 }).map((words) => `/${words.join('/')}`),
    );
    fc.assert(fc.property(texts, (text) => void readAddress(text)));
    expect(readAddress(WS.padEnd(100_000, '/'))).toBeUndefined();
  });

  test('has its peer at the end for dialling, and not when it is passed on', () => {
    expect(withPeer(WS, RELAY)).toBe(`${WS}/p2p/${RELAY}`);
    expect(withPeer(`${WS}/p2p/${RELAY}`, RELAY)).toBe(`${WS}/p2p/${RELAY}`);
    expect(withoutPeer(`${WS}/p2p/${RELAY}`, RELAY)).toBe(WS);
    expect(withoutPeer(`${WS}/p2p/${RELAY}`, PEER)).toBe(`${WS}/p2p/${RELAY}`);
  });
});

describe('a relay’s STUN', () => {
  test('is on the UDP port after its own', () => {
    expect(stunUrl([WS])).toBe('stun:192.0.2.7:9002');
    expect(stunUrl(['/ip6/2001:db8::1/tcp/9001/ws'])).toBe('stun:[2001:db8::1]:9002');
  });

  test('goes by webrtc-direct where there is one: a proxy may stand before the WebSocket', () => {
    expect(stunUrl(['/dns4/relay.example/tcp/443/tls/ws', DIRECT])).toBe('stun:192.0.2.7:9002');
  });

  test('is nowhere without an address, or after the last port', () => {
    expect(stunUrl([])).toBeUndefined();
    expect(stunUrl([`/p2p/${RELAY}/p2p-circuit`])).toBeUndefined();
    expect(stunUrl(['/ip4/192.0.2.7/tcp/65535/ws'])).toBeUndefined();
  });
});

test.each([
  ['127.0.0.1', true],
  ['10.1.2.3', true],
  ['172.31.0.1', true],
  ['172.32.0.1', false],
  ['192.168.1.1', true],
  ['169.254.169.254', true],
  ['100.64.0.1', true],
  ['0.0.0.0', true],
  ['224.0.0.1', true],
  ['192.0.2.7', false],
  ['8.8.8.8', false],
])('%s is private: %s', (host, expected) => {
  expect(isPrivateHost({ host, hostKind: 'ip4' })).toBe(expected);
});

test.each([
  ['ip6', '::1', true],
  ['ip6', '::', true],
  ['ip6', 'fd00::1', true],
  ['ip6', 'fe80::1', true],
  ['ip6', '::ffff:10.0.0.1', true],
  ['ip6', '2001:db8::1', false],
  ['dns', 'localhost', true],
  ['dns', 'router.local', true],
  ['dns', 'nas.home.arpa', true],
  ['dns', 'relay.example', false],
] as const)('%s %s is private: %s', (hostKind, host, expected) => {
  expect(isPrivateHost({ host, hostKind })).toBe(expected);
});

describe('a page dials', () => {
  const home = { peer: RELAY, addresses: ['/ip4/192.168.1.5/tcp/9001/ws'] };

  test('public and encrypted addresses', () => {
    const book = new RelayBook();
    expect(
      [DIRECT, '/dns4/relay.example/tcp/443/tls/ws', `/p2p/${RELAY}/p2p-circuit/webrtc/p2p/${PEER}`].map((text) => book.allows(text)),
    ).toEqual([true, true, true]);
  });

  test('nothing in the clear, of its own machine or network that no link named', () => {
    const book = new RelayBook([home]);
    const refused = [
      WS,
      '/ip4/127.0.0.1/tcp/9001/ws',
      '/ip4/192.168.1.1/tcp/443/tls/ws',
      '/ip4/192.168.1.5/tcp/8080/ws',
      `/ip4/10.0.0.1/udp/9001/webrtc-direct/certhash/${HASH}`,
      `/ip4/127.0.0.1/tcp/22/ws/p2p/${RELAY}/p2p-circuit`,
      '/dnsaddr/relay.example',
    ];
    expect(refused.filter((text) => book.allows(text))).toEqual([]);
  });

  test('a relay of a link wherever it is, by each of its transports', () => {
    const book = new RelayBook();
    const direct = `/ip4/192.168.1.5/udp/9001/webrtc-direct/certhash/${HASH}`;
    expect([...home.addresses, direct].map((text) => book.allows(text))).toEqual([false, false]);
    book.add(home);
    expect([...home.addresses, direct].map((text) => book.allows(text))).toEqual([true, true]);
  });
});

describe('where a chain says that its validators are', () => {
  const validator = (i: number) => ({ peer: `${PEER}${i}`, addresses: [`/ip4/10.0.0.${i}/tcp/9001/ws`] });
  const allowed = (book: RelayBook) =>
    Array.from({ length: 200 }, (_, i) => validator(i)).filter(({ addresses: [text = ''] }) => book.allows(text));

  test('may be dialled, without asking STUN of them', () => {
    const relay = { peer: RELAY, addresses: [WS] };
    const book = new RelayBook([relay]);
    book.vouchFor(validator(7));
    expect(allowed(book)).toEqual([validator(7)]);
    book.vouchFor({ ...validator(8), peer: validator(7).peer });
    expect(allowed(book)).toEqual([validator(8)]);
    expect(book.stunUrls()).toEqual(new RelayBook([relay]).stunUrls());
  });

  test('is remembered of the latest 64', () => {
    const book = new RelayBook();
    for (let i = 0; i < 200; i++) book.vouchFor(validator(i));
    expect(allowed(book)).toHaveLength(64);
  });
});

describe('a page asks the STUN', () => {
  test('of nobody, then of its own relays, the latest first, of three at most', () => {
    const book = new RelayBook();
    expect(book.stunUrls()).toEqual([]);
    for (let i = 1; i <= 5; i++) book.add({ peer: `${RELAY}${i}`, addresses: [`/ip4/192.0.2.${i}/tcp/9001/ws`] });
    book.add({ peer: `${RELAY}2`, addresses: [] });
    expect(book.stunUrls()).toEqual(['stun:192.0.2.2:9002', 'stun:192.0.2.5:9002', 'stun:192.0.2.4:9002']);
  });

  test('of no more relays than it remembers, however many it hears of', () => {
    const book = new RelayBook();
    for (let i = 0; i < 200; i++) book.add({ peer: `${i}`, addresses: [`/ip4/10.0.0.${i}/tcp/9001/ws`] });
    expect(Array.from({ length: 200 }, (_, i) => book.allows(`/ip4/10.0.0.${i}/tcp/9001/ws`)).filter(Boolean)).toHaveLength(64);
  });
});

describe('latchkey.json', () => {
  const relay = { peer: RELAY, addresses: [WS, DIRECT] };

  test('is read as it is written', () => {
    expect(readRelayList(writeRelayList([relay]))).toEqual({ ok: true, value: [relay] });
    expect(readRelayList('{ "relays": [] }')).toEqual({ ok: true, value: [] });
  });

  test('may name public witnesses; what is no key of one is left out', () => {
    const key = verifierKey('witness.example/w1', 'cosignature', publicKeyOf(hashOf('witness')));
    expect(readWitnessKeys(writeRelayList([relay], [key]))).toEqual([key]);
    expect(readRelayList(writeRelayList([relay], [key]))).toEqual({ ok: true, value: [relay] });
    const log = encodeVerifierKey(verifierKey('log.example', 'note', publicKeyOf(hashOf('log'))));
    const list = JSON.stringify({ relays: [], witnesses: [log, 7, 'x+y', ...Array(20).fill(encodeVerifierKey(key))] });
    expect(readWitnessKeys(list)).toHaveLength(13);
    expect(readWitnessKeys(writeRelayList([relay]))).toEqual([]);
  });

  test('may name addresses that this page does not know, which it leaves out', () => {
    const list = JSON.stringify({
      relays: [{ peer: RELAY, addresses: [WS, '/ip4/192.0.2.7/udp/9001/quic-v1', 7], since: 2026 }],
      more: true,
    });
    expect(readRelayList(list)).toEqual({ ok: true, value: [{ peer: RELAY, addresses: [WS] }] });
  });

  test.each(['', 'null', '[]', '{}', '{"relays":{}}', '{"relays":[{}]}', '{"relays":[{"peer":"x","addresses":[]}]}', '<!doctype html>'])(
    'is refused as %s',
    (text) => {
      expect(readRelayList(text)).toMatchObject({ ok: false, refusal: { code: 'malformed' } });
    },
  );

  test('is refused when it is larger than any list', () => {
    expect(readRelayList(' '.repeat(20_000))).toMatchObject({ ok: false, refusal: { code: 'too-large' } });
  });
});
