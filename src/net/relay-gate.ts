/**
 * Who may be reached through this relay, and reach others: members, and guests who proved a live invitation, of chains that it
 * is on; others only where its operator serves all. Comes in: connections, what sessions prove of whom, requests for places and
 * circuits. Goes out: yes, or a typed refusal. Always holds: strangers fill at most their own share of the places, guests
 * theirs, and the rest waits for members; whoever is gone holds nothing. Bounded by the connections that there are.
 *
 * A page asks for its place while its handshake is under way, so a stranger's first requests wait for it a moment.
 */
import type { RefusalCode } from '../core/base/result.ts';
import type { AccessLevel, Clock, PeerId } from '../node/ports.ts';
import { AddressBook } from './address-book.ts';
import { PeerBook } from './budget.ts';
import {
  GUESTS_PLACES_SHARE_MAX,
  type Misbehaviour,
  PROOF_PATIENCE_MS,
  RESERVATIONS_MAX,
  STANDING_GRACE_MS,
  STRANGERS_CONNECTIONS_MAX,
  STRANGERS_PLACES_SHARE_MAX,
} from './protocols.ts';

/** Whom a relay makes reachable: those of its chains, or everybody within the strangers' share. */
export const SERVICES = ['members', 'all'] as const;
export type Service = (typeof SERVICES)[number];

/** What a peer's sessions over all chains come to. */
export type Standing = 'stranger' | 'guest' | 'member';

export function standingOf(levels: readonly AccessLevel[]): Standing {
  if (levels.some((level) => level === 'member' || level === 'validator')) return 'member';
  return levels.includes('guest') ? 'guest' : 'stranger';
}

/** What the gate does to the node that it guards. */
export interface GateActions {
  /** Takes a peer's place away. */
  release(peer: PeerId): void;
  disconnect(peer: PeerId): void;
}

export interface RelayGateOptions {
  readonly clock: Clock;
  readonly serves: Service;
  /** Addresses that stand for many machines, such as a proxy's. */
  readonly sharedAddresses?: readonly string[];
  readonly reservationsMax?: number;
}

interface Visitor {
  readonly host: string;
  readonly since: number;
  connections: number;
  standing: Standing;
  hasPlace: boolean;
  /** Requests that wait for what its handshake says. */
  readonly waiting: Set<() => void>;
  /** Ends the wait for a new session of one that had a standing. */
  endGrace: (() => void) | undefined;
}

export class RelayGate {
  readonly peers = new PeerBook();
  readonly addresses: AddressBook;
  readonly #clock: Clock;
  readonly #serves: Service;
  readonly #reservationsMax: number;
  /** By the order in which they came. */
  readonly #visitors = new Map<PeerId, Visitor>();
  #actions: GateActions = { release: () => {}, disconnect: () => {} };

  constructor({ clock, serves, sharedAddresses = [], reservationsMax = RESERVATIONS_MAX }: RelayGateOptions) {
    this.#clock = clock;
    this.#serves = serves;
    this.#reservationsMax = reservationsMax;
    this.addresses = new AddressBook(sharedAddresses);
  }

  guard(actions: GateActions): void {
    this.#actions = actions;
  }

  // ---------------------------------------------------------------- connections

