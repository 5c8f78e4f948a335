/**
 * The Network port over any transport. Comes in: streams of peers nobody vouches for. Goes out: sessions with nodes that
 * passed the challenge, their messages and requests. Always holds: what an unproven peer sends reaches no chain; whatever
 * it sends, it is answered by a typed refusal, a closed stream or silence. Bounded by the table in `protocols.ts`.
 */
import { toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { NETWORK_KEY_BYTES } from '../core/base/limits.ts';
import { invariant } from '../core/base/result.ts';
import { handshakeFrame } from '../core/codec/handshake.ts';
import type { ChainEndpoint, HostService, Network, PeerAddress, PeerId } from '../node/ports.ts';
import { Chain } from './chain-network.ts';
import { endWith, refusalError, scope, Tasks, throwIfAborted, within } from './flow.ts';
import { Ground, type NetworkParts } from './ground.ts';
import { type FrameOf, matchedNetworkKey } from './handshake.ts';
import { receiveAvailable } from './handshake-run.ts';
import { askHost, serveHostRequest } from './hosting.ts';
import { BANNED_PATIENCE_MS, CHAINS_MAX, DIAL_TIMEOUT_MS, HANDSHAKE_ANSWER_TIMEOUT_MS, PROTOCOLS, type ProtocolName } from './protocols.ts';
import { standingOf } from './relay-gate.ts';
import { type AskedProtocol, serveRequest } from './requests.ts';
import type { FrameStream } from './transport.ts';

/** Makes the network of one process. Closing it closes its transport too. */
export function createNetwork(parts: NetworkParts): LiveNetwork {
  return new LiveNetwork(new Ground(parts));
}

/** What stands in for the network key of a chain that we don't know, so that it takes as long to be silent about it. */
const NO_KEY = new Uint8Array(NETWORK_KEY_BYTES);

export class LiveNetwork implements Network {
  readonly #ground: Ground;
  readonly #life = scope();
  readonly #tasks: Tasks;
  readonly #chains = new Map<string, Chain>();
  readonly #unsubscribe: () => void;
  #service: HostService | undefined;

  constructor(ground: Ground) {
    this.#ground = ground;
    this.#tasks = new Tasks(ground.report);
    this.#handle('session', (stream) => this.#takeSession(stream));
    this.#handle('sync', (stream) => this.#takeRequest('sync', stream));
    this.#handle('receipt', (stream) => this.#takeRequest('receipt', stream));
    this.#handle('host', (stream) => this.#takeHostRequest(stream));
    ground.banish = (peer) => this.#banish(peer);
    ground.sessionsChanged = (peer) => this.#sessionsChanged(peer);
    this.#unsubscribe = ground.transport.onPeer((peer, event) => {
      if (event === 'path') for (const chain of this.#chains.values()) chain.pathChanged(peer);
    });
  }

  get peerId(): string {
    return this.#ground.transport.peerId;
  }

  addresses(): readonly string[] {
    return this.#ground.transport.addresses();
  }

  attach(endpoint: ChainEndpoint): Chain {
    const name = toHex(endpoint.chain);
    invariant(!this.#life.signal.aborted, 'a closed network takes no chain');
    invariant(!this.#chains.has(name), 'a chain is attached once');
    if (this.#chains.size >= CHAINS_MAX) throw refusalError('relays-full', `${CHAINS_MAX} chains are open here`);
    const chain = new Chain(endpoint, this.#ground, () => this.#chains.delete(name));
    this.#chains.set(name, chain);
    return chain;
  }

  async reach(address: PeerAddress, caller: AbortSignal): Promise<void> {
    const { transport, clock } = this.#ground;
    const life = scope(caller, this.#life.signal);
    try {
      await within(clock, DIAL_TIMEOUT_MS, 'dialling', life.signal, (signal) => transport.dial(address, signal));
    } finally {
      life.end();
    }
  }

  async host(relay: PeerAddress, request: Uint8Array, caller: AbortSignal): Promise<Uint8Array> {
    const { transport, clock } = this.#ground;
    const life = scope(caller, this.#life.signal);
    try {
      throwIfAborted(life.signal);
      await within(clock, DIAL_TIMEOUT_MS, 'dialling', life.signal, (signal) => transport.dial(relay, signal));
      const stream = await within(clock, PROTOCOLS.host.idleLimitMs, 'opening a stream', life.signal, (signal) =>
        transport.open(relay.peer, PROTOCOLS.host.id, PROTOCOLS.host, signal),
      );
      return await askHost(stream, request, clock, life.signal);
    } finally {
      life.end();
    }
  }

  serveHost(service: HostService | undefined): void {
    this.#service = service;
  }

  /** What runs now, for tests that assert a return to the baseline. */
  counts(): { readonly chains: number; readonly pendingHandshakes: number; readonly tasks: number } {
    return { chains: this.#chains.size, pendingHandshakes: this.#ground.pendingHandshakes, tasks: this.#tasks.size };
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    await Promise.all([...this.#chains.values()].map((chain) => chain.close()));
    this.#life.abort(refusalError('closed', 'the network was closed here'));
    await this.#tasks.settled();
    await this.#ground.transport.close();
  }

  #handle(name: ProtocolName, serve: (stream: FrameStream) => Promise<void>): void {
    const { transport } = this.#ground;
    transport.handle(PROTOCOLS[name].id, PROTOCOLS[name], (stream) => {
      const runs = PROTOCOLS[name].runsRelayed || transport.path(stream.peer) !== 'relayed';
      if (this.#ground.isBanned(stream.peer)) this.#tasks.run(() => this.#tellBanned(stream, name));
      else if (this.#life.signal.aborted || !runs || !this.#ground.takesStream(stream.peer, name)) stream.abort();
      else this.#tasks.run(() => serve(stream));
    });
  }

  /** One that asks for a chain that it may know of hears why it gets nothing; then it loses the connection it made anew. */
  async #tellBanned(stream: FrameStream, name: ProtocolName): Promise<void> {
    const giveBack = name === 'session' ? this.#ground.takeHandshake(stream.peer) : undefined;
    try {
      const asked = giveBack && (await this.#asked(stream, BANNED_PATIENCE_MS));
      if (asked !== undefined)
        await endWith(stream, this.#ground.clock, handshakeFrame, { type: 'refused', reason: 'slow-down', farewell: undefined });
    } finally {
      giveBack?.();
      stream.abort();
      this.#ground.disconnect(stream.peer);
    }
  }

  /** Its sessions hear why they end before its connections do. */
  #banish(peer: PeerId): void {
    const told = [...this.#chains.values()].map((chain) => chain.banish(peer));
    this.#tasks.run(async () => {
      await Promise.all(told);
      this.#ground.disconnect(peer);
    });
  }

  #sessionsChanged(peer: PeerId): void {
    const sessions = [...this.#chains.values()].flatMap((chain) => chain.sessionOf(peer) ?? []);
    const { gate, transport } = this.#ground;
    gate?.stands(peer, standingOf(sessions.map(({ access }) => access)));
    if (standingOf(sessions.map(({ grantedAccess }) => grantedAccess)) !== 'stranger') transport.letIn?.(peer);
  }

  async #takeSession(stream: FrameStream): Promise<void> {
    const giveBack = this.#ground.takeHandshake(stream.peer);
    if (giveBack === undefined) return stream.abort();
    try {
      const asked = await this.#asked(stream, HANDSHAKE_ANSWER_TIMEOUT_MS);
      if (asked === undefined) stream.abort();
      else await asked.chain.accept(stream, asked.available, asked.keyIndex);
    } finally {
      giveBack();
    }
  }

  /** The chain that a stream asks for, if it may know that it is here. Otherwise nothing is said, whatever the reason. */
  async #asked(
    stream: FrameStream,
    patienceMs: number,
  ): Promise<{ chain: Chain; available: FrameOf<'available'>; keyIndex: number } | undefined> {
    const available = await this.#receiveAvailable(stream, patienceMs);
    if (available === undefined) return undefined;
    const chain = this.#chains.get(toHex(available.chain));
    const peers = { opener: stream.peer, acceptor: this.peerId };
    const keyIndex = matchedNetworkKey(chain?.endpoint.networkKeys() ?? [NO_KEY], available, peers);
    if (chain !== undefined && keyIndex !== undefined) return { chain, available, keyIndex };
    this.#ground.misbehaved(stream.peer, 'unanswered');
    return undefined;
  }

  async #receiveAvailable(stream: FrameStream, patienceMs: number): Promise<FrameOf<'available'> | undefined> {
    const receive = (signal: AbortSignal) => receiveAvailable(stream, signal);
    try {
      const available = await within(this.#ground.clock, patienceMs, 'asking', this.#life.signal, receive);
      if (available === undefined) this.#ground.misbehaved(stream.peer, 'malformed');
      return available;
    } catch {
      return undefined;
    }
  }

  #takeRequest(protocol: AskedProtocol, stream: FrameStream): Promise<void> {
    const { clock, report } = this.#ground;
    const { peer } = stream;
    return serveRequest({
      protocol,
      stream,
      clock,
      signal: this.#life.signal,
      sessionOf: async (chain: Hash, signal) => this.#chains.get(toHex(chain))?.servedSession(peer, protocol, signal),
      misbehaved: (how) => this.#ground.misbehaved(peer, how),
      count: (bytes) => this.#ground.count(peer, protocol, bytes),
      report,
    });
  }

  #takeHostRequest(stream: FrameStream): Promise<void> {
    const { clock, report } = this.#ground;
    const { peer } = stream;
    return serveHostRequest({
      stream,
      clock,
      signal: this.#life.signal,
      service: this.#service,
      misbehaved: (how) => this.#ground.misbehaved(peer, how),
      count: (bytes) => this.#ground.count(peer, 'host', bytes),
      report,
    });
  }
}
