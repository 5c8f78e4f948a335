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

/** Follows the handshake on the same stream, both ways. */
export const sessionFrame = named(
  'session-frame',
  variant({
    message: [1, { message: bytes(SESSION_MESSAGE_BYTES_MAX) }],
    close: [2, { reason: refusalCode }],
    /** What the other side may do has changed. */
    access: [3, { access }],
    /** To a member: the chain's network key is this from now on. */
    'network-key': [4, { key: bytes(NETWORK_KEY_BYTES, NETWORK_KEY_BYTES) }],
  }),
);
export type SessionFrame = Infer<typeof sessionFrame>;

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

/** How a frame of an answer begins: a list of two, whose first is this number. */
const FRAME_HEAD = 0x82;
const FRAME_NUMBER = 1;

/** From the one who serves: frames, then `end` or `refused`. */
export const syncAnswerFrame = named(
  'sync-answer-frame',
  variant({
    frame: [FRAME_NUMBER, { frame: bytes(SYNC_FRAME_BYTES_MAX) }],
    end: [2, {}],
    refused: [3, { reason: refusalCode }],
  }),
);
export type SyncAnswerFrame = Infer<typeof syncAnswerFrame>;

/** What `decode` of a `syncAnswerFrame` gives, with frames as views: nearly all that a newcomer receives is in them. */
export function decodeSyncAnswer(from: Uint8Array, bytesMax: number): Result<SyncAnswerFrame> {
  if (from[0] !== FRAME_HEAD || from[1] !== FRAME_NUMBER) return decode(syncAnswerFrame, from, bytesMax);
  return readInPlace(from, bytesMax, (cursor) => {
    cursor.list();
    cursor.uint();
    const frame = cursor.bytes();
    cursor.end();
    return frame.length <= SYNC_FRAME_BYTES_MAX ? ok({ type: 'frame', frame }) : refuse('malformed', `a frame of ${frame.length} bytes`);
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
