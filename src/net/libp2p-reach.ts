/**
 * Reaching peers: servers by racing their addresses, browsers through a relay's circuit and from there directly.
 *
 * A browser is reached in two steps. The circuit comes first and fast; it is limited, and carries the signalling. Then
 * WebRTC is tried over it: at first twice, 1.5 s apart, because about one of nine first dials hangs to its time limit;
 * later in growing pauses, for as long as the peer is connected through a relay alone. Only the side that dialled tries.
 */
import type { Connection, Libp2p } from '@libp2p/interface';
import { type RefusalCode, RefusalError } from '../core/base/result.ts';
import type { PeerAddress, PeerId } from '../node/ports.ts';
import { isOpenToHttps, readAddress, type ServerAddress, withPeer } from './addresses.ts';
import { type ConnectionBook, pathOf } from './libp2p-connections.ts';
import type { TransportServices } from './libp2p-dialer.ts';
import { orAborted, pause, raceStaggered } from './race.ts';

/** RFC 8305 §5 recommends 250 ms between attempts. */
const ADDRESS_STAGGER_MS = 250;
/** All addresses together. A good dial takes 0.2 s here and under 3 s on a bad mobile network. */
const DIAL_TIMEOUT_MS = 12_000;
/** Addresses of one peer that are tried; more are not believed. */
const DIAL_ADDRESSES_MAX = 16;
/** How often a peer is dialled again that is lost before the dial is over. */
const DIAL_ROUNDS_MAX = 3;
const WEBRTC_STAGGER_MS = 1_500;
const WEBRTC_TIMEOUT_MS = 6_000;
/** How long `dial` waits for the direct connection before it is content with the relayed one. */
const DIRECT_PATIENCE_MS = 3_000;
const UPGRADE_PAUSES_MS: readonly number[] = [10_000, 30_000, 60_000];

interface SharedDial {
  readonly outcome: Promise<void>;
  readonly stop: AbortController;
  waiting: number;
}

export interface ReachOptions {
  /** False in a page that came by https: the browser lets it open no `ws://`, but to its own machine. */
  readonly dialsInClear: boolean;
  /** Others are to reach this node through its relays: it listens on `/p2p-circuit`. */
  readonly seeksPlaces?: boolean;
}

/** One way to a peer; `through` is a relay that has to be connected first. */
interface Route {
  readonly text: string;
  readonly through?: PeerAddress;
}

export class Reach {
  readonly #node: Libp2p<TransportServices>;
  readonly #book: ConnectionBook;
  readonly #closing: AbortSignal;
  readonly #options: ReachOptions;
  readonly #dials = new Map<PeerId, SharedDial>();
  /** Settles when the first round of WebRTC attempts is over, and whatever comes after it has ended. */
  readonly #upgrades = new Map<PeerId, { readonly firstRound: Promise<void>; readonly over: Promise<void> }>();

  constructor(node: Libp2p<TransportServices>, book: ConnectionBook, closing: AbortSignal, options: ReachOptions) {
    this.#node = node;
    this.#book = book;
    this.#closing = closing;
    this.#options = options;
  }

