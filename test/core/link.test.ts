import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, toHex } from '../../src/core/base/bytes.ts';
import { type Hash, TAGS, taggedHash } from '../../src/core/base/hash.ts';
import { publicKeyOf } from '../../src/core/base/key.ts';
import { LINK_ADDRESSES_MAX, LINK_BYTES_MAX, LINK_RELAYS_MAX } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { type Cbor, decodeCbor, encodeCbor } from '../../src/core/codec/cbor.ts';
import { decodeLink, encodeLink, fitLink, type InvitationLink, inviteKeySeed, LINK_BYTES_AIM } from '../../src/core/codec/link.ts';
import { linkToCode, linkToJson, linkToUrl, parseLink } from '../../src/core/codec/link-text.ts';
import { ROLES } from '../../src/core/codec/primitives.ts';

const hashOf = (n: number) => new Uint8Array(32).fill(n) as Hash;
const PEER = '12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X';
const OTHER_PEER = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp';
const WEBRTC_DIRECT = '/ip4/203.0.113.7/udp/9001/webrtc-direct/certhash/uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g';

const garden: InvitationLink = {
  chain: hashOf(1),
  chainName: 'Neighbourhood garden',
  inviter: 'Ana Kovač',
  role: 'writer',
  reusable: false,
  shared: true,
  seed: new Uint8Array(16).fill(3),
  anchor: { block: hashOf(2), height: 123_456, issued: 1_795_000_000_000 },
  relays: [{ peer: PEER, addresses: ['/ip4/203.0.113.7/tcp/9001/ws', WEBRTC_DIRECT] }],
  networkKey: undefined,
};

/** Puts the right checksum under any payload. */
const withChecksum = (payload: Uint8Array) => concat(payload, taggedHash(TAGS.linkChecksum, payload).subarray(0, 4));
const payloadOf = (link: InvitationLink) => decodeCbor(encodeLink(link).slice(0, -4), LINK_BYTES_MAX);
const withField = (at: number, value: Cbor) => {
  const payload = unwrap(payloadOf(garden));
  if (!Array.isArray(payload)) throw new Error('a link is a list');
  return withChecksum(encodeCbor(payload.with(at, value)));
};

const address = fc.oneof(
  fc.constantFrom(
    '/ip4/127.0.0.1/tcp/80/ws',
    '/dns4/relay.example.org/tcp/443/wss',
    '/ip6/2001:db8::1/tcp/443/tls/ws',
    WEBRTC_DIRECT,
    '/unix/odd',
    '/ip4/01.2.3.4/tcp/1/ws',
  ),
  fc.string({ minLength: 1, maxLength: 60 }).map((text) => `/${text.replace(/[\s\p{C}]/gu, 'x') || 'x'}`),
);
const peer = fc.oneof(fc.constantFrom(PEER, OTHER_PEER), fc.stringMatching(/^[A-Za-z0-9]{40,60}$/));
const name = fc.string({ unit: 'grapheme', maxLength: 12 });
const anyHash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes as Hash);
const anyLink: fc.Arbitrary<InvitationLink> = fc.record({
  chain: anyHash,
  chainName: name,
  inviter: name,
  role: fc.constantFrom(...ROLES),
  reusable: fc.boolean(),
  shared: fc.boolean(),
  seed: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  anchor: fc.record({ block: anyHash, height: fc.maxSafeNat(), issued: fc.maxSafeNat() }),
  relays: fc.uniqueArray(fc.record({ peer, addresses: fc.array(address, { maxLength: 4 }) }), {
    maxLength: 4,
    selector: (relay) => relay.peer,
  }),
  networkKey: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined }),
});

