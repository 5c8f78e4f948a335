/** Envelopes of what runs on streams once two nodes have shaken hands, and of the one protocol that precedes a chain. */
import {
  HOST_MESSAGE_BYTES_MAX,
  NETWORK_KEY_BYTES,
  SESSION_MESSAGE_BYTES_MAX,
  SYNC_FRAME_BYTES_MAX,
  SYNC_REQUEST_BYTES_MAX,
} from '../base/limits.ts';
import { ok, type Result, refuse } from '../base/result.ts';
import { readInPlace } from './cbor-cursor.ts';
import { bytes, decode, type Infer, named, uint, variant } from './codec.ts';
import { access } from './handshake.ts';
import { hash } from './primitives.ts';
import { refusalCode } from './refusal.ts';

/** What CBOR and our tuples add around a payload at most, with room: the number, a chain id, lengths. */
export const ENVELOPE_BYTES_MAX = 64;

/** How a frame begins that carries something whole: a list of two, whose first is this number. */
const CARRIER_HEAD = 0x82;
const CARRIER_NUMBER = 1;

/** Follows the handshake on the same stream, both ways. */
export const sessionFrame = named(
  'session-frame',
  variant({
    message: [CARRIER_NUMBER, { message: bytes(SESSION_MESSAGE_BYTES_MAX) }],
    close: [2, { reason: refusalCode }],
    /** What the other side may do has changed. */
    access: [3, { access }],
    /** To a member: the chain's network key is this from now on. */
    'network-key': [4, { key: bytes(NETWORK_KEY_BYTES, NETWORK_KEY_BYTES) }],
  }),
);
export type SessionFrame = Infer<typeof sessionFrame>;

/** What `decode` of a `sessionFrame` gives, with messages as views. */
export function decodeSessionFrame(from: Uint8Array, bytesMax: number): Result<SessionFrame> {
  if (!isCarrier(from)) return decode(sessionFrame, from, bytesMax);
  const message = carriedInPlace(from, bytesMax, SESSION_MESSAGE_BYTES_MAX);
  return message.ok ? ok({ type: 'message', message: message.value }) : message;
}

/** What one `credit` may grant: more than any window in use. */
const CREDIT_BYTES_MAX = 2 ** 32;

/** From the requester: one `ask`, then more credit as it takes what comes. Credit counts bytes of frames and their overhead. */
export const syncRequestFrame = named(
  'sync-request-frame',
  variant({
    ask: [1, { chain: hash, credit: uint(CREDIT_BYTES_MAX), request: bytes(SYNC_REQUEST_BYTES_MAX) }],
    credit: [2, { credit: uint(CREDIT_BYTES_MAX) }],
  }),
);

/** From the one who serves: frames, then `end` or `refused`. */
export const syncAnswerFrame = named(
  'sync-answer-frame',
  variant({
    frame: [CARRIER_NUMBER, { frame: bytes(SYNC_FRAME_BYTES_MAX) }],
    end: [2, {}],
    refused: [3, { reason: refusalCode }],
  }),
);
export type SyncAnswerFrame = Infer<typeof syncAnswerFrame>;

/** What `decode` of a `syncAnswerFrame` gives, with frames as views: nearly all that a newcomer receives is in them. */
export function decodeSyncAnswer(from: Uint8Array, bytesMax: number): Result<SyncAnswerFrame> {
  if (!isCarrier(from)) return decode(syncAnswerFrame, from, bytesMax);
  const frame = carriedInPlace(from, bytesMax, SYNC_FRAME_BYTES_MAX);
  return frame.ok ? ok({ type: 'frame', frame: frame.value }) : frame;
}

function isCarrier(from: Uint8Array): boolean {
  return from[0] === CARRIER_HEAD && from[1] === CARRIER_NUMBER;
}

/** What such a frame carries, as a view. */
function carriedInPlace(from: Uint8Array, bytesMax: number, carriedMax: number): Result<Uint8Array> {
  return readInPlace(from, bytesMax, (cursor) => {
    cursor.list();
    cursor.uint();
    const carried = cursor.bytes();
    cursor.end();
    return carried.length <= carriedMax ? ok(carried) : refuse('malformed', `a frame of ${carried.length} bytes`);
  });
}

/** One request to host a chain. */
export const hostRequestFrame = named('host-request-frame', variant({ request: [1, { request: bytes(HOST_MESSAGE_BYTES_MAX) }] }));

/** Its answer. */
export const hostAnswerFrame = named(
  'host-answer-frame',
  variant({
    answer: [1, { answer: bytes(HOST_MESSAGE_BYTES_MAX) }],
    refused: [2, { reason: refusalCode }],
  }),
);
