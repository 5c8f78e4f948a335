/**
 * What two handshaken nodes of one chain tell each other on their session: announce and pull, tips, refusals, addresses.
 * Small things are announced by id and pulled by whoever lacks them; an unproven peer's words are never passed on.
 */
import { BLOCK_TRANSACTIONS_MAX, BODY_BYTES_MAX, SESSION_MESSAGE_BYTES_MAX } from '../base/limits.ts';
import { REFUSAL_CODES, type RefusalCode, type Result } from '../base/result.ts';
import { header, leaf } from './block.ts';
import { bytes, type Codec, decode, encode, type Infer, list, mapped, named, text, tuple, variant } from './codec.ts';
import { hash } from './primitives.ts';
import { certificate } from './vote.ts';

/** Ids in one announcement or pull: 32 KiB. */
export const ANNOUNCED_IDS_MAX = 1024;
/** Transactions in one message. */
export const CARRIED_TRANSACTIONS_MAX = 256;
export const BODIES_PER_TRANSACTION_MAX = 4;
const CODE_BYTES_MAX = 40;
const TOLD_PEERS_MAX = 16;
const TOLD_ADDRESSES_MAX = 8;
const PEER_ID_BYTES_MAX = 128;
const ADDRESS_BYTES_MAX = 512;

const codes: ReadonlySet<string> = new Set(REFUSAL_CODES);

/** A refusal code as text. One that this version does not know reads as `not-available`, so that new codes break nobody. */
export const refusalCode: Codec<RefusalCode> = named(
  'refusal-code',
  mapped<string, RefusalCode>(text(CODE_BYTES_MAX), (code) => (isCode(code) ? code : 'not-available'), (code) => code, 'not a code'),
);

function isCode(code: string): code is RefusalCode {
  return codes.has(code);
}

/** A transaction on its way, with its bodies in the order of `bodiesOf`. */
export const carried = named(
  'carried',
  tuple({ leaf, bodies: list(bytes(BODY_BYTES_MAX), BODIES_PER_TRANSACTION_MAX) }),
);
export type Carried = Infer<typeof carried>;

export const sessionMessage = named(
  'session-message',
  variant({
    announce: [1, { ids: list(hash, ANNOUNCED_IDS_MAX, 1) }],
    pull: [2, { ids: list(hash, ANNOUNCED_IDS_MAX, 1) }],
    transactions: [3, { items: list(carried, CARRIED_TRANSACTIONS_MAX, 1) }],
    refused: [4, { items: list(named('refused-item', tuple({ id: hash, code: refusalCode })), ANNOUNCED_IDS_MAX, 1) }],
    /** A new final block: header, certificate, and the ids of its transactions so that whoever holds them needs no more. */
    tip: [5, { header, certificate, ids: list(hash, BLOCK_TRANSACTIONS_MAX) }],
    /** Which other members are there? Answered with `peers`. */
    'ask-peers': [7, {}],
    peers: [
      6,
      {
        peers: list(
          named('peer-address', tuple({ peer: text(PEER_ID_BYTES_MAX), addresses: list(text(ADDRESS_BYTES_MAX), TOLD_ADDRESSES_MAX) })),
          TOLD_PEERS_MAX,
        ),
      },
    ],
  }),
);
export type SessionMessage = Infer<typeof sessionMessage>;

export function encodeSessionMessage(message: SessionMessage): Uint8Array {
  return encode(sessionMessage, message);
}

export function decodeSessionMessage(from: Uint8Array): Result<SessionMessage> {
  return decode(sessionMessage, from, SESSION_MESSAGE_BYTES_MAX);
}
