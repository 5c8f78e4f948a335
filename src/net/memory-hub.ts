/**
 * The wires between peers of one process: connections, what travels on them, and the faults that strike them.
 *
 * Streams stay ordered and reliable, as on a real connection: what is lost is the stream, never one frame of it.
 */
import { SECOND_MS } from '../core/base/limits.ts';
import type { Clock, PeerId, PeerPath, Random } from '../node/ports.ts';
import { between, chance } from './jitter.ts';
import { MemoryStream, streamEnded, type Wire } from './memory-stream.ts';
import type { StreamLimits } from './transport.ts';

export type PeerEvent = 'connected' | 'disconnected' | 'path';

/** What the hub knows of a running process. */
export interface MemoryProcess {
  tell(peer: PeerId, event: PeerEvent): void;
  /** It counts what a relay did for it. */
  relayed(relay: PeerId, use: 'reserved' | 'lost' | { readonly bytes: number }): void;
  /** The process is gone: it hears and says nothing more. */
  dead(): void;
  /** The opener's end of a new stream to this process; `undefined` if it takes none. */
  accept(opener: PeerId, protocol: string, openerLimits: StreamLimits, connection: Connection): MemoryStream | undefined;
}

/** Chances are from 0 to 1. */
export interface MemoryFaults {
  readonly latencyMs: { readonly min: number; readonly max: number };
  /** Chance that a dial fails. */
  readonly dialFailure: number;
  /** Chance, for each frame, that its stream is reset instead. */
  readonly streamReset: number;
  /** Chance, for each frame, that it and all behind it on its stream wait `stallMs` longer. */
  readonly stall: number;
  readonly stallMs: number;
  /** Chance that a stream's frames also arrive a second time, as another stream whose answers go nowhere. */
  readonly duplicate: number;
  /** A connection whose bytes get nowhere for this long is dropped on both sides. */
  readonly connectionTimeoutMs: number;
}

export const NO_FAULTS: MemoryFaults = {
  latencyMs: { min: 0, max: 0 },
  dialFailure: 0,
  streamReset: 0,
  stall: 0,
  stallMs: 0,
  duplicate: 0,
  connectionTimeoutMs: 20 * SECOND_MS,
};

/** What struck: a fault by its chance, or one frame overtaking another on its way. */
export type MemoryFault = 'dialFailure' | 'streamReset' | 'stall' | 'duplicate' | 'overtaking';

export interface MemoryHubOptions {
  readonly clock?: Clock;
  /** Seeded; needed with faults. */
  readonly random?: Random;
  readonly faults?: Partial<MemoryFaults>;
  /** Hears of each fault that strikes. */
  readonly struck?: (fault: MemoryFault) => void;
}

