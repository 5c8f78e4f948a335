/** Nodes for the network's tests: real keys and signatures, peers of one process, a clock that the test moves. */

import { expect } from 'vitest';
import { toHex, utf8 } from '../../src/core/base/bytes.ts';
import { type Hash, plainSha256 } from '../../src/core/base/hash.ts';
import { type PublicKey, publicKeyOf, type Signature, signWithSeed, verifyZip215 } from '../../src/core/base/key.ts';
import { ok, type RefusalCode, RefusalError, type Result } from '../../src/core/base/result.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import type { Chain } from '../../src/net/chain-network.ts';
import { type MemoryHub, memoryHub } from '../../src/net/memory-transport.ts';
import { createNetwork, type LiveNetwork } from '../../src/net/network.ts';
import type { Transport } from '../../src/net/transport.ts';
import type {
  AccessLevel,
  ChainEndpoint,
  Clock,
  HeldInvite,
  InvitationClaim,
  PeerAddress,
  Random,
  Session,
  SignatureCheck,
  Signer,
  Verifier,
} from '../../src/node/ports.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { ManualClock, settle } from './manual-clock.ts';
import { type Change, through } from './tampering.ts';

export const CHAIN: Hash = plainSha256(utf8('the chain of these tests'));
export const NEVER: AbortSignal = new AbortController().signal;

export function randomOf(seed: number): Random {
  const next = seededRandom(seed);
  return { bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)) };
}

const verdicts = new Map<string, boolean>();

function verdict({ key, message, signature }: SignatureCheck): boolean {
  const name = [key, message, signature].map(toHex).join();
  const known = verdicts.get(name) ?? verifyZip215(key, message, signature);
  verdicts.set(name, known);
  return known;
}

/** Real Ed25519. Verdicts are remembered, since some tests ask for the same ones thousands of times. */
export const verifier: Verifier = { verify: async (checks) => checks.map(verdict) };

export function signerOf(name: string): Signer {
  const seed = plainSha256(utf8(`node key of ${name}`));
  return { publicKey: publicKeyOf(seed), sign: async (message) => signWithSeed(seed, message) };
}

/** Signatures are pure, and some tests ask for the same ones thousands of times. */
export function remembering(signer: Signer, signatures: Map<string, Signature>): Signer {
  const { publicKey } = signer;
  const sign = async (message: Uint8Array) => {
    const known = signatures.get(toHex(message)) ?? (await signer.sign(message));
    signatures.set(toHex(message), known);
    return known;
  };
  return { publicKey, sign };
}

/** One node of the chain, which notes down all that happens to it. */
export class TestNode implements ChainEndpoint {
  readonly chain: Hash;
  signer: Signer;
  protocolVersions: readonly number[] = [1];
  keys: readonly Uint8Array[] = [];
  held: HeldInvite | undefined;
  decide: (nodeKey: PublicKey, claim: InvitationClaim | undefined) => Result<AccessLevel> = () => ok('member');
  serve: (session: Session, request: Uint8Array, signal: AbortSignal) => AsyncIterable<Uint8Array> = async function* () {};
  onMessage: (session: Session, message: Uint8Array) => void = () => {};
  readonly opened: Session[] = [];
  readonly closed: { readonly session: Session; readonly reason: RefusalCode }[] = [];
  readonly messages: Uint8Array[] = [];
  readonly keysReceived: Uint8Array[] = [];
  readonly pathChanges: string[] = [];
  readonly refusals: RefusalCode[] = [];
  readonly network: LiveNetwork;
  readonly transport: Transport;
  readonly net: Chain;

  constructor(transport: Transport, ports: TestPorts, options: NodeOptions & { readonly key: string }) {
    const { chain = CHAIN, change, key, ...limits } = options;
    const { clock, random, bugs } = ports;
    this.chain = chain;
    this.signer = signerOf(key);
    this.transport = change === undefined ? transport : through(transport, change);
    const report = (error: unknown) => bugs.push(error);
    this.network = createNetwork({ transport: this.transport, clock, random, verifier, report, ...limits });
    this.net = this.network.attach(this);
  }

  get address(): PeerAddress {
    return { peer: this.transport.peerId, addresses: this.transport.addresses() };
  }

  /** The same node's endpoint on another chain, which only listens. */
  onChain(chain: Hash, hear: (message: Uint8Array) => void): ChainEndpoint {
    return {
      chain,
      signer: this.signer,
      protocolVersions: this.protocolVersions,
      roles: () => this.roles(),
      tip: () => this.tip(),
      networkKeys: () => this.keys,
      access: () => ok('member'),
      invite: () => undefined,
      sessionOpened: () => {},
      sessionClosed: () => {},
      messageReceived: (_, message) => hear(message),
      requestReceived: async function* () {},
    };
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
  invite() {
    return this.held;
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
  receiptRequested(session: Session, request: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.serve(session, request, signal);
  }
  requestReceived(session: Session, request: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.serve(session, request, signal);
  }
  networkKeyReceived(_session: Session, key: Uint8Array): void {
    this.keysReceived.push(key);
  }
  handshakeRefused(_peer: string, code: RefusalCode): void {
    this.refusals.push(code);
  }
  sessionChanged(session: Session): void {
    this.pathChanges.push(session.path);
  }
}

/** What a node runs on. Errors that are no refusals come to `bugs`. */
export interface TestPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly bugs: unknown[];
}

export interface NodeOptions {
  readonly chain?: Hash;
  /** Whose node key it has; by default that of its own name. */
  readonly key?: string;
  readonly change?: Change;
  readonly sessionsPerChainMax?: number;
}

export interface World {
  readonly clock: ManualClock;
  readonly hub: MemoryHub;
  /** Errors that were no refusals: must stay empty. */
  readonly bugs: unknown[];
  node(name: string, options?: NodeOptions): TestNode;
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
    node: (name, options = {}) => {
      const ports = { clock, random: randomOf(++seeds), bugs: world.bugs };
      const node = new TestNode(hub.transport(name), ports, { key: name, ...options });
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

export async function collect(frames: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
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

/** Each of these nodes has one session, the same one, and nothing is pending. */
export function expectOneSession(world: World, ...nodes: readonly TestNode[]) {
  for (const node of nodes) {
    expect(node.net.counts()).toMatchObject({ sessions: 1, inbound: 0, attempts: 0 });
    expect(node.network.counts()).toMatchObject({ pendingHandshakes: 0, tasks: 0 });
  }
  expect(world.hub.openStreams()).toBe(2);
}

export function expectNoSession(world: World, ...nodes: readonly TestNode[]) {
  for (const node of nodes) {
    expect(node.net.counts()).toEqual({ sessions: 0, inbound: 0, attempts: 0, tasks: 0 });
    expect(node.network.counts()).toMatchObject({ pendingHandshakes: 0, tasks: 0 });
    expect(node.opened).toEqual([]);
  }
  expect(world.hub.openStreams()).toBe(0);
}

/** What a connect comes to, with as much time as it wants, and what was in flight after it landed. */
export async function outcome(world: World, from: TestNode, to: TestNode) {
  const code = await world.clock.run(codeOf(from.net.connect(to.address, NEVER)));
  await world.clock.advance(100);
  return code;
}