  /** Reaches the peer or throws `RefusalError`: `no-relay`, `only-in-clear`, `relays-full`, `slow-down`, `not-a-member`, `aborted`. Dials of one peer share their attempts. */
  async dial(address: PeerAddress, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw aborted(address.peer);
    if (this.#closing.aborted) throw new RefusalError({ code: 'closed', detail: 'this process has closed its network' });
    if (this.#book.best(address.peer) !== undefined) return;
    const shared = this.#dials.get(address.peer) ?? this.#start(address);
    shared.waiting += 1;
    try {
      await orAborted(shared.outcome, signal);
    } catch (error) {
      throw signal.aborted || this.#closing.aborted ? aborted(address.peer) : asRefusal(error, address.peer);
    } finally {
      shared.waiting -= 1;
      if (shared.waiting === 0) shared.stop.abort(new DOMException('nobody waits for this dial', 'AbortError'));
    }
  }

  /** A connection to the peer has opened: where it is relayed and ours, a direct one is sought. */
  opened(peer: PeerId): void {
    const best = this.#book.best(peer);
    if (best === undefined || best.direction !== 'outbound' || pathOf(best) !== 'relayed' || this.#upgrades.has(peer)) return;
    const firstRound = this.#tryWebRTC(peer, best);
    const over = this.#keepUpgrading(peer, best, firstRound).finally(() => this.#upgrades.delete(peer));
    this.#upgrades.set(peer, { firstRound, over });
  }

  /** Settles when nothing of this is running; to be called once the closing signal has fired. */
  async settled(): Promise<void> {
    const running = [...this.#dials.values()].map((dial) => dial.outcome);
    await Promise.allSettled([...running, ...[...this.#upgrades.values()].map((upgrade) => upgrade.over)]);
  }

  #start(address: PeerAddress): SharedDial {
    const stop = new AbortController();
    const limit = AbortSignal.any([stop.signal, this.#closing, AbortSignal.timeout(DIAL_TIMEOUT_MS)]);
    const outcome = this.#reached(address, limit).finally(() => this.#dials.delete(address.peer));
    // Every caller may have left by the time it fails.
    outcome.catch(() => undefined);
    const shared = { outcome, stop, waiting: 0 };
    this.#dials.set(address.peer, shared);
    return shared;
  }

  /** A connection may be lost while its better one is still sought: then the peer is not reached, and dialled again. */
  async #reached(address: PeerAddress, signal: AbortSignal): Promise<void> {
    for (let round = 0; round < DIAL_ROUNDS_MAX && this.#book.best(address.peer) === undefined; round++)
      await this.#attempt(address, signal);
    if (this.#book.best(address.peer) === undefined) throw new Error('it closed every connection at once');
  }

  async #attempt(address: PeerAddress, signal: AbortSignal): Promise<void> {
    const routes = this.#routes(address);
    if (routes.length === 0 && address.addresses.some((text) => this.#isBarred(serverOf(text))))
      throw new RefusalError({ code: 'only-in-clear', detail: `a page that came by https cannot reach ${address.peer} by ws://` });
    const attempts = routes.map((route) => (over: AbortSignal) => this.#follow(route, address.peer, over));
    const connection = await raceStaggered(attempts, ADDRESS_STAGGER_MS, signal);
    if (pathOf(connection) !== 'relayed') return;
    await Promise.race([this.#upgrades.get(address.peer)?.firstRound, pause(DIRECT_PATIENCE_MS, signal)]);
  }

  /** What to dial, best first: the peer's own sockets, then circuits through relays that it names or that we are connected to. */
  #routes({ peer, addresses }: PeerAddress): readonly Route[] {
    const servers: Route[] = [];
    const circuits = new Map<PeerId, Route>();
    for (const text of addresses.slice(0, DIAL_ADDRESSES_MAX)) {
      const address = readAddress(text);
      if (this.#isBarred(serverOf(text))) continue;
      if (address !== undefined && 'host' in address) servers.push({ text });
      else if (address?.server !== undefined && !circuits.has(address.relay))
        circuits.set(address.relay, circuitThrough(address.relay, text));
    }
    for (const relay of this.#book.peers()) if (this.#isServer(relay)) circuits.set(relay, { text: circuitOver(relay) });
    circuits.delete(peer);
    return [...servers, ...circuits.values()];
  }

  /** What the browser would refuse anyway, with an error in its console. */
  #isBarred(server: ServerAddress | undefined): boolean {
    return !this.#options.dialsInClear && server !== undefined && !isOpenToHttps(server);
  }

  async #follow({ text, through }: Route, peer: PeerId, signal: AbortSignal): Promise<Connection> {
    // libp2p would dial the relay by itself, but through its queue, which the gater keeps shut.
    if (through !== undefined) await this.dial(through, signal);
    return this.#open(withPeer(text, peer), signal);
  }

  #isServer(peer: PeerId): boolean {
    const best = this.#book.best(peer);
    return best !== undefined && best.direction === 'outbound' && pathOf(best) === 'relay';
  }

  async #open(address: string, signal: AbortSignal): Promise<Connection> {
    const connection = await this.#node.services.dialer.dial(address, signal);
    if (!signal.aborted) return connection;
    connection.abort(new Error('another attempt won'));
    throw signal.reason;
  }

  /** Two attempts, 1.5 s apart. Never rejects: the book says whether there is a direct connection. */
  async #tryWebRTC(peer: PeerId, relayed: Connection): Promise<void> {
    const text = relayed.remoteAddr.toString();
    const address = readAddress(text);
    if (address === undefined || !('relay' in address)) return;
    const target = `${circuitOver(address.relay)}/webrtc/p2p/${peer}`;
    const attempt = (over: AbortSignal) => this.#open(target, AbortSignal.any([over, AbortSignal.timeout(WEBRTC_TIMEOUT_MS)]));
    await raceStaggered([attempt, attempt], WEBRTC_STAGGER_MS, this.#closing).catch(() => undefined);
  }

  async #keepUpgrading(peer: PeerId, relayed: Connection, firstRound: Promise<void>): Promise<void> {
    await firstRound;
    for (let round = 0; relayed.status === 'open' && this.#book.path(peer) === 'relayed'; round++) {
      const pauseMs = UPGRADE_PAUSES_MS[Math.min(round, UPGRADE_PAUSES_MS.length - 1)] ?? 0;
      await pause(pauseMs, this.#closing).catch(() => undefined);
      if (this.#closing.aborted) return;
      if (relayed.status === 'open' && this.#book.path(peer) === 'relayed') await this.#tryWebRTC(peer, relayed);
    }
  }
}

/** The server that is dialled for an address: its own, or that of its relay. */
function serverOf(text: string): ServerAddress | undefined {
  const address = readAddress(text);
  return address !== undefined && 'host' in address ? address : address?.server;
}

function circuitThrough(relay: PeerId, text: string): Route {
  return { text: circuitOver(relay), through: { peer: relay, addresses: [text.slice(0, text.indexOf(`/p2p/${relay}`))] } };
}

function circuitOver(relay: PeerId): string {
  return `/p2p/${relay}/p2p-circuit`;
}

function aborted(peer: PeerId): RefusalError {
  return new RefusalError({ code: 'aborted', detail: `the dial of ${peer} was given up` });
}

/** What a relay's status for a circuit says; the most telling first. */
const CIRCUIT_REFUSALS: readonly (readonly [string, RefusalCode])[] = [
  ['RESERVATION_REFUSED', 'relays-full'],
  ['RESOURCE_LIMIT_EXCEEDED', 'slow-down'],
  ['PERMISSION_DENIED', 'not-a-member'],
];

function asRefusal(error: unknown, peer: PeerId): RefusalError {
  if (error instanceof RefusalError && error.code === 'only-in-clear') return error;
  const reasons = error instanceof AggregateError ? error.errors.map(describe) : [describe(error)];
  const [, told] = CIRCUIT_REFUSALS.find(([status]) => reasons.some((reason) => reason.includes(status))) ?? [];
  return new RefusalError({
    code: told ?? 'no-relay',
    detail: `cannot reach ${peer}: ${[...new Set(reasons)].join('; ') || 'no address'}`,
  });
}

function describe(error: unknown): string {
  return error instanceof Error && error.message !== '' ? error.message : 'refused or unreachable';
}
