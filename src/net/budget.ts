/** What each peer may still send, and how badly it has behaved. Pure but for its own memory: time is an argument. */
import type { PeerId } from '../node/ports.ts';
import {
  type Budget,
  type Misbehaviour,
  PEER_MEMORY_MS,
  PEERS_REMEMBERED_MAX,
  PROTOCOLS,
  type ProtocolName,
  type Rate,
  SCORE_BAN_MS,
  SCORE_COSTS,
  SCORE_DECAY_PER_SECOND,
  SCORE_MAX,
} from './protocols.ts';

/** Fills at a steady rate up to its burst; what is taken over that is refused. */
export class TokenBucket {
  readonly #rate: Rate;
  #tokens: number;
  #filledAt: number;

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#filledAt = nowMs;
  }

  /** Takes so many tokens; false, and takes none, if there are fewer. */
  take(amount: number, nowMs: number): boolean {
    if (!this.has(amount, nowMs)) return false;
    this.#tokens -= amount;
    return true;
  }

  /** Whether there are so many. */
  has(amount: number, nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#filledAt);
    this.#filledAt = nowMs;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + (elapsedMs * this.#rate.perSecond) / 1000);
    return this.#tokens >= amount;
  }
}

type Buckets = Record<keyof Budget, TokenBucket>;

/** How badly somebody has behaved, and until when it gets nothing. */
export interface Score {
  score: number;
  scoredAt: number;
  bannedUntil: number;
}

export function scoreOf(nowMs: number): Score {
  return { score: 0, scoredAt: nowMs, bannedUntil: 0 };
}

interface PeerRecord extends Score {
  heardAt: number;
  readonly buckets: Map<ProtocolName, Buckets>;
}

function bucketsFor(budget: Budget, nowMs: number): Buckets {
  return {
    streams: new TokenBucket(budget.streams, nowMs),
    messages: new TokenBucket(budget.messages, nowMs),
    bytes: new TokenBucket(budget.bytes, nowMs),
  };
}

/** Scores and budgets of the peers heard lately, at most `PEERS_REMEMBERED_MAX` of them. */
export class PeerBook {
  readonly #records = new Map<PeerId, PeerRecord>();

  /** Counts a new stream; false if it is over the peer's budget. */
  takeStream(peer: PeerId, protocol: ProtocolName, nowMs: number): boolean {
    return this.#buckets(peer, protocol, nowMs).streams.take(1, nowMs);
  }

  /** Counts one message; false if it is over the peer's budget of messages or of bytes. */
  takeMessage(peer: PeerId, protocol: ProtocolName, bytes: number, nowMs: number): boolean {
    const buckets = this.#buckets(peer, protocol, nowMs);
    const counted = buckets.messages.take(1, nowMs);
    return buckets.bytes.take(bytes, nowMs) && counted;
  }

  /** Adds to a peer's score; true if that is now bad, and the peer banned for a while. */
  penalise(peer: PeerId, misbehaviour: Misbehaviour, nowMs: number): boolean {
    const record = this.#record(peer, nowMs);
    record.score = decayed(record, nowMs) + SCORE_COSTS[misbehaviour];
    record.scoredAt = nowMs;
    if (record.score < SCORE_MAX) return false;
    record.score = SCORE_MAX;
    record.bannedUntil = nowMs + SCORE_BAN_MS;
    return true;
  }

  get size(): number {
    return this.#records.size;
  }

  /** Forgets those that have been quiet for long, unless they are banned. */
  forgetQuiet(nowMs: number): void {
    for (const [peer, { heardAt, bannedUntil }] of this.#records) {
      if (nowMs - heardAt < PEER_MEMORY_MS) return;
      if (nowMs >= bannedUntil) this.#records.delete(peer);
    }
  }

  isBanned(peer: PeerId, nowMs: number): boolean {
    return nowMs < (this.#records.get(peer)?.bannedUntil ?? 0);
  }

  #buckets(peer: PeerId, protocol: ProtocolName, nowMs: number): Buckets {
    const { buckets } = this.#record(peer, nowMs);
    const known = buckets.get(protocol) ?? bucketsFor(PROTOCOLS[protocol].budget, nowMs);
    buckets.set(protocol, known);
    return known;
  }

  #record(peer: PeerId, nowMs: number): PeerRecord {
    const known = this.#records.get(peer);
    const record = known ?? { ...scoreOf(nowMs), heardAt: nowMs, buckets: new Map() };
    record.heardAt = nowMs;
    // Re-inserting keeps the map in the order in which peers were last heard.
    this.#records.delete(peer);
    this.#records.set(peer, record);
    if (known === undefined) this.forgetQuiet(nowMs);
    if (this.#records.size > PEERS_REMEMBERED_MAX) this.#forgetOldest();
    return record;
  }

  #forgetOldest(): void {
    const oldest = this.#records.keys().next();
    if (!oldest.done) this.#records.delete(oldest.value);
  }
}

export function decayed(record: Score, nowMs: number): number {
  return Math.max(0, record.score - (Math.max(0, nowMs - record.scoredAt) * SCORE_DECAY_PER_SECOND) / 1000);
}
