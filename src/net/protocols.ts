/**
 * The one table of protocols: for each its name, who may use it where, and what bounds it.
 *
 * `/latchkey/session/1` carries the handshake and then the messages of the session; the session lives as long as its
 * stream. `/latchkey/sync/1` carries one request and its frames, for peers with a live session; so does
 * `/latchkey/receipt/1`, by which a relay asks for the receipts of a day. `/latchkey/host/1` carries one request and its answer,
 * before any chain exists. Beside these a relay runs libp2p's circuits, behind its gate.
 */

import {
  HOST_MESSAGE_BYTES_MAX,
  MINUTE_MS,
  RECEIPT_FRAME_BYTES_MAX,
  SECOND_MS,
  SESSION_MESSAGE_BYTES_MAX,
  SYNC_FRAME_BYTES_MAX,
  SYNC_REQUEST_BYTES_MAX,
} from '../core/base/limits.ts';
import { ENVELOPE_BYTES_MAX } from '../core/codec/stream-frames.ts';
import type { StreamLimits } from './transport.ts';

const MIB = 1024 * 1024;

/** A token bucket: so much at once, so much a second after that. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** What one peer may send us on one protocol. */
export interface Budget {
  readonly streams: Rate;
  readonly messages: Rate;
  readonly bytes: Rate;
}

export interface Protocol extends StreamLimits {
  readonly id: string;
  /** A stream on which nothing arrives that should arrive ends after this. */
  readonly idleLimitMs: number;
  /** A whole stream ends after this; `undefined` where its life is that of the session. */
  readonly timeLimitMs: number | undefined;
  /** Whether it may run on a connection through a relay's circuit, which carries 128 KiB and two minutes. */
  readonly runsRelayed: boolean;
  readonly budget: Budget;
}

export const PROTOCOLS = {
  session: {
    id: '/latchkey/session/1',
    frameBytesMax: SESSION_MESSAGE_BYTES_MAX + ENVELOPE_BYTES_MAX,
    // One a chain that both know, and one more of each while a newer replaces an older.
    inboundStreamsPerPeerMax: 32,
    idleLimitMs: 10 * SECOND_MS,
    timeLimitMs: undefined,
    // The handshake and the news are small, and a mesh begins on circuits.
    runsRelayed: true,
    budget: {
      // A watchdog asks about once in three seconds for each chain.
      streams: { burst: 60, perSecond: 10 },
      // A relay passes on what a whole group says: ten thousand entries may arrive in one burst.
      messages: { burst: 20_000, perSecond: 2_000 },
      bytes: { burst: 64 * MIB, perSecond: 16 * MIB },
    },
  },
  sync: {
    id: '/latchkey/sync/1',
    // One bound for both ways.
    frameBytesMax: Math.max(SYNC_REQUEST_BYTES_MAX, SYNC_FRAME_BYTES_MAX) + ENVELOPE_BYTES_MAX,
    // Above what one of ours asks at once, since the end of a stream takes a moment to be seen.
    inboundStreamsPerPeerMax: 24,
    idleLimitMs: 20 * SECOND_MS,
    timeLimitMs: 10 * MINUTE_MS,
    // A fallback: slow, but a guest behind a symmetric NAT can still join.
    runsRelayed: true,
    budget: {
      // A newcomer asks for a bundle at a time, several at once.
      streams: { burst: 2_000, perSecond: 200 },
      // Credit is granted after half a window: about as many messages as frames served.
      messages: { burst: 20_000, perSecond: 2_000 },
      bytes: { burst: 16 * MIB, perSecond: 4 * MIB },
    },
  },
  receipt: {
    id: '/latchkey/receipt/1',
    frameBytesMax: RECEIPT_FRAME_BYTES_MAX + ENVELOPE_BYTES_MAX,
    // One a chain that both are on, at most.
    inboundStreamsPerPeerMax: 8,
    idleLimitMs: 20 * SECOND_MS,
    timeLimitMs: 30 * SECOND_MS,
    // A few hundred bytes, once a day.
    runsRelayed: true,
    budget: {
      // A relay asks once a day and chain, and anew after a restart.
      streams: { burst: 64, perSecond: 0.1 },
      messages: { burst: 128, perSecond: 0.2 },
      bytes: { burst: 64 * 1024, perSecond: 128 },
    },
  },
  host: {
    id: '/latchkey/host/1',
    frameBytesMax: HOST_MESSAGE_BYTES_MAX + ENVELOPE_BYTES_MAX,
    inboundStreamsPerPeerMax: 2,
    idleLimitMs: 20 * SECOND_MS,
    timeLimitMs: 30 * SECOND_MS,
    // A relay is reached by its own address.
    runsRelayed: false,
    budget: {
      // Creating a chain takes two requests; a person does not create ten a minute.
      streams: { burst: 10, perSecond: 0.2 },
      messages: { burst: 20, perSecond: 1 },
      bytes: { burst: 2 * MIB, perSecond: 64 * 1024 },
    },
  },
  /** libp2p's own: asks a relay for a place by which others reach the asker, or for a circuit to one who has a place. */
  circuit: {
    id: '/libp2p/circuit/relay/0.2.0/hop',
    frameBytesMax: 4 * 1024,
    // A circuit is a stream that lives for two minutes.
    inboundStreamsPerPeerMax: 32,
    idleLimitMs: 10 * SECOND_MS,
    timeLimitMs: undefined,
    runsRelayed: false,
    budget: {
      // A watchdog asks for each kept peer that is away about once in three seconds.
      streams: { burst: 200, perSecond: 15 },
      // One request a stream; what a circuit carries is bounded where it is made.
      messages: { burst: 200, perSecond: 15 },
      bytes: { burst: MIB, perSecond: 64 * 1024 },
    },
  },
} as const satisfies Record<string, Protocol>;
export type ProtocolName = keyof typeof PROTOCOLS;