  /** Whether an address may connect; asked before anything is read. */
  admits(host: string): boolean {
    return this.addresses.admits(host, this.#clock.now());
  }

  /** Whether it would refuse the address now; counts nothing. */
  refuses(host: string): boolean {
    return this.addresses.refuses(host, this.#clock.now());
  }

  /** What was admitted has opened, or come to nothing. */
  settled(host: string): void {
    this.addresses.settled(host);
  }

  opened(peer: PeerId, host: string): void {
    const now = this.#clock.now();
    this.addresses.opened(host, now);
    const known = this.#visitors.get(peer);
    if (known !== undefined) {
      known.connections += 1;
      return;
    }
    const fresh = { host, since: now, connections: 1, hasPlace: false, endGrace: undefined };
    this.#visitors.set(peer, { ...fresh, standing: 'stranger', waiting: new Set() });
    this.#boundStrangers(peer);
  }

  closed(peer: PeerId, host: string): void {
    this.addresses.closed(host);
    const visitor = this.#visitors.get(peer);
    if (visitor === undefined) return;
    visitor.connections -= 1;
    if (visitor.connections > 0) return;
    this.#visitors.delete(peer);
    visitor.endGrace?.();
    for (const wake of [...visitor.waiting]) wake();
    if (visitor.hasPlace) this.#actions.release(peer);
  }

  /** Of too many strangers the one who was here longest without proving anything goes; whoever has just come may be about to. */
  #boundStrangers(newest: PeerId): void {
    const strangers = [...this.#visitors].filter(
      ([, { standing, hasPlace, endGrace }]) => standing === 'stranger' && !hasPlace && !endGrace,
    );
    if (strangers.length <= STRANGERS_CONNECTIONS_MAX) return;
    const [oldest] = strangers;
    const isStale = oldest !== undefined && this.#clock.now() - oldest[1].since > PROOF_PATIENCE_MS;
    this.#actions.disconnect(isStale ? oldest[0] : newest);
  }

  // ---------------------------------------------------------------- standing

  /** What the peer's sessions say of it now. */
  stands(peer: PeerId, standing: Standing): void {
    const visitor = this.#visitors.get(peer);
    if (visitor === undefined || visitor.standing === standing) return;
    visitor.standing = standing;
    visitor.endGrace?.();
    visitor.endGrace = undefined;
    if (standing === 'stranger') visitor.endGrace = this.#clock.schedule(STANDING_GRACE_MS, () => this.#graceOver(peer, visitor));
    else for (const wake of [...visitor.waiting]) wake();
  }

  #graceOver(peer: PeerId, visitor: Visitor): void {
    visitor.endGrace = undefined;
    if (!visitor.hasPlace || this.#placeRefusal(visitor) === undefined) return;
    visitor.hasPlace = false;
    this.#actions.release(peer);
  }

  /** Costs score, that of the peer and that of its address; true if the peer is to lose its connections. */
  misbehaved(peer: PeerId, how: Misbehaviour): boolean {
    const now = this.#clock.now();
    const host = this.#visitors.get(peer)?.host;
    if (host !== undefined) this.addresses.penalise(host, how, now);
    return this.peers.penalise(peer, how, now);
  }

  // ---------------------------------------------------------------- places and circuits

  /** Gives a place by which others reach the peer, or says why not. */
  async reserve(peer: PeerId): Promise<RefusalCode | undefined> {
    const visitor = await this.#asking(peer);
    if (typeof visitor === 'string') return visitor;
    const refusal = this.#placeRefusal(visitor);
    if (refusal === undefined) visitor.hasPlace = true;
    return refusal;
  }

  /** Whether the peer may reach another through this relay. */
  async connect(peer: PeerId): Promise<RefusalCode | undefined> {
    const visitor = await this.#asking(peer);
    if (typeof visitor === 'string') return visitor;
    return this.#isServed(visitor) ? undefined : 'not-a-member';
  }

  async #asking(peer: PeerId): Promise<Visitor | RefusalCode> {
    const now = this.#clock.now();
    const visitor = this.#visitors.get(peer);
    if (visitor === undefined) return 'closed';
    if (this.peers.isBanned(peer, now)) return 'slow-down';
    if (!this.peers.takeStream(peer, 'circuit', now)) {
      if (this.misbehaved(peer, 'overBudget')) this.#actions.disconnect(peer);
      return 'slow-down';
    }
    await this.#proof(visitor);
    return visitor;
  }

  /** Settles once the visitor has proved something, or had the time to. */
  async #proof(visitor: Visitor): Promise<void> {
    const leftMs = visitor.since + PROOF_PATIENCE_MS - this.#clock.now();
    if (leftMs <= 0 || this.#isServed(visitor)) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        cancel();
        visitor.waiting.delete(wake);
        resolve();
      };
      const cancel = this.#clock.schedule(leftMs, wake);
      visitor.waiting.add(wake);
    });
  }

  #isServed({ standing, endGrace }: Visitor): boolean {
    return this.#serves === 'all' || standing !== 'stranger' || endGrace !== undefined;
  }

  #placeRefusal(visitor: Visitor): RefusalCode | undefined {
    if (visitor.connections === 0) return 'closed';
    if (!this.#isServed(visitor)) return 'not-a-member';
    const others = [...this.#visitors.values()].filter((other) => other.hasPlace && other !== visitor);
    const alike = others.filter(({ standing }) => standing === visitor.standing).length;
    const isFull = others.length >= this.#reservationsMax || alike >= this.#reservationsMax * SHARES[visitor.standing];
    return isFull ? 'relays-full' : undefined;
  }

  /** What is held now, for the status and for tests that assert a return to the baseline. */
  counts(): GateCounts {
    const visitors = [...this.#visitors.values()];
    const now = this.#clock.now();
    this.peers.forgetQuiet(now);
    this.addresses.forgetQuiet(now);
    return {
      connected: visitors.length,
      places: visitors.filter(({ hasPlace }) => hasPlace).length,
      strangers: visitors.filter(({ standing }) => standing === 'stranger').length,
      waiting: visitors.reduce((total, { waiting }) => total + waiting.size, 0),
      peersRemembered: this.peers.size,
      addressesRemembered: this.addresses.size,
    };
  }
}

export interface GateCounts {
  readonly connected: number;
  readonly places: number;
  readonly strangers: number;
  readonly waiting: number;
  readonly peersRemembered: number;
  readonly addressesRemembered: number;
}

const SHARES: Readonly<Record<Standing, number>> = { stranger: STRANGERS_PLACES_SHARE_MAX, guest: GUESTS_PLACES_SHARE_MAX, member: 1 };
