/** Certificates: how many must sign, who counts, and that a set of signers has one form. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { VALIDATORS_MAX } from '../../src/core/base/limits.ts';
import { encodeCbor } from '../../src/core/codec/cbor.ts';
import { decode, encode } from '../../src/core/codec/codec.ts';
import {
  bitmapOf,
  certificate as certificateForm,
  seatBitmap,
  seatsOf,
  vote as voteForm,
  voteSignedText,
} from '../../src/core/codec/vote.ts';
import { assembleCertificate, certificateSignatures, certifies } from '../../src/core/consensus/certificate.ts';
import { leaderSeat } from '../../src/core/consensus/leader.ts';
import { faultsTolerated, quorumOf } from '../../src/core/policy/quorum.ts';
import { certificateOf, firstPoint, trustOf } from '../support/points.ts';
import { founderOf, genesisOf, hashOf, SIGNATURE } from '../support/world.ts';

const point = firstPoint(
  genesisOf([founderOf('alice', ['federation', 'validator']), ...['b', 'c', 'd'].map((name) => founderOf(name, ['validator']))]),
);
const trust = trustOf(point);
const malformed = { ok: false, refusal: { code: 'malformed' } };

describe('a quorum', () => {
  test('is n − ⌊(n − 1) / 3⌋, as the design’s table has it', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 10, 13, 31].map((n) => [n, faultsTolerated(n), quorumOf(n)])).toEqual([
      [1, 0, 1],
      [2, 0, 2],
      [3, 0, 3],
      [4, 1, 3],
      [5, 1, 4],
      [6, 1, 5],
      [7, 2, 5],
      [10, 3, 7],
      [13, 4, 9],
      [31, 10, 21],
    ]);
  });

  test('meets any other in at least one honest seat, for every size', () => {
    for (let n = 1; n <= VALIDATORS_MAX; n++) expect(2 * quorumOf(n) - n).toBeGreaterThan(faultsTolerated(n));
  });

  test('is led by every seat in turn', () => {
    expect([1, 2, 3, 4, 5].map((view) => leaderSeat(view, 4))).toEqual([1, 2, 3, 0, 1]);
    expect(leaderSeat(99, 1)).toBe(0);
  });
});

describe('the signatures of a certificate', () => {
  test('are those of its seats, in order, over one text', () => {
    const certificate = certificateOf(point, { seats: [0, 2, 3] });
    const required = certificateSignatures(certificate, trust);
    if (!required.ok) return expect.fail(required.refusal.detail);
    expect(required.value.map(({ key }) => toHex(key))).toEqual([0, 2, 3].map((seat) => toHex(trust.seats[seat]?.vote ?? hashOf('none'))));
    for (const { message } of required.value) expect(message).toEqual(voteSignedText(certificate.subject));
  });

  test.each<[string, ReturnType<typeof certificateOf>, string]>([
    ['too few', certificateOf(point, { seats: [0, 1] }), 'no-quorum'],
    ['a seat that nobody has', certificateOf(point, { seats: [0, 1, 4] }), 'malformed'],
    ['more signatures than seats', { ...certificateOf(point), signatures: Array(5).fill(SIGNATURE) }, 'malformed'],
    ['fewer signatures than seats', { ...certificateOf(point), signatures: Array(3).fill(SIGNATURE) }, 'malformed'],
    ['another epoch', certificateOf(point, { epoch: 1 }), 'wrong-trust-set'],
    ['a bitmap with a byte to spare', { ...certificateOf(point), signers: Uint8Array.of(15, 0) }, 'not-canonical'],
    ['nobody', { ...certificateOf(point), signers: new Uint8Array(0), signatures: [] }, 'no-quorum'],
  ])('are refused: %s', (_, certificate, code) => {
    expect(certificateSignatures(certificate, trust)).toMatchObject({ ok: false, refusal: { code } });
  });

  test('are put together from votes in whatever order they came', () => {
    const subject = certificateOf(point).subject;
    const votes = [3, 0, 2].map((seat) => ({ subject, seat, signature: SIGNATURE.with(0, seat) as typeof SIGNATURE }));
    const certificate = assembleCertificate(subject, votes);
    expect(seatsOf(certificate.signers)).toEqual([0, 2, 3]);
    expect(certificate.signatures.map((signature) => signature[0])).toEqual([0, 2, 3]);
  });
});

test('a certificate is for one kind of vote, one chain, one block', () => {
  const certificate = certificateOf(point);
  const chain = point.header.chain;
  expect(certifies(certificate, 'finalize', chain, point.id)).toBe(true);
  expect(certifies(certificate, 'notarize', chain, point.id)).toBe(false);
  expect(certifies(certificate, 'finalize', hashOf('other'), point.id)).toBe(false);
  expect(certifies(certificate, 'finalize', chain, hashOf('other'))).toBe(false);
  expect(certifies(certificateOf(point, { kind: 'nullify', block: undefined }), 'nullify', chain, point.id)).toBe(false);
});

describe('a set of seats', () => {
  test('comes back from its bitmap, and has one', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat({ max: VALIDATORS_MAX - 1 })), (seats) => {
        const bitmap = bitmapOf(seats);
        expect(seatsOf(bitmap)).toEqual([...seats].sort((a, b) => a - b));
        expect(decode(seatBitmap, encode(seatBitmap, bitmap), 16)).toEqual({ ok: true, value: bitmap });
      }),
      { seed: 51, numRuns: 200 },
    );
  });

  test.each(['00', '0100', '00000000', '00000080', 'ffffffff'])('is not %s', (hex) => {
    const bitmap = Uint8Array.from(Buffer.from(hex, 'hex'));
    expect(decode(seatBitmap, encodeCbor(bitmap), 16)).toMatchObject(malformed);
    expect(() => encode(seatBitmap, bitmap)).toThrow();
  });
});

test('a nullification names no block, every other vote names one', () => {
  const { subject } = certificateOf(point);
  for (const kind of ['notarize', 'nullify', 'finalize'] as const) {
    for (const block of [point.id, undefined]) {
      const one = { subject: { ...subject, kind, block }, seat: 0, signature: SIGNATURE };
      if ((kind === 'nullify') === (block === undefined)) expect(decode(voteForm, encode(voteForm, one), 512).ok).toBe(true);
      else expect(() => encode(voteForm, one)).toThrow();
    }
  }
  const bytes = encode(certificateForm, certificateOf(point, { kind: 'nullify', block: undefined }));
  // The kind follows the heads of the certificate and of its subject.
  expect(bytes[2]).toBe(2);
  expect(decode(certificateForm, bytes.with(2, 3), 8192)).toMatchObject(malformed);
});