// ---------------------------------------------------------------- handshakes

/** A peer that has not answered `available` by then counts as unavailable: a relayed round trip takes under a second. */
export const HANDSHAKE_ANSWER_TIMEOUT_MS = 4 * SECOND_MS;
/** From `answer` on: four frames and three signatures, over a circuit, on a slow phone. */
export const HANDSHAKE_TIMEOUT_MS = 10 * SECOND_MS;
/** Reaching a peer by its addresses; the transport tries them one after the other, or races them. */
export const DIAL_TIMEOUT_MS = 15 * SECOND_MS;
/** Pause after the first unanswered request; it doubles with each. Jittered by half. */
export const HANDSHAKE_BACKOFF_MS = 500;
/** Inbound handshakes under way in this process: each holds one stream and under 4 KiB. */
export const PENDING_HANDSHAKES_MAX = 256;
/** Of these, one peer's: so that a few peers cannot take all places. */
export const PENDING_HANDSHAKES_PER_PEER_MAX = 16;
/** Live sessions of one chain unless told otherwise: a relay's reservations, and room. */
export const SESSIONS_PER_CHAIN_MAX = 1_000;
/** Of these, the share that peers without membership or invitation may take: anybody can make keys, and members must get in. */
export const STRANGERS_SHARE_MAX = 0.25;
/** Chains that one process takes part in at a time. */
export const CHAINS_MAX = 256;

// ---------------------------------------------------------------- sessions

/** What waits to be sent to one peer; over it the peer reads too slowly and loses the session. Above three of the largest messages. */
export const SESSION_QUEUE_BYTES_MAX = 8 * MIB;
/** Messages that wait, for the same reason: each costs memory of its own. */
export const SESSION_QUEUE_MESSAGES_MAX = 16_384;
/** How long a last frame may take to leave before the stream is cut. */
export const CLOSE_GRACE_MS = 2 * SECOND_MS;
/** Pause of the watchdog before it dials a kept peer again, drawn anew each time. */
export const REDIAL_PAUSE_MS = { min: 1 * SECOND_MS, max: 5 * SECOND_MS } as const;
/** A peer that answers with a refusal changes its mind less often than a line comes back; the pause doubles up to this. */
export const REDIAL_REFUSED_PAUSE_MS_MAX = 1 * MINUTE_MS;
/** Peers that one chain keeps: a browser keeps the relays and a few members. */
export const KEPT_PEERS_MAX = 32;

