/** Frames of an answer are read in place for speed; what that reads, and refuses, is what the form says. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat } from '../../src/core/base/bytes.ts';
import { SESSION_MESSAGE_BYTES_MAX, SYNC_FRAME_BYTES_MAX } from '../../src/core/base/limits.ts';
import { encodeCbor } from '../../src/core/codec/cbor.ts';
import { decode, encode } from '../../src/core/codec/codec.ts';
import {
  decodeSessionFrame,
  decodeSyncAnswer,
  ENVELOPE_BYTES_MAX,
  type SessionFrame,
  type SyncAnswerFrame,
  sessionFrame,
  syncAnswerFrame,
} from '../../src/core/codec/stream-frames.ts';
import { SYNC_CHUNK_BYTES } from '../../src/core/codec/sync-message.ts';

const MAX = SYNC_FRAME_BYTES_MAX + ENVELOPE_BYTES_MAX;
/** Plain text of one Noise message, less yamux's header and the prefix of our frames on a stream. */
const ONE_PIECE_BYTES_MAX = 65_519 - 12 - 3;

function expectSame(bytes: Uint8Array): void {
  const [inPlace, byForm] = [decodeSyncAnswer(bytes, MAX), decode(syncAnswerFrame, bytes, MAX)];
  expect(inPlace.ok).toBe(byForm.ok);
  if (byForm.ok) expect(inPlace).toEqual(byForm);
}

const frame = (bytes: Uint8Array): SyncAnswerFrame => ({ type: 'frame', frame: bytes });

describe('a frame read in place', () => {
  test.each([0, 1, 23, 24, 255, 256, 65_535, 65_536, SYNC_FRAME_BYTES_MAX])('of %d bytes comes back as it was', (length) => {
    const bytes = encode(syncAnswerFrame, frame(new Uint8Array(length).fill(7)));
    expect(decodeSyncAnswer(bytes, MAX)).toEqual({ ok: true, value: frame(new Uint8Array(length).fill(7)) });
  });

  test('is refused where it is too long, by itself or for its place', () => {
    expectSame(encodeCbor([1, new Uint8Array(SYNC_FRAME_BYTES_MAX + 1)]));
    expect(decodeSyncAnswer(encode(syncAnswerFrame, frame(new Uint8Array(100))), 50)).toMatchObject({ refusal: { code: 'too-large' } });
  });

  test('is what the form says, for whatever bytes', () => {
    const whole = fc.uint8Array({ maxLength: 300 }).map((bytes) => encode(syncAnswerFrame, frame(bytes)));
    const others = fc
      .constantFrom<SyncAnswerFrame>({ type: 'end' }, { type: 'refused', reason: 'closed' })
      .map((one) => encode(syncAnswerFrame, one));
    const honest = fc.oneof(whole, others);
    const flipped = fc.tuple(honest, fc.nat(), fc.nat(255)).map(([bytes, at, to]) => bytes.with(at % bytes.length, to));
    const cut = fc.tuple(honest, fc.nat()).map(([bytes, at]) => bytes.subarray(0, at % bytes.length));
    const longer = fc.tuple(honest, fc.uint8Array({ minLength: 1, maxLength: 9 })).map(([bytes, more]) => concat(bytes, more));
    const headed = fc.uint8Array({ maxLength: 40 }).map((bytes) => concat(Uint8Array.of(0x82, 1), bytes));
    fc.assert(fc.property(fc.oneof(honest, flipped, cut, longer, headed, fc.uint8Array()), expectSame), { seed: 1, numRuns: 3_000 });
  });
});

describe('a message of a session read in place', () => {
  const SESSION_MAX = SESSION_MESSAGE_BYTES_MAX + ENVELOPE_BYTES_MAX;
  const expectSame = (bytes: Uint8Array) => {
    const [inPlace, byForm] = [decodeSessionFrame(bytes, SESSION_MAX), decode(sessionFrame, bytes, SESSION_MAX)];
    expect(inPlace.ok).toBe(byForm.ok);
    if (byForm.ok) expect(inPlace).toEqual(byForm);
  };

  test('is refused where it is too long', () => {
    expectSame(encodeCbor([1, new Uint8Array(SESSION_MESSAGE_BYTES_MAX)]));
    expectSame(encodeCbor([1, new Uint8Array(SESSION_MESSAGE_BYTES_MAX + 1)]));
  });

  test('is what the form says, for whatever bytes', () => {
    const message = fc.uint8Array({ maxLength: 300 }).map((bytes) => encode(sessionFrame, { type: 'message', message: bytes }));
    const other = fc
      .constantFrom<SessionFrame>({ type: 'close', reason: 'closed' }, { type: 'access', access: 'member' })
      .map((one) => encode(sessionFrame, one));
    const honest = fc.oneof(message, other);
    const flipped = fc.tuple(honest, fc.nat(), fc.nat(255)).map(([bytes, at, to]) => bytes.with(at % bytes.length, to));
    const cut = fc.tuple(honest, fc.nat()).map(([bytes, at]) => bytes.subarray(0, at % bytes.length));
    fc.assert(fc.property(fc.oneof(honest, flipped, cut, fc.uint8Array()), expectSame), { seed: 2, numRuns: 1_000 });
  });
});

test('a whole chunk of an item goes as one encrypted message', () => {
  expect(encode(syncAnswerFrame, frame(new Uint8Array(1 + SYNC_CHUNK_BYTES))).length).toBeLessThanOrEqual(ONE_PIECE_BYTES_MAX);
});
