/**
 * What two handshaken nodes of one chain tell each other on their session: announce and pull, tips, refusals, addresses.
 * Small things are announced by id and pulled by whoever lacks them; an unproven peer's words are never passed on.
 */
import {
  BLOCK_TRANSACTIONS_MAX,
  BODY_BYTES_MAX,
  CHECKPOINT_NOTE_BYTES_MAX,
  CHECKPOINTS_CARRIED_MAX,
  NAME_BODY_BYTES_MAX,
  SESSION_MESSAGE_BYTES_MAX,
} from '../base/limits.ts';
import type { Result } from '../base/result.ts';
import { header, leaf } from './block.ts';
import { bytes, decode, encode, type Infer, list, named, text, tuple, uint, variant } from './codec.ts';
import { signedKnock } from './knock.ts';
import { hash } from './primitives.ts';
import { refusalCode } from './refusal.ts';
import { certificate, vote } from './vote.ts';

/** Ids in one announcement or pull: 32 KiB. */
export const ANNOUNCED_IDS_MAX = 1024;
/** Transactions in one message. */
export const CARRIED_TRANSACTIONS_MAX = 256;
export const BODIES_PER_TRANSACTION_MAX = 4;
const TOLD_PEERS_MAX = 16;
const TOLD_ADDRESSES_MAX = 8;
const PEER_ID_BYTES_MAX = 128;
const ADDRESS_BYTES_MAX = 512;
/** Certificates, or votes, in one message: what a validator gave and holds since the last finalization, in a few messages. */
export const CARRIED_VOTES_MAX = 64;

/** A transaction on its way, with its bodies in the order of `bodiesOf`. */
export const carried = named('carried', tuple({ leaf, bodies: list(bytes(BODY_BYTES_MAX), BODIES_PER_TRANSACTION_MAX) }));
export type Carried = Infer<typeof carried>;

/** A knock on its way, with the body of the name. */
export const carriedKnock = named('carried-knock', tuple({ signed: signedKnock, name: bytes(NAME_BODY_BYTES_MAX) }));
export type CarriedKnock = Infer<typeof carriedKnock>;

export const sessionMessage = named(
  'session-message',
  variant({
    announce: [1, { ids: list(hash, ANNOUNCED_IDS_MAX, 1) }],
    pull: [2, { ids: list(hash, ANNOUNCED_IDS_MAX, 1) }],
    transactions: [3, { items: list(carried, CARRIED_TRANSACTIONS_MAX, 1) }],
    refused: [4, { items: list(named('refused-item', tuple({ id: hash, code: refusalCode })), ANNOUNCED_IDS_MAX, 1) }],
    /** A new final block: header, certificate, and the ids of its transactions so that whoever holds them needs no more. */
    tip: [5, { header, certificate, ids: list(hash, BLOCK_TRANSACTIONS_MAX) }],
    peers: [
      6,
      {
        peers: list(
          named('peer-address', tuple({ peer: text(PEER_ID_BYTES_MAX), addresses: list(text(ADDRESS_BYTES_MAX), TOLD_ADDRESSES_MAX) })),
          TOLD_PEERS_MAX,
        ),
      },
    ],
    /** Which other members are there? Answered with `peers`. */
    'ask-peers': [7, {}],
    /** From the knocker itself, or among members: a request to join by somebody without a live invitation. */
    knock: [8, { knock: carriedKnock }],
    /** Between validators, from here on. The leader's block for a view, its notarize vote, and what proves the block's place. */
    proposal: [
      9,
      { view: uint(), header, ids: list(hash, BLOCK_TRANSACTIONS_MAX), vote, certificates: list(certificate, CARRIED_VOTES_MAX) },
    ],
    votes: [10, { votes: list(vote, CARRIED_VOTES_MAX, 1) }],
    certificates: [11, { certificates: list(certificate, CARRIED_VOTES_MAX, 1) }],
    /** For a block that is not final: its transactions with these ids; none asks for its head. */
    'ask-block': [12, { block: hash, ids: list(hash, BLOCK_TRANSACTIONS_MAX) }],
    'block-head': [13, { header, ids: list(hash, BLOCK_TRANSACTIONS_MAX) }],
    'block-part': [14, { block: hash, items: list(carried, CARRIED_TRANSACTIONS_MAX, 1) }],
    /** Among members: signed checkpoints of the log, as notes. Each node compares them with its own log. */
    checkpoints: [15, { notes: list(bytes(CHECKPOINT_NOTE_BYTES_MAX, 1), CHECKPOINTS_CARRIED_MAX, 1) }],
    /** This node holds a fork proof of the chain and has stopped: whoever has none asks for it, and checks it. */
    forked: [16, {}],
  }),
);
export type SessionMessage = Infer<typeof sessionMessage>;

export function encodeSessionMessage(message: SessionMessage): Uint8Array {
  return encode(sessionMessage, message);
}

export function decodeSessionMessage(from: Uint8Array): Result<SessionMessage> {
  return decode(sessionMessage, from, SESSION_MESSAGE_BYTES_MAX);
}
