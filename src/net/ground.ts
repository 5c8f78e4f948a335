/** What all chains of one network stand on: ports, the peers' budgets, and the counts that bound the whole process. */
import type { Clock, PeerId, Random, Verifier } from '../node/ports.ts';
import { PeerBook } from './budget.ts';
import { Slots } from './flow.ts';
import {
  type Misbehaviour,
  PENDING_HANDSHAKES_MAX,
  PENDING_HANDSHAKES_PER_PEER_MAX,
  type ProtocolName,
  REQUESTS_PER_PEER_MAX,
  REQUESTS_WAITING_MAX,
  SESSIONS_PER_CHAIN_MAX,
} from './protocols.ts';
import type { RelayGate } from './relay-gate.ts';
import type { Transport } from './transport.ts';

export interface NetworkParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly verifier: Verifier;
  /** Live sessions of one chain; the next peer is refused with `relays-full`. Default: `SESSIONS_PER_CHAIN_MAX`. */
  readonly sessionsPerChainMax?: number;
  /** A relay's: hears what sessions prove of whom, and keeps the peers' budgets together with its own. */
  readonly gate?: RelayGate;
  /** Told of errors that are no refusals: bugs of ours or of an endpoint. Default: thrown outside of any call. */
  readonly report?: (error: unknown) => void;
}

export class Ground {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly verifier: Verifier;
  readonly sessionsPerChainMax: number;
  readonly report: (error: unknown) => void;
  readonly gate: RelayGate | undefined;
  /** Ends what a peer whose score is bad has here. */
  banish: (peer: PeerId) => void = (peer) => this.disconnect(peer);
  /** A session with the peer began, ended, or lets either side do more or less. */
  sessionsChanged: (peer: PeerId) => void = () => {};
  readonly #peers: PeerBook;
  readonly #slots = new Map<PeerId, Slots>();
  readonly #pendingHandshakes = new Map<PeerId, number>();

  constructor(parts: NetworkParts) {
    this.transport = parts.transport;
    this.clock = parts.clock;
    this.random = parts.random;
    this.verifier = parts.verifier;
    this.sessionsPerChainMax = parts.sessionsPerChainMax ?? SESSIONS_PER_CHAIN_MAX;
    this.report = parts.report ?? throwLater;
    this.gate = parts.gate;
    this.#peers = parts.gate?.peers ?? new PeerBook();
  }

  get pendingHandshakes(): number {
    return [...this.#pendingHandshakes.values()].reduce((total, count) => total + count, 0);
  }

  /** Takes one of the places for inbound handshakes; `undefined` if all, or all of this peer's, are taken. */
  takeHandshake(peer: PeerId): (() => void) | undefined {
    const mine = this.#pendingHandshakes.get(peer) ?? 0;
    if (mine >= PENDING_HANDSHAKES_PER_PEER_MAX || this.pendingHandshakes >= PENDING_HANDSHAKES_MAX) return undefined;
    this.#pendingHandshakes.set(peer, mine + 1);
    return () => {
      const left = (this.#pendingHandshakes.get(peer) ?? 1) - 1;
      if (left === 0) this.#pendingHandshakes.delete(peer);
      else this.#pendingHandshakes.set(peer, left);
    };
  }

  /** Whether a peer misbehaved so lately and so badly that it gets no connection. */
  isBanned(peer: PeerId): boolean {
    return this.#peers.isBanned(peer, this.clock.now());
  }

  /** Whether a peer may open another stream of this protocol now. */
  takesStream(peer: PeerId, protocol: ProtocolName): boolean {
    const now = this.clock.now();
    if (this.#peers.takeStream(peer, protocol, now)) return true;
    this.misbehaved(peer, 'overBudget');
    return false;
  }

  /** Counts a message against the peer's budget; being over it costs score. */
  count(peer: PeerId, protocol: ProtocolName, bytes: number): void {
    if (!this.#peers.takeMessage(peer, protocol, bytes, this.clock.now())) this.misbehaved(peer, 'overBudget');
  }

  /** Costs score; a bad score costs the connection. */
  misbehaved(peer: PeerId, how: Misbehaviour): void {
    const isBad = this.gate?.misbehaved(peer, how) ?? this.#peers.penalise(peer, how, this.clock.now());
    if (isBad) this.banish(peer);
  }

  disconnect(peer: PeerId): void {
    this.transport.disconnect(peer).catch(() => {});
  }

  /** Waits for a turn to send a request to this peer: the other side counts our streams over all chains. */
  async turn(peer: PeerId, signal: AbortSignal): Promise<() => void> {
    const slots = this.#slots.get(peer) ?? new Slots(REQUESTS_PER_PEER_MAX, REQUESTS_WAITING_MAX);
    this.#slots.set(peer, slots);
    const giveBack = await slots.take(signal);
    return () => {
      giveBack();
      if (slots.idle && this.#slots.get(peer) === slots) this.#slots.delete(peer);
    };
  }
}

/** A bug must be seen: as an uncaught error, not as a stream that closed. */
function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