describe('a link', () => {
  test('comes back whole from bytes, code, URL, fragment and JSON', () => {
    fc.assert(
      fc.property(anyLink, (link) => {
        expect(unwrap(decodeLink(encodeLink(link)))).toEqual(link);
        const code = linkToCode(link);
        const url = linkToUrl(link, 'https://example.org/latchkey/?lang=en#old');
        for (const form of [code, url, url.slice(url.indexOf('#')), `j=${code}`, linkToJson(link)]) {
          expect(unwrap(parseLink(`\n\t ${form} \r\n`))).toEqual(link);
        }
      }),
      { seed: 21, numRuns: 120 },
    );
  });

  test('is frozen in its bytes', () => {
    expect(linkToCode(garden)).toMatchInlineSnapshot(
      `"iwFYIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBdE5laWdoYm91cmhvb2QgZ2FyZGVuakFuYSBLb3ZhxI0CAAFQAwMDAwMDAwMDAwMDAwMDA4NYIAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICGgAB4kAbAAABoe5WXgCBglggzswVB9wd3XKVlRwpCIjwla25BE0bc9aW5t8GXWg71PyCgwFFBMsAcQcZIymEBEUEywBxBxkjKVggw6uP8Tcg6K2QR905Rms8iXTlksL6OD1KOWBxTK7wxPKAkS8JOQ"`,
    );
    expect(
      linkToCode({ ...garden, role: 'federation', reusable: true, shared: false, relays: [], networkKey: new Uint8Array(32).fill(9) }),
    ).toMatchInlineSnapshot(
      `"iwFYIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBdE5laWdoYm91cmhvb2QgZ2FyZGVuakFuYSBLb3ZhxI0DAQBQAwMDAwMDAwMDAwMDAwMDA4NYIAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICGgAB4kAbAAABoe5WXgCAgVggCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQmty1tW"`,
    );
  });

  test('has at most 300 bytes with one relay at two addresses', () => {
    expect(encodeLink(garden).length).toBeLessThanOrEqual(240);
    const long = { ...garden, chainName: 'Ж'.repeat(50), inviter: '村'.repeat(33), networkKey: hashOf(9) };
    for (const host of ['/ip4/203.0.113.7', '/ip6/2001:db8:1:2:3:4:5:6', '/dns4/a-relay-of-some-length.example.org']) {
      const relays = [{ peer: PEER, addresses: [`${host}/tcp/65535/wss`, WEBRTC_DIRECT] }];
      const fitted = fitLink({ ...long, relays });
      expect(encodeLink(fitted).length).toBeLessThanOrEqual(LINK_BYTES_AIM);
      expect(fitted.relays).toEqual(relays);
      expect(fitted.chainName).toMatch(/^Ж{3,}…$/);
      expect(fitted.inviter).toMatch(/^村{3,}…$/);
    }
  });

  test('that fits is left as it is', () => {
    expect(fitLink(garden)).toEqual(garden);
  });

  test('that has too much of everything is brought within every bound', () => {
    const addresses = Array.from({ length: LINK_ADDRESSES_MAX + 3 }, (_, i) => `/dns4/${'long-name.'.repeat(20)}example.org/tcp/${i}/wss`);
    const peers = Array.from({ length: LINK_RELAYS_MAX + 2 }, (_, i) => `QmRelay${String(i).repeat(39)}`);
    const greedy = { ...garden, chainName: 'x'.repeat(5000), relays: [...peers, ...peers].map((one) => ({ peer: one, addresses })) };
    const fitted = fitLink(greedy);
    expect(encodeLink(fitted).length).toBeLessThanOrEqual(LINK_BYTES_MAX);
    expect(fitted.relays[0]).toEqual({ peer: peers[0], addresses: addresses.slice(0, fitted.relays[0]?.addresses.length) });
    expect(unwrap(decodeLink(encodeLink(fitted)))).toEqual(fitted);
    expect(() => encodeLink(greedy)).toThrow('damaged-link');
  });

  test('derives an invite key that belongs to its chain alone', () => {
    const key = (chain: Hash, seed: Uint8Array) => toHex(publicKeyOf(inviteKeySeed(seed, chain)));
    expect(toHex(inviteKeySeed(garden.seed, garden.chain))).toBe(toHex(taggedHash(TAGS.inviteKey, garden.chain, garden.seed)));
    expect(key(hashOf(1), garden.seed)).not.toBe(key(hashOf(2), garden.seed));
    expect(key(hashOf(1), garden.seed)).not.toBe(key(hashOf(1), new Uint8Array(16)));
  });
});