function pairKey(a: PeerId, b: PeerId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

export class Hub {
  readonly #clock: Clock | undefined;
  readonly #random: Random | undefined;
  readonly struck: (fault: MemoryFault) => void;
  readonly #processes = new Map<PeerId, MemoryProcess>();
  readonly #connections = new Map<string, Connection>();
  readonly #blocked = new Set<string>();
  readonly #paths = new Map<string, PeerPath>();
  faults: MemoryFaults;

  constructor(options: MemoryHubOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.struck = options.struck ?? (() => {});
    this.faults = { ...NO_FAULTS, ...options.faults };
  }

  start(peer: PeerId, process: MemoryProcess): void {
    if (this.#processes.has(peer)) throw new Error(`a process with peer id ${peer} runs already`);
    this.#processes.set(peer, process);
  }

  kill(peer: PeerId): void {
    const process = this.#processes.get(peer);
    this.#processes.delete(peer);
    process?.dead();
    for (const connection of [...this.#connections.values()]) if (connection.joins(peer)) connection.drop();
  }

  process(peer: PeerId): MemoryProcess | undefined {
    return this.#processes.get(peer);
  }

  connection(a: PeerId, b: PeerId): Connection | undefined {
    return this.#connections.get(pairKey(a, b));
  }

  connect(a: PeerId, b: PeerId): void {
    if (this.connection(a, b) !== undefined) return;
    const connection = new Connection(this, a, b, () => this.#connections.delete(pairKey(a, b)));
    this.#connections.set(pairKey(a, b), connection);
    connection.tell('connected');
  }

  block(from: PeerId, to: PeerId): void {
    this.#blocked.add(`${from} ${to}`);
  }

  isBlocked(from: PeerId, to: PeerId): boolean {
    return this.#blocked.has(`${from} ${to}`);
  }

  heal(): void {
    this.#blocked.clear();
    for (const connection of [...this.#connections.values()]) connection.release();
  }

  path(a: PeerId, b: PeerId): PeerPath {
    return this.#paths.get(pairKey(a, b)) ?? 'direct';
  }

  setPath(a: PeerId, b: PeerId, path: PeerPath): void {
    if (this.path(a, b) === path) return;
    this.#paths.set(pairKey(a, b), path);
    this.connection(a, b)?.tell('path');
  }

  setFaults(faults: Partial<MemoryFaults>): void {
    this.faults = { ...this.faults, ...faults };
  }

  relayed(peer: PeerId, relay: PeerId, use: 'reserved' | 'lost' | { readonly bytes: number }): void {
    this.#processes.get(peer)?.relayed(relay, use);
  }

  openStreams(): number {
    return [...this.#connections.values()].reduce((total, connection) => total + connection.streams.size, 0);
  }

  now(): number {
    return this.#clock?.now() ?? 0;
  }

  /** A moment of one latency after `earliest`. */
  arrival(earliest: number): number {
    const { min, max } = this.faults.latencyMs;
    const stalled = this.strikes('stall') ? this.faults.stallMs : 0;
    const latency = this.#random === undefined ? min : between(this.#random, min, max);
    return Math.max(earliest, this.now() + latency + stalled);
  }

  /** Whether this fault strikes now. */
  strikes(fault: Exclude<MemoryFault, 'overtaking'>): boolean {
    const likelihood = this.faults[fault];
    const strikes = likelihood > 0 && this.#random !== undefined && chance(this.#random, likelihood);
    if (strikes) this.struck(fault);
    return strikes;
  }

  at(time: number, run: () => void): () => void {
    if (this.#clock !== undefined) return this.#clock.schedule(Math.max(0, time - this.now()), run);
    let cancelled = false;
    queueMicrotask(() => {
      if (!cancelled) run();
    });
    return () => {
      cancelled = true;
    };
  }

  /** A time-out needs a clock; without one, what is blocked waits for `heal`. */
  after(delayMs: number, run: () => void): () => void {
    return this.#clock?.schedule(delayMs, run) ?? (() => {});
  }
}

/** One connection between two peers, with its streams. */
export class Connection {
  readonly #hub: Hub;
  readonly #peers: readonly [PeerId, PeerId];
  readonly #onDropped: () => void;
  readonly streams = new Set<MemoryStream>();
  #held: { readonly from: PeerId; readonly to: PeerId; readonly run: () => void }[] = [];
  readonly #travelling = new Set<() => void>();
  /** When the latest of what travels to each side arrives. */
  readonly #latest = new Map<PeerId, number>();
  #cancelTimeout: (() => void) | undefined;
  #open = true;

  constructor(hub: Hub, a: PeerId, b: PeerId, onDropped: () => void) {
    this.#hub = hub;
    this.#peers = [a, b];
    this.#onDropped = onDropped;
  }

  joins(peer: PeerId): boolean {
    return this.#peers.includes(peer);
  }

  tell(event: PeerEvent): void {
    const [a, b] = this.#peers;
    this.#hub.process(a)?.tell(b, event);
    this.#hub.process(b)?.tell(a, event);
  }

  drop(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#cancelTimeout?.();
    for (const cancel of this.#travelling) cancel();
    this.#travelling.clear();
    this.#held = [];
    this.#onDropped();
    for (const stream of [...this.streams]) stream.fail(streamEnded('the connection was lost'));
    this.tell('disconnected');
  }

  /** A direction of one stream: what enters first arrives first. */
  wire(from: PeerId, to: PeerId, reset: () => void): Wire {
    const waiting: (() => void)[] = [];
    let last = 0;
    return (arrive) => {
      waiting.push(this.#hub.strikes('streamReset') ? reset : arrive);
      last = this.#hub.arrival(last);
      this.#travel(last, from, to, () => waiting.shift()?.());
    };
  }

  /** Runs something that travels from one peer to the other, when it gets through. */
  carry(from: PeerId, to: PeerId, run: () => void): void {
    this.#travel(this.#hub.arrival(0), from, to, run);
  }

  #travel(until: number, from: PeerId, to: PeerId, run: () => void): void {
    const latest = this.#latest.get(to) ?? 0;
    if (until < latest) this.#hub.struck('overtaking');
    this.#latest.set(to, Math.max(until, latest));
    const cancel = this.#hub.at(until, () => {
      this.#travelling.delete(cancel);
      this.#pass(from, to, run);
    });
    this.#travelling.add(cancel);
  }

  release(): void {
    this.#cancelTimeout?.();
    this.#cancelTimeout = undefined;
    for (const { from, to, run } of this.#held.splice(0)) this.#pass(from, to, run);
  }

  #pass(from: PeerId, to: PeerId, run: () => void): void {
    if (!this.#open) return;
    if (!this.#hub.isBlocked(from, to)) return run();
    this.#held.push({ from, to, run });
    this.#cancelTimeout ??= this.#hub.after(this.#hub.faults.connectionTimeoutMs, () => this.drop());
  }

  /** An acceptor's end that hears what the opener says to the first one, and whose answers go nowhere. */
  copyOf(near: MemoryStream, opener: PeerId, acceptor: PeerId, limits: StreamLimits): MemoryStream | undefined {
    if (!this.#hub.strikes('duplicate')) return undefined;
    const answersGoNowhere: Wire = () => {};
    const end: MemoryStream = new MemoryStream(opener, limits.frameBytesMax, answersGoNowhere, () => this.streams.delete(end));
    const reset = () => end.fail(streamEnded('the stream was reset on its way'));
    this.streams.add(end);
    near.copyTo(end, this.wire(opener, acceptor, reset));
    return end;
  }

  pair(
    opener: PeerId,
    acceptor: PeerId,
    limits: readonly [StreamLimits, StreamLimits],
    onFinished: () => void,
  ): readonly [MemoryStream, MemoryStream] {
    const reset = () => {
      for (const end of [near, far]) end.fail(streamEnded('the stream was reset on its way'));
    };
    const finished = (end: () => MemoryStream, then: () => void) => () => {
      this.streams.delete(end());
      then();
    };
    const near: MemoryStream = new MemoryStream(
      acceptor,
      limits[0].frameBytesMax,
      this.wire(opener, acceptor, reset),
      finished(
        () => near,
        () => {},
      ),
    );
    const far: MemoryStream = new MemoryStream(
      opener,
      limits[1].frameBytesMax,
      this.wire(acceptor, opener, reset),
      finished(() => far, onFinished),
    );
    near.join(far);
    far.join(near);
    this.streams.add(near).add(far);
    return [near, far];
  }
}
