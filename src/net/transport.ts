/**
 * What lies under sessions: peers that can be dialled, and ordered streams of frames between them.
 *
 * Two implementations: libp2p (`libp2p-transport.ts`) and memory (`memory-transport.ts`, with seeded faults). The
 * handshake, sessions, budgets and flow control above run unchanged on both.
 */
import type { PeerAddress, PeerId, PeerPath, RelayUse } from '../node/ports.ts';

/** One ordered, reliable, two-way stream of frames. */
export interface FrameStream {
  readonly peer: PeerId;
  /** Sends one frame; settles when the transport has taken it (back-pressure). Rejects once the stream has ended. */
  send(frame: Uint8Array): Promise<void>;
  /** The next frame; `undefined` when the other side has ended its half; rejects on reset or abort. */
  receive(signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /** Ends our half after what was sent. */
  close(): Promise<void>;
  /** Ends both halves at once. */
  abort(): void;
}

/** How a protocol's streams are bounded on this transport; taken from the table in `protocols.ts`. */
export interface StreamLimits {
  readonly frameBytesMax: number;
  readonly inboundStreamsPerPeerMax: number;
}

export interface Transport {
  readonly peerId: PeerId;
  /** Where others can dial this process; may change while it runs. */
  addresses(): readonly string[];
  /** Reaches a peer by any of its addresses, or returns at once if it is connected. Rejects with a `RefusalError` (`no-relay`, `relays-full`, `aborted`). */
  dial(address: PeerAddress, signal: AbortSignal): Promise<void>;
  /** Opens a stream on the live connection to a peer. */
  open(peer: PeerId, protocol: string, limits: StreamLimits, signal: AbortSignal): Promise<FrameStream>;
  /** Takes inbound streams of a protocol. */
  handle(protocol: string, limits: StreamLimits, handler: (stream: FrameStream) => void): void;
  /** How the best live connection to the peer runs; `undefined` if there is none. */
  path(peer: PeerId): PeerPath | undefined;
  /** Calls back when a peer's first connection opens, its last one closes, or its path changes. */
  onPeer(listener: (peer: PeerId, event: 'connected' | 'disconnected' | 'path') => void): () => void;
  /** A session with the peer lets us in now: what it refused to a stranger, such as a place on a relay, may be asked again. */
  letIn?(peer: PeerId): void;
  /** Round trip in milliseconds on the live connection. */
  ping(peer: PeerId, signal: AbortSignal): Promise<number>;
  /** What relays have done for this process so far. */
  relayUse(): readonly RelayUse[];
  /** Closes every connection to a peer. */
  disconnect(peer: PeerId): Promise<void>;
  close(): Promise<void>;
}
