/**
 * Everything that the node asks of the world: time, randomness, storage, keys, signature checks, network.
 *
 * Each port has one contract suite that runs on its real and on its in-memory implementation. All waits take an
 * `AbortSignal`; all resources have a `close` that settles only when nothing of theirs is left running.
 */
import type { Hash } from '../core/base/hash.ts';
import type { PublicKey, Signature, SignatureCheck } from '../core/base/key.ts';
import type { RefusalCode, Result } from '../core/base/result.ts';
import type { Role } from '../core/codec/primitives.ts';

export type { SignatureCheck } from '../core/base/key.ts';

export interface Clock {
  /** Milliseconds since the Unix epoch, by this machine. */
  now(): number;
  /** Runs once after `delayMs`; the returned function cancels it. */
  schedule(delayMs: number, run: () => void): () => void;
}

export interface Random {
  /** Cryptographically secure bytes (seeded ones in the simulator). */
  bytes(length: number): Uint8Array;
}

// ---------------------------------------------------------------- storage

/**
 * `relaxed`: survives the process, may be lost with the machine. `strict`: on the disk before the promise settles
 * (SQLite `synchronous=FULL`, IndexedDB `durability: 'strict'`). `erasing`: strict, and what the write replaces or deletes is left
 * in no file of the store's, as far as it can reach: now or, while another process reads them, with a later write.
 */
export type Durability = 'relaxed' | 'strict' | 'erasing';
export type StoreKey = number | string;

/** The tables of every space. A table's keys are all numbers (safe, ≥ 0) or all texts. */
export const TABLES = {
  meta: 'text',
  bundles: 'number',
  bodies: 'number',
  headers: 'number',
  tail: 'number',
  snapshot: 'number',
  checkpoints: 'number',
  outbox: 'number',
  votes: 'text',
} as const;
export type Table = keyof typeof TABLES;

export type WriteOperation =
  | { readonly type: 'put'; readonly table: Table; readonly key: StoreKey; readonly value: Uint8Array }
  | { readonly type: 'delete'; readonly table: Table; readonly key: StoreKey }
  | { readonly type: 'delete-range'; readonly table: Table; readonly from: StoreKey; readonly to: StoreKey };

/**
 * A store of byte strings, in named spaces (one a chain). Duties of an implementation:
 * - `write` is atomic: after a crash all of it is there or none. Writes of one space take effect in the order of the calls.
 * - a settled `strict` write survives loss of power; so then does every earlier write of the same space.
 * - a read sees every write of this space whose promise has settled.
 * - a failure throws `RefusalError` with `storage-full`, `storage-corrupt` or `storage-failed`, and leaves the space usable.
 */
export interface Space {
  get(table: Table, key: StoreKey): Promise<Uint8Array | undefined>;
  /** Rows with `from` ≤ key ≤ `to` in key order (texts by code unit), at most `limit`. */
  range(table: Table, from: StoreKey, to: StoreKey, limit: number): Promise<readonly { key: StoreKey; value: Uint8Array }[]>;
  write(operations: readonly WriteOperation[], durability: Durability): Promise<void>;
}

