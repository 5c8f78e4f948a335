/** Addresses and peer ids in links, held against libp2p's own reading of them. */
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { linkAddress } from '../../src/core/codec/address.ts';
import { decode, encode } from '../../src/core/codec/codec.ts';
import { printIp4, printIp6, readIp4, readIp6 } from '../../src/core/codec/ip.ts';
import { linkPeer } from '../../src/core/codec/peer.ts';

const CERTHASH = 'uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g';

describe('addresses', () => {
  test.each([
    ['/ip4/203.0.113.7/tcp/9001/ws', 11],
    ['/ip4/127.0.0.1/tcp/0/ws', 9],
    ['/ip6/2001:db8::1/tcp/443/wss', 23],
    ['/dns4/relay.example.org/tcp/443/wss', 24],
    ['/dns6/relay.example.org/tcp/443/tls/ws', 24],
    ['/dns/localhost/tcp/9001/ws', 16],
    [`/ip4/203.0.113.7/udp/9001/webrtc-direct/certhash/${CERTHASH}`, 45],
    [`/ip6/::1/udp/65535/webrtc-direct/certhash/${CERTHASH}`, 57],
  ])('%s takes %d bytes, and libp2p spells it the same', (text, size) => {
    expect(multiaddr(text).toString()).toBe(text);
    const bytes = encode(linkAddress, text);
    expect(bytes.length).toBe(size);
    expect(unwrap(decode(linkAddress, bytes, 300))).toBe(text);
  });

  test.each([
    '/ip4/203.0.113.007/tcp/9001/ws',
    '/ip4/203.0.113.7/tcp/09001/ws',
    '/ip4/203.0.113.7/tcp/65536/ws',
    '/ip4/203.0.113.7/tcp/9001',
    '/ip4/203.0.113.7/udp/9001/ws',
    '/ip4/203.0.113.7/tcp/9001/ws/p2p-circuit',
    '/ip4/256.0.113.7/tcp/9001/ws',
    '/ip6/2001:DB8::1/tcp/443/wss',
    '/ip6/0:0:0:0:0:0:0:1/tcp/443/wss',
    '/ip6/::ffff:1.2.3.4/tcp/443/wss',
    '/dns4/a..b/tcp/443/wss',
    '/dns4/bücher.example/tcp/443/wss',
    '/dns4//tcp/443/wss',
    '/ip4/203.0.113.7/tcp//ws',
    '/ip4/203.0.113.7/tcp/1e3/ws',
    '/ip4/203.0.113.7/udp/9001/webrtc-direct',
    `/ip4/203.0.113.7/udp/9001/webrtc-direct/certhash/z${CERTHASH.slice(1)}`,
    `/ip4/203.0.113.7/udp/9001/webrtc-direct/certhash/${CERTHASH}/certhash/${CERTHASH}`,
    '/unix/tmp/socket',
    '//',
    '/x',
  ])('%s comes back as it was', (text) => {
    expect(unwrap(decode(linkAddress, encode(linkAddress, text), 300))).toBe(text);
  });

  test('random hosts and ports come back', () => {
    const ip4 = fc.ipV4().map((ip) => `/ip4/${ip}`);
    const ip6 = fc.ipV6().map((ip) => `/ip6/${ip}`);
    const dns = fc.domain().map((name) => `/dns4/${name}`);
    const tail = fc.constantFrom('ws', 'wss', 'tls/ws', 'quic');
    fc.assert(
      fc.property(fc.oneof(ip4, ip6, dns), fc.nat({ max: 70_000 }), tail, (host, port, end) => {
        const text = `${host}/tcp/${port}/${end}`;
        if (text.length <= 256) expect(unwrap(decode(linkAddress, encode(linkAddress, text), 300))).toBe(text);
      }),
      { seed: 31, numRuns: 500 },
    );
  });
});

describe('peer ids', () => {
  test('of Ed25519 keys take their 32 key bytes', async () => {
    for (let i = 0; i < 5; i++) {
      const key = await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(i));
      const text = peerIdFromPrivateKey(key).toString();
      const bytes = encode(linkPeer, text);
      expect(toHex(bytes)).toBe(`5820${toHex(key.publicKey.raw)}`);
      expect(unwrap(decode(linkPeer, bytes, 200))).toBe(text);
    }
  });

  test.each([
    'QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N',
    '16Uiu2HAm9z1Xv',
    '12D3KooW',
    '12D3KooW0OIl',
    'bafzaajaiaejca',
    'x'.repeat(128),
  ])('%s stays text', (text) => {
    expect(unwrap(decode(linkPeer, encode(linkPeer, text), 200))).toBe(text);
  });
});

describe('IP addresses', () => {
  test.each([
    ['2001:db8::1', '20010db8000000000000000000000001'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['1::', '00010000000000000000000000000000'],
    // RFC 5952 §4.2.2 and §4.2.3: one zero group is not shortened; of equal runs the first is.
    ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001'],
    ['2001:db8::1:0:0:1', '20010db8000000000001000000000001'],
    ['2001:0:0:1::1', '20010000000000010000000000000001'],
  ])('%s', (text, hex) => {
    const bytes = readIp6(text);
    expect(toHex(bytes ?? new Uint8Array(0))).toBe(hex);
    expect(printIp6(bytes ?? new Uint8Array(0))).toBe(text);
  });

  test.each([
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::g',
    '::12345',
    '1:2:3:4::5:6:7:8',
    '::1.2.3.4',
    'fe80::1%eth0',
  ])('"%s" is no IPv6 address', (text) => {
    expect(readIp6(text)).toBeUndefined();
  });

  test.each(['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '1.2.3.', 'a.b.c.d', '1.2.3.-4', '1.2.3.4e1', '0x1.2.3.4'])(
    '"%s" is no IPv4 address',
    (text) => {
      expect(readIp4(text)).toBeUndefined();
    },
  );

  test('only the right number of bytes prints', () => {
    expect(printIp4(Uint8Array.of(1, 2, 3))).toBeUndefined();
    expect(printIp6(new Uint8Array(15))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        expect(toHex(readIp6(printIp6(bytes) ?? '') ?? new Uint8Array(0))).toBe(toHex(bytes));
        expect(toHex(readIp4(printIp4(bytes.subarray(0, 4)) ?? '') ?? new Uint8Array(0))).toBe(toHex(bytes.subarray(0, 4)));
      }),
      { seed: 32, numRuns: 300 },
    );
  });
});