// ---------------------------------------------------------------- requests

/** Requests under way to one peer; more wait their turn. */
export const REQUESTS_PER_PEER_MAX = 16;
/** Requests that wait for their turn at one peer. */
export const REQUESTS_WAITING_MAX = 4_096;
/** Credit of one request. A WebRTC stream whose reader pauses aborts at 4 MiB, so a window stays well below. */
export const SYNC_WINDOW_BYTES = 1 * MIB;
/** What a frame costs beyond its bytes, so that empty frames use credit too. */
export const SYNC_FRAME_OVERHEAD_BYTES = 64;

// ---------------------------------------------------------------- misbehaviour

/** A score at which a peer loses its connections. */
export const SCORE_MAX = 100;
/** How long it gets no new ones then: long enough that misbehaving is slow, short enough for one that was mended. */
export const SCORE_BAN_MS = 1 * MINUTE_MS;
/** How long one that is banned has to ask for a chain, so that it can be told why it gets nothing. */
export const BANNED_PATIENCE_MS = 1 * SECOND_MS;
export const SCORE_DECAY_PER_SECOND = 1;
/** What each kind of misbehaviour costs. */
export const SCORE_COSTS = {
  /** One message or stream above the budget. */
  overBudget: 1,
  /** Unknown chain or wrong network key: also an honest peer that asks for what we no longer carry. */
  unanswered: 1,
  /** Bytes that no honest peer sends. */
  malformed: 25,
  /** A handshake begun and left hanging. */
  timedOut: 10,
  /** A challenge answered wrongly, or a session that ended for what no honest peer says. */
  wrongAnswer: 50,
} as const;
export type Misbehaviour = keyof typeof SCORE_COSTS;
/** Peers not heard for so long, and not banned, are forgotten. */
export const PEER_MEMORY_MS = 10 * MINUTE_MS;
/** Peers whose score and budgets are remembered; the least recently heard is forgotten first. */
export const PEERS_REMEMBERED_MAX = 2_048;

// ---------------------------------------------------------------- addresses

/** New connections from one address: a school behind one router arrives at once. */
export const ADDRESS_CONNECTIONS: Rate = { burst: 300, perSecond: 30 };
/** Connections of one address at a time: under a third of what a relay holds. */
export const ADDRESS_CONNECTIONS_MAX = 300;
/** Of these, such as have not proved a name yet: each holds one of the relay's places for it until it times out. */
export const ADDRESS_PENDING_MAX = 60;
/** A score at which an address gets no new connections for a while: ten times a peer's, since many may be behind it. */
export const ADDRESS_SCORE_MAX = 1_000;
export const ADDRESSES_REMEMBERED_MAX = 4_096;

// ---------------------------------------------------------------- a relay's places

/** Browsers that can be reached through one relay at once. */
export const RESERVATIONS_MAX = 500;
/** Of these, strangers' at most, where the operator serves all; and those of guests, since one link may make any number. */
export const STRANGERS_PLACES_SHARE_MAX = 0.2;
export const GUESTS_PLACES_SHARE_MAX = 0.4;
/** Connected peers that have proved nothing; of more the oldest goes. Under a third of what a relay holds. */
export const STRANGERS_CONNECTIONS_MAX = 300;
/** How long a request of a peer that has just come waits for its handshake: two relayed round trips and three signatures, doubled. */
export const PROOF_PATIENCE_MS = 3 * SECOND_MS;
/** How long a member whose session broke off keeps its place: a watchdog has dialled again several times by then. */
export const STANDING_GRACE_MS = 30 * SECOND_MS;
