/** The frames of the handshake and of what follows it: their forms, their bounds, and what the signed texts bind. */
import { describe, expect, test } from 'vitest';
import { toHex, utf8 } from '../../src/core/base/bytes.ts';
import { plainSha256 } from '../../src/core/base/hash.ts';
import { publicKeyOf, type Signature } from '../../src/core/base/key.ts';
import { PEER_ID_BYTES_MAX, PROTOCOL_VERSIONS_MAX, UINT_MAX } from '../../src/core/base/limits.ts';
import { REFUSAL_CODES } from '../../src/core/base/result.ts';
import { encodeCbor } from '../../src/core/codec/cbor.ts';
import { decode, encode } from '../../src/core/codec/codec.ts';
import {
  availableMac,
  type Challenge,
  challengeMessage,
  HANDSHAKE_FRAME_BYTES_MAX,
  type HandshakeFrame,
  handshakeFrame,
  invitationProofMessage,
  macsEqual,
} from '../../src/core/codec/handshake.ts';
import { ROLES } from '../../src/core/codec/primitives.ts';
import { refusalCode } from '../../src/core/codec/refusal.ts';
import { seededRandom } from '../support/seeded-random.ts';

const hash = (name: string) => plainSha256(utf8(name));
const key = (name: string) => publicKeyOf(hash(name));
const signature = new Uint8Array(64).fill(5) as Signature;
const proof = { invitation: hash('invitation'), inviteKey: key('invite'), signature };
const fullest = {
  chain: hash('chain'),
  node: key('node'),
  roles: ROLES,
  versions: new Array<number>(PROTOCOL_VERSIONS_MAX).fill(UINT_MAX),
  tip: { height: UINT_MAX, block: hash('block') },
};

const FRAMES: readonly HandshakeFrame[] = [
  { type: 'available', chain: hash('chain'), nonce: hash('nonce'), mac: hash('mac') },
  { type: 'answer', identity: fullest, nonce: hash('nonce') },
  { type: 'prove', body: { identity: fullest, invitation: proof }, signature },
  { type: 'grant', body: { access: 'guest', invitation: proof, networkKey: hash('key') }, signature },
  { type: 'accept', body: { access: 'foreign', networkKey: undefined }, signature },
  { type: 'refused', reason: 'invitation-used', farewell: undefined },
];

describe('frames', () => {
  test.each(FRAMES)('`$type` reads back as it was written, within the bound', (frame) => {
    const bytes = encode(handshakeFrame, frame);
    expect(bytes.length).toBeLessThanOrEqual(HANDSHAKE_FRAME_BYTES_MAX);
    expect(decode(handshakeFrame, bytes, HANDSHAKE_FRAME_BYTES_MAX)).toEqual({ ok: true, value: frame });
  });

  test.each(FRAMES)('no damage to `$type` is more than a refusal', (frame) => {
    const next = seededRandom(frame.type.length);
    const honest = encode(handshakeFrame, frame);
    for (let i = 0; i < 500; i++) {
      const bytes = honest.slice(0, next() < 0.3 ? Math.floor(next() * honest.length) : honest.length);
      for (let flips = 1 + Math.floor(next() * 3); flips > 0; flips--) bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
      const read = decode(handshakeFrame, bytes, HANDSHAKE_FRAME_BYTES_MAX);
      // What still reads has one form only; a reason that we do not know reads as another, on purpose.
      if (read.ok && read.value.type !== 'refused') expect(encode(handshakeFrame, read.value)).toEqual(bytes);
      if (!read.ok) expect(['too-large', 'not-canonical', 'malformed']).toContain(read.refusal.code);
    }
  });

  test('every reason travels by its name; one that we do not know reads as closed', () => {
    for (const code of REFUSAL_CODES) expect(decode(refusalCode, encode(refusalCode, code), 64)).toEqual({ ok: true, value: code });
    expect(decode(refusalCode, encodeCbor('a-reason-of-tomorrow'), 64)).toEqual({ ok: true, value: 'closed' });
    expect(decode(refusalCode, encodeCbor('x'.repeat(33)), 64)).toMatchObject({ ok: false });
  });
});