export interface Store {
  /** Opens a space, making it if need be. The same name gives the same space. Names: `[a-z0-9-]{1,80}`. */
  space(name: string): Promise<Space>;
  /** Names of all spaces, sorted. */
  spaces(): Promise<readonly string[]>;
  /** Deletes a space and all in it. */
  drop(name: string): Promise<void>;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- keys

/** A private key that stays where it is; only signatures come out. */
export interface Signer {
  readonly publicKey: PublicKey;
  sign(message: Uint8Array): Promise<Signature>;
}

/** Private keys by name (`node/<chain hex>`, `vote/<chain hex>`, …), made on this machine and never exported. */
export interface KeyStore {
  get(name: string): Promise<Signer | undefined>;
  /** Makes a key under a name, durably, before it settles. An existing one is returned as it is. */
  make(name: string): Promise<Signer>;
  /**
   * Keeps the key of a 32-byte seed under a name, durably, before it settles: the next key of a recovery phrase. One that is
   * there already gives way.
   */
  adopt(name: string, seed: Uint8Array): Promise<Signer>;
  /** Gives a key another name: keys are made before the chain they are for has an id. */
  rename(from: string, to: string): Promise<void>;
  delete(name: string): Promise<void>;
}

/**
 * Checks signatures in batches. `message`: a native reject is final. `agreement`: for blocks and votes, where every node
 * must judge alike, a native reject is decided by ZIP 215 (DESIGN §3).
 */
export interface Verifier {
  verify(checks: readonly SignatureCheck[], mode: 'message' | 'agreement'): Promise<readonly boolean[]>;
}

// ---------------------------------------------------------------- network

/** A libp2p peer id in its text form. Never an authority on a chain. */
export type PeerId = string;

/** Where a peer may be reached: multiaddr texts without the trailing `/p2p/<id>`, best first. */
export interface PeerAddress {
  readonly peer: PeerId;
  readonly addresses: readonly string[];
}

export type AccessLevel = 'validator' | 'member' | 'guest' | 'knocker' | 'foreign';

/** What a newcomer shows instead of membership: that it holds a link. The signature is checked by the network layer. */
export interface InvitationClaim {
  readonly invitation: Hash;
  readonly inviteKey: PublicKey;
}

/** An invitation by its id, and the key that its link derives. */
export interface HeldInvite {
  readonly invitation: Hash;
  readonly signer: Signer;
}

/** How a connection to a peer runs: to the relay itself, browser to browser, or through a relay's circuit. */
export type PeerPath = 'relay' | 'direct' | 'relayed';

export interface Tip {
  readonly height: number;
  readonly block: Hash;
}

/**
 * A handshaken session with one node of one chain. Messages keep their order; delivery ends when the session closes.
 */
export interface Session {
  /** Unique in this process. */
  readonly id: number;
  readonly peer: PeerId;
  readonly nodeKey: PublicKey;
  /** What the other side claims; rights come from state alone. */
  readonly claimedRoles: readonly Role[];
  readonly tipAtStart: Tip;
  /** The tip that the handshake told the other side of: what came after it is still to be told. */
  readonly ownTipAtStart: Tip;
  /** What we let the other side do; set at the handshake, changed through `setAccess`, which tells the other side. */
  readonly access: AccessLevel;
  /** What the other side lets us do, by its last word. */
  readonly grantedAccess: AccessLevel;
  readonly path: PeerPath;
  setAccess(level: AccessLevel): void;
  /** Gives a member the chain's network key of today. */
  giveNetworkKey(key: Uint8Array): void;
  /** Queues a message (at most `SESSION_MESSAGE_BYTES_MAX`). A peer that does not read loses the session, never our memory. */
  send(message: Uint8Array): void;
  /**
   * Asks for something that comes as frames (`/latchkey/sync/1`). The requester grants credit as it consumes, so a slow
   * reader slows the sender. Ends normally when the answer is whole; throws `RefusalError` on a refusal, time-out or close.
   */
  request(request: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Milliseconds of one round trip on the session's connection. */
  ping(signal: AbortSignal): Promise<number>;
  close(reason: RefusalCode): void;
}

/** What the node tells the network layer about one chain, and hears from it. All questions are answered from finalised state. */
export interface ChainEndpoint {
  readonly chain: Hash;
  readonly signer: Signer;
  readonly protocolVersions: readonly number[];
  roles(): readonly Role[];
  tip(): Tip;
  /** Current network key, then the previous one if its holders are still let in; empty for a chain without. */
  networkKeys(): readonly Uint8Array[];
  /** The level of a node key that passed the challenge, or why it gets none. */
  access(nodeKey: PublicKey, claim: InvitationClaim | undefined): Result<AccessLevel>;
  /** What this node shows while it is a guest. */
  invite(): HeldInvite | undefined;
  sessionOpened(session: Session): void;
  sessionClosed(session: Session, reason: RefusalCode): void;
  messageReceived(session: Session, message: Uint8Array): void;
  /** The path of the session's connection (relayed ↔ direct) or what the other side lets us do changed. */
  sessionChanged?(session: Session): void;
  /**
   * A peer that passed the challenge gave us the network key it holds for the current one, because we used the previous or
   * because it changed. The network layer cannot judge it: compare its hash with the one in state before keeping it.
   */
  networkKeyReceived?(session: Session, key: Uint8Array): void;
  /** What a node key that passed the challenge and gets no session is given along with the refusal, if it was of the chain. */
  farewell?(nodeKey: PublicKey): Promise<Uint8Array | undefined>;
  /** A peer was reached and did not answer for this chain: it has none such, or asks for a network key that we lack. */
  unanswered?(peer: PeerId): void;
  /** A handshake ended with a typed refusal, the peer's or ours; with what the peer gave along, which nobody has judged yet. */
  handshakeRefused?(peer: PeerId, code: RefusalCode, farewell: Uint8Array | undefined): void;
  /** Serves a peer's `request`. Frames are pulled as credit allows; a thrown `RefusalError` reaches the peer as its code. */
  requestReceived(session: Session, request: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** The network as one chain uses it. */
export interface ChainNetwork {
  /**
   * Reaches a peer and shakes hands, or returns the live session there is. Retries an unavailable peer up to
   * `HANDSHAKE_REQUESTS_MAX` times with growing pauses, then throws `RefusalError`: `no-relay`, `not-available` if it never
   * answered, `timed-out`, `wrong-answer`, or the peer's typed refusal such as `invitation-used`.
   */
  connect(address: PeerAddress, signal: AbortSignal): Promise<Session>;
  /** Keeps the session with this peer alive: redials every 1–5 s while it is away. Replaces the set of peers kept so far. */
  keep(addresses: readonly PeerAddress[]): void;
  sessions(): readonly Session[];
  /** Closes all sessions of this chain and forgets it. */
  close(): Promise<void>;
}

/** A relay's answer to `/latchkey/host/1`, and our side of it; see `core/codec/host.ts`. */
export interface HostService {
  hostRequested(peer: PeerId, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}

export interface Network {
  readonly peerId: PeerId;
  /** Addresses by which others may dial this process directly; empty for a browser. */
  addresses(): readonly string[];
  attach(endpoint: ChainEndpoint): ChainNetwork;
  /** Connects to a peer ahead of time: a `connect` that comes meanwhile or later finds what is there. Rejects as `connect` does. */
  reach(address: PeerAddress, signal: AbortSignal): Promise<void>;
  /** Asks a relay to host a chain: one request, one answer, before any chain exists. */
  host(relay: PeerAddress, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
  /** Answers such requests. Without a service they are refused with `hosting-refused`. */
  serveHost(service: HostService | undefined): void;
  close(): Promise<void>;
}
