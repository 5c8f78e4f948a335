/** Nodes for the network's tests: real keys and signatures, peers of one process, a clock that the test moves. */

import { utf8 } from '../../src/core/base/bytes.ts';
import { type Hash, plainSha256 } from '../../src/core/base/hash.ts';
import { type PublicKey, publicKeyOf, signWithSeed, verifyZip215 } from '../../src/core/base/key.ts';
import { ok, type RefusalCode, RefusalError, type Result } from '../../src/core/base/result.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import type { Chain } from '../../src/net/chain-network.ts';
import { type MemoryHub, memoryHub } from '../../src/net/memory-transport.ts';
import { createNetwork, type LiveNetwork } from '../../src/net/network.ts';
import type { Transport } from '../../src/net/transport.ts';
import type { AccessLevel, ChainEndpoint, InvitationClaim, PeerAddress, Random, Session, Signer, Verifier } from '../../src/node/ports.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { ManualClock, settle } from './manual-clock.ts';

export const CHAIN: Hash = plainSha256(utf8('the chain of these tests'));
export const NEVER: AbortSignal = new AbortController().signal;

export function randomOf(seed: number): Random {
  const next = seededRandom(seed);
  return { bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)) };
}

/** Real Ed25519, one check after the other. */
export const verifier: Verifier = {
  verify: async (checks) => checks.map(({ key, message, signature }) => verifyZip215(key, message, signature)),
};

export function signerOf(name: string): Signer {
  const seed = plainSha256(utf8(`node key of ${name}`));
  return { publicKey: publicKeyOf(seed), sign: async (message) => signWithSeed(seed, message) };
}

/** One node of the chain, which notes down all that happens to it. */
export class TestNode implements ChainEndpoint {
  readonly chain: Hash;
  readonly signer: Signer;
  protocolVersions: readonly number[] = [1];
  keys: readonly Uint8Array[] = [];
  seed: { readonly invitation: Hash; readonly seed: Uint8Array } | undefined;
  decide: (nodeKey: PublicKey, claim: InvitationClaim | undefined) => Result<AccessLevel> = () => ok('member');
  serve: (session: Session, request: Uint8Array, signal: AbortSignal) => AsyncIterable<Uint8Array> = async function* () {};
  onMessage: (session: Session, message: Uint8Array) => void = () => {};
  readonly opened: Session[] = [];
  readonly closed: { readonly session: Session; readonly reason: RefusalCode }[] = [];
  readonly messages: Uint8Array[] = [];
  readonly keysReceived: Uint8Array[] = [];
  readonly pathChanges: string[] = [];
  readonly network: LiveNetwork;
  readonly transport: Transport;
  readonly net: Chain;

  constructor(name: string, world: World, chain: Hash) {
    this.chain = chain;
    this.signer = signerOf(name);
    this.transport = world.wrap(world.hub.transport(name));
    const report = (error: unknown) => world.bugs.push(error);
    this.network = createNetwork({ transport: this.transport, clock: world.clock, random: randomOf(world.nextSeed()), verifier, report });
    this.net = this.network.attach(this);
  }

  get address(): PeerAddress {
    return { peer: this.transport.peerId, addresses: this.transport.addresses() };
  }

  roles(): readonly Role[] {
    return ['writer'];
  }
  tip() {
    return { height: 7, block: this.chain };
  }
  networkKeys() {
    return this.keys;
  }
  inviteSeed() {
    return this.seed;
  }
  access(nodeKey: PublicKey, claim: InvitationClaim | undefined): Result<AccessLevel> {
    return this.decide(nodeKey, claim);
  }
  sessionOpened(session: Session): void {
    this.opened.push(session);
  }
  sessionClosed(session: Session, reason: RefusalCode): void {
    this.closed.push({ session, reason });
  }
  messageReceived(session: Session, message: Uint8Array): void {
    this.messages.push(message);
    this.onMessage(session, message);
  }
  requestReceived(session: Session, request: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.serve(session, request, signal);
  }
  networkKeyReceived(_session: Session, key: Uint8Array): void {
    this.keysReceived.push(key);
  }
  sessionChanged(session: Session): void {
    this.pathChanges.push(session.path);
  }
}

export interface World {
  readonly clock: ManualClock;
  readonly hub: MemoryHub;
  /** Errors that were no refusals: must stay empty. */
  readonly bugs: unknown[];
  wrap: (transport: Transport) => Transport;
  nextSeed(): number;
  node(name: string, chain?: Hash): TestNode;
  /** Closes every node, and says what is still running. */
  end(): Promise<{ readonly timers: number; readonly streams: number; readonly bugs: readonly unknown[] }>;
}

export const NOTHING_LEFT = { timers: 0, streams: 0, bugs: [] };

export function makeWorld(seed = 1): World {
  const clock = new ManualClock();
  const hub = memoryHub({ clock, random: randomOf(seed) });
  const nodes: TestNode[] = [];
  let seeds = seed;
  const world: World = {
    clock,
    hub,
    bugs: [],
    wrap: (transport) => transport,
    nextSeed: () => ++seeds,
    node: (name, chain = CHAIN) => {
      const node = new TestNode(name, world, chain);
      nodes.push(node);
      return node;
    },
    end: async () => {
      await clock.run(Promise.all(nodes.map((node) => node.network.close())));
      await settle();
      return { timers: clock.waiting, streams: hub.openStreams(), bugs: world.bugs };
    },
  };
  return world;
}

/** The code with which a promise was refused. */
export async function codeOf(promise: Promise<unknown>): Promise<RefusalCode | 'not refused'> {
  try {
    await promise;
    return 'not refused';
  } catch (error) {
    if (error instanceof RefusalError) return error.code;
    throw error;
  }
}