describe('what a node key signs', () => {
  const challenge: Challenge = {
    chain: hash('chain'),
    nodes: { opener: key('a'), acceptor: key('b') },
    peers: { opener: 'peer a', acceptor: 'peer b' },
    nonces: { opener: hash('nonce a'), acceptor: hash('nonce b') },
    transcript: [utf8('one'), utf8('two')],
  };
  const text = toHex(challengeMessage('prove', challenge));

  test.each<[string, Partial<Challenge>]>([
    ['the chain', { chain: hash('another chain') }],
    ['the opener’s node key', { nodes: { opener: key('c'), acceptor: key('b') } }],
    ['the acceptor’s node key', { nodes: { opener: key('a'), acceptor: key('c') } }],
    ['which end is which', { nodes: { opener: key('b'), acceptor: key('a') } }],
    ['the opener’s peer id', { peers: { opener: 'peer c', acceptor: 'peer b' } }],
    ['the acceptor’s peer id', { peers: { opener: 'peer a', acceptor: 'peer c' } }],
    ['where one peer id ends', { peers: { opener: 'peer ap', acceptor: 'eer b' } }],
    ['the opener’s nonce', { nonces: { opener: hash('x'), acceptor: hash('nonce b') } }],
    ['the acceptor’s nonce', { nonces: { opener: hash('nonce a'), acceptor: hash('x') } }],
    ['a frame before it', { transcript: [utf8('one!'), utf8('two')] }],
    ['where one frame ends', { transcript: [utf8('on'), utf8('etwo')] }],
    ['how many frames there were', { transcript: [utf8('one'), utf8('two'), new Uint8Array()] }],
  ])('binds %s', (_, change) => {
    expect(toHex(challengeMessage('prove', { ...challenge, ...change }))).not.toBe(text);
  });

  test('binds the step', () => {
    const texts = (['prove', 'grant', 'accept'] as const).map((step) => toHex(challengeMessage(step, challenge)));
    expect(new Set(texts).size).toBe(3);
  });

  test('takes peer ids up to their bound', () => {
    const peers = { opener: 'x'.repeat(PEER_ID_BYTES_MAX), acceptor: 'y' };
    expect(() => challengeMessage('prove', { ...challenge, peers })).not.toThrow();
    expect(() => challengeMessage('prove', { ...challenge, peers: { ...peers, acceptor: 'y'.repeat(PEER_ID_BYTES_MAX + 1) } })).toThrow();
    expect(() => challengeMessage('prove', { ...challenge, peers: { ...peers, acceptor: '' } })).toThrow();
  });
});

test('an invitation’s proof binds chain, invitation, joiner and the verifier’s nonce', () => {
  const texts = [
    invitationProofMessage(hash('chain'), hash('invitation'), key('joiner'), hash('nonce')),
    invitationProofMessage(hash('x'), hash('invitation'), key('joiner'), hash('nonce')),
    invitationProofMessage(hash('chain'), hash('x'), key('joiner'), hash('nonce')),
    invitationProofMessage(hash('chain'), hash('invitation'), key('x'), hash('nonce')),
    invitationProofMessage(hash('chain'), hash('invitation'), key('joiner'), hash('x')),
  ];
  expect(new Set(texts.map(toHex)).size).toBe(5);
});

test('the first question binds key, chain, both peers and nonce, and is compared whole', () => {
  const peers = { opener: 'a', acceptor: 'b' };
  const mac = availableMac(hash('key'), hash('chain'), peers, hash('nonce'));
  const others = [
    availableMac(hash('x'), hash('chain'), peers, hash('nonce')),
    availableMac(hash('key'), hash('x'), peers, hash('nonce')),
    availableMac(hash('key'), hash('chain'), { opener: 'b', acceptor: 'a' }, hash('nonce')),
    availableMac(hash('key'), hash('chain'), peers, hash('x')),
    mac.subarray(1),
  ];
  expect(macsEqual(mac, mac.slice())).toBe(true);
  for (const other of others) expect(macsEqual(mac, other)).toBe(false);
  for (let i = 0; i < mac.length; i++) {
    expect(
      macsEqual(
        mac,
        mac.map((byte, at) => (at === i ? byte ^ 1 : byte)),
      ),
    ).toBe(false);
  }
});