describe('damage', () => {
  const damaged = { ok: false, refusal: { code: 'damaged-link' } };

  test('every flipped bit of the bytes is refused', () => {
    const bytes = encodeLink(garden);
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const copy = bytes.slice();
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeLink(copy)).toMatchObject(damaged);
    }
  });

  test('every flipped bit of the code is refused, and every cut', () => {
    const code = linkToCode(garden);
    for (let at = 0; at < code.length; at++) {
      for (let bit = 0; bit < 7; bit++) {
        const other = String.fromCharCode(code.charCodeAt(at) ^ (1 << bit));
        expect(parseLink(code.slice(0, at) + other + code.slice(at + 1))).toMatchObject(damaged);
      }
      expect(parseLink(code.slice(0, at))).toMatchObject(damaged);
      expect(parseLink(`https://example.org/#j=${code.slice(0, at)}`)).toMatchObject(damaged);
      expect(parseLink(code.slice(at + 1))).toMatchObject(damaged);
    }
    expect(parseLink(`${code}A`)).toMatchObject(damaged);
    expect(parseLink(code + code)).toMatchObject(damaged);
  });

  test('every changed value in the JSON form is refused', () => {
    const form = JSON.parse(linkToJson({ ...garden, networkKey: hashOf(4) })) as Record<string, unknown>;
    const wrong: readonly unknown[] = [undefined, null, 0, 1.5, -1, true, '', 'aa', [], {}, ['x'], [1], Number.MAX_VALUE, '\ud800'];
    for (const key of Object.keys(form)) {
      for (const value of wrong) {
        if (value === form[key] || (key === 'format' && typeof value === 'number')) continue;
        // Without a network key the link is another one, so the checksum tells.
        expect(parseLink(JSON.stringify({ ...form, [key]: value })), `${key}: ${JSON.stringify(value)}`).toMatchObject(damaged);
      }
    }
    for (const changed of [
      { ...form, shared: false },
      { ...form, role: 'auditor' },
      { ...form, anchor: { block: toHex(hashOf(2)), height: 123_457, issued: 1_795_000_000_000 } },
      { ...form, 'peer ids': [OTHER_PEER] },
      { ...form, 'peer ids': [PEER, PEER] },
      { ...form, addresses: [] },
      { ...form, addresses: [`/p2p/${PEER}`] },
    ]) {
      expect(parseLink(JSON.stringify(changed))).toMatchObject(damaged);
    }
  });

  test('a whole link of a later version is told apart', () => {
    const later = { ok: false, refusal: { code: 'unsupported-version' } };
    expect(decodeLink(withField(0, 2))).toMatchObject(later);
    expect(decodeLink(withChecksum(encodeCbor([7, 'quite', 'another', ['form']])))).toMatchObject(later);
    expect(parseLink(JSON.stringify({ format: 2, whatever: true }))).toMatchObject(later);
  });

  test('a right checksum does not make up for a wrong form', () => {
    const wrongs: readonly (readonly [number, Cbor])[] = [
      [1, new Uint8Array(31)],
      [2, 'x'.repeat(101)],
      [4, 0],
      [4, 8],
      [5, 2],
      [7, new Uint8Array(15)],
      [8, [hashOf(2), 1]],
      [
        9,
        [
          [new Uint8Array(32), []],
          [new Uint8Array(32), []],
        ],
      ],
      [9, Array.from({ length: 5 }, (_, i) => [hashOf(i), []])],
      [9, [[new Uint8Array(0), []]]],
      [9, [[Uint8Array.of(0x20), []]]],
      [9, [[new Uint8Array(129).fill(0x41), []]]],
      [9, [[hashOf(1), Array.from({ length: 9 }, () => [0, '/x'])]]],
      [10, [new Uint8Array(31)]],
      [10, [hashOf(1), hashOf(1)]],
    ];
    for (const [at, value] of wrongs) expect(decodeLink(withField(at, value)), `${at}`).toMatchObject(damaged);
    expect(decodeLink(withChecksum(encodeCbor('text')))).toMatchObject(damaged);
    expect(decodeLink(withChecksum(encodeCbor([])))).toMatchObject(damaged);
    expect(decodeLink(withChecksum(Uint8Array.of(0xff)))).toMatchObject(damaged);
  });

  test('each peer id and address has one form: what could be shorter is refused', () => {
    const text = (value: string) => new TextEncoder().encode(value);
    expect(unwrap(decodeLink(withField(9, [[text('QmOther'), [[0, '/unix/x']]]]))).relays).toEqual([
      { peer: 'QmOther', addresses: ['/unix/x'] },
    ]);
    expect(decodeLink(withField(9, [[text(PEER), []]]))).toMatchObject(damaged);
    for (const wrong of [
      [0, '/ip4/127.0.0.1/tcp/80/ws'],
      [0, WEBRTC_DIRECT],
      [0, 'no slash'],
      [0, '/white space'],
      [1, Uint8Array.of(4, 1, 2, 3), 80],
      [1, Uint8Array.of(4, 1, 2, 3, 4, 5), 80],
      [1, Uint8Array.of(6, 1, 2, 3, 4), 80],
      [1, Uint8Array.of(7, 1, 2, 3, 4), 80],
      [1, Uint8Array.of(4, 1, 2, 3, 4), 65_536],
      [2, Uint8Array.of(54, ...text('a/b')), 80],
      [2, Uint8Array.of(54, 0xff, 0xfe), 80],
      [4, Uint8Array.of(4, 1, 2, 3, 4), 80, new Uint8Array(31)],
      [5, Uint8Array.of(4, 1, 2, 3, 4), 80],
    ]) {
      expect(decodeLink(withField(9, [[hashOf(1), [wrong]]])), JSON.stringify(wrong)).toMatchObject(damaged);
    }
  });

  test('no text and no bytes make it throw', () => {
    const code = linkToCode(garden);
    const json = linkToJson(garden);
    const noise = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.json({ maxDepth: 8 }),
      fc
        .tuple(fc.nat({ max: json.length }), fc.string({ maxLength: 5 }))
        .map(([at, text]) => json.slice(0, at) + text + json.slice(at + text.length)),
      fc.tuple(fc.nat({ max: code.length }), fc.string({ maxLength: 5 })).map(([at, text]) => code.slice(0, at) + text + code.slice(at)),
    );
    fc.assert(
      fc.property(noise, (text) => {
        const result = parseLink(text);
        // What is taken in spite of the noise (white space put in, for one) must still be the same link.
        if (result.ok) expect(result.value).toEqual(garden);
        else expect(['damaged-link', 'unsupported-version']).toContain(result.refusal.code);
      }),
      { seed: 22, numRuns: 600 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(decodeLink(bytes).ok).toBe(false);
        const result = decodeLink(withChecksum(bytes));
        if (result.ok) expect(toHex(encodeLink(result.value))).toBe(toHex(withChecksum(bytes)));
      }),
      { seed: 23, numRuns: 1000 },
    );
  });

  test('a mutated payload under a right checksum is refused, or is the one encoding of another link', () => {
    const payload = encodeLink(garden).slice(0, -4);
    for (let bit = 0; bit < 8 * payload.length; bit++) {
      const copy = payload.slice();
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const result = decodeLink(withChecksum(copy));
      if (result.ok) expect(toHex(encodeLink(result.value))).toBe(toHex(withChecksum(copy)));
    }
  });

  test('what is too long is refused before anything is done with it', () => {
    expect(parseLink('A'.repeat(10_000_000))).toMatchObject(damaged);
    expect(parseLink(`{${' '.repeat(1_000_000)}}`)).toMatchObject(damaged);
    expect(parseLink('['.repeat(16_000))).toMatchObject(damaged);
    expect(parseLink(`{"format":1,"x":${'['.repeat(16_000)}`)).toMatchObject(damaged);
    expect(decodeLink(new Uint8Array(LINK_BYTES_MAX + 1))).toMatchObject(damaged);
    expect(decodeLink(new Uint8Array(0))).toMatchObject(damaged);
  });

  test('our own mistakes throw', () => {
    expect(() => encodeLink({ ...garden, seed: new Uint8Array(15) })).toThrow();
    expect(() => encodeLink({ ...garden, relays: [...garden.relays, ...garden.relays] })).toThrow('twice');
    expect(() => encodeLink({ ...garden, relays: [{ peer: 'a b', addresses: [] }] })).toThrow();
    expect(() => encodeLink({ ...garden, relays: [{ peer: 'x'.repeat(32), addresses: [] }] })).toThrow();
    expect(() => encodeLink({ ...garden, relays: [{ peer: PEER, addresses: ['relative'] }] })).toThrow();
  });
});
