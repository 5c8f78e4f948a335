/** Plays a case through four real nodes on an in-memory network: each transaction is handed to another of them, and all must agree on what came of it. */
import { expect } from 'vitest';
import { equal, toHex } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { SECOND_MS } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { encodeSignedGenesis, type Genesis, genesisSignedText } from '../../src/core/codec/genesis.ts';
import { decodeSessionMessage } from '../../src/core/codec/session-message.ts';
import { bodiesOf, decodeTransaction, type Transaction } from '../../src/core/codec/transaction.ts';
import { type Certificate, type Vote, type VoteSubject, voteSignedText } from '../../src/core/codec/vote.ts';
import { assembleCertificate } from '../../src/core/consensus/certificate.ts';
import { refusalAfter } from '../../src/core/consensus/execute.ts';
import type { FirstPoint } from '../../src/core/light/genesis.ts';
import { actorOf, trustSetOf } from '../../src/core/membership/facts.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import { type MemoryHub, memoryHub } from '../../src/net/memory-transport.ts';
import { createNetwork, type LiveNetwork } from '../../src/net/network.ts';
import { ChainNode } from '../../src/node/chain-node.ts';
import { Gate } from '../../src/node/gate.ts';
import { Ledger } from '../../src/node/ledger.ts';
import { genesisPoint } from '../../src/node/ledger-base.ts';
import { memorySigner } from '../../src/node/memory-keys.ts';
import type { Session } from '../../src/node/ports.ts';
import { systemRandom } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { type Act, type AdmissionCase, Hand, type Outcome, type Race, realSignatures, type Step } from './admission-case.ts';
import { type AssemblyOptions, AUDITOR, assemblyGenesis, bytesOfBody, FOUNDERS, type Scene, signedBy } from './admission-scene.ts';
import { StoryClock } from './device.ts';
import { hashOf, keyOf } from './world.ts';

const random = systemRandom();
const verifier = webCryptoVerifier();

/** A founder's device: its node, and what of the network belongs to it. */
interface Device {
  readonly name: string;
  readonly node: ChainNode;
  readonly network: LiveNetwork;
}

export class FourNodes implements Scene {
  readonly chain: Hash;
  readonly hand = new Hand(realSignatures);
  readonly #devices: readonly Device[];
  readonly #clock: StoryClock;
  #handed = 0;

  private constructor(chain: Hash, devices: readonly Device[], clock: StoryClock) {
    this.chain = chain;
    this.#devices = devices;
    this.#clock = clock;
  }

  static async start(options: AssemblyOptions): Promise<FourNodes> {
    const clock = new StoryClock();
    const genesis = { ...assemblyGenesis(options), time: clock.now() - SECOND_MS };
    const text = genesisSignedText(genesis);
    const leaf = encodeSignedGenesis({ genesis, signatures: genesis.founders.map((_, i) => signedBy(nameOf(genesis, i), text)) });
    const hub = memoryHub();
    const devices: Device[] = [];
    for (const name of FOUNDERS) devices.push(await startDevice(hub, clock, name, genesis, leaf));
    const nodes = new FourNodes(genesisPoint(leaf).header.chain, devices, clock);
    await eventually(() => devices.every(({ node }) => node.sessions().length === FOUNDERS.length - 1), 'everybody meets everybody');
    return nodes;
  }

  async stop(): Promise<void> {
    for (const { node } of this.#devices) await node.close();
    for (const { network } of this.#devices) await network.close();
  }

  // ---------------------------------------------------------------- as it is

  get #validator(): ChainNode {
    return this.#nodeOf('ada');
  }
  get state() {
    return this.#validator.ledger.state;
  }
  get time(): number {
    return this.#clock.now();
  }
  get height(): number {
    return this.#validator.ledger.tip.header.height;
  }
  get tip(): Hash {
    return this.#validator.ledger.tip.id;
  }
  idOf(label: string): Hash {
    return this.hand.labelled(label).id;
  }

  #nodeOf(name: string): ChainNode {
    const device = this.#devices.find((one) => one.name === name);
    if (device === undefined) throw new Error(`${name} has no device`);
    return device.node;
  }

  /** Nodes of members who may take part: nobody keeps one up to date that was removed or suspended, or has no role. */
  get #active(): readonly ChainNode[] {
    return this.#devices.map(({ node }) => node).filter(({ signer }) => (actorOf(this.state, signer.publicKey)?.roles.length ?? 0) > 0);
  }

  // ---------------------------------------------------------------- what happens

  pass(duration: number): void {
    this.#clock.aheadMs += duration;
  }

  /** Hands it to the next node in turn; what came of it, once all agree. */
  async submit(...transactions: readonly Transaction[]): Promise<readonly Outcome[]> {
    const active = this.#active;
    const told = await Promise.all(transactions.map((one) => handTo(active[this.#handed++ % active.length] ?? this.#validator, one)));
    await this.#settled();
    const included = await this.#included();
    return transactions.map((one, i): Outcome => {
      if (included.has(toHex(one.id)) && told[i] === undefined) return 'ok';
      return told[i] ?? refusalAfter(this.#validator.ledger.tip, this.time, asVerified(one))?.code ?? 'failed';
    });
  }

  /** Until nothing waits and all who take part stand at the same block. */
  async #settled(): Promise<void> {
    const same = () =>
      this.#active.every(({ ledger, mempool }) => mempool.size === 0 && toHex(ledger.tip.id) === toHex(this.#validator.ledger.tip.id));
    await eventually(same, 'all nodes stand at the same block');
    const roots = new Set(this.#active.map(({ ledger }) => toHex(ledger.state.root)));
    expect([...roots]).toEqual([toHex(this.state.root)]);
  }

  async #included(): Promise<ReadonlySet<string>> {
    const { ledger } = this.#validator;
    const ids = new Set<string>();
    for (const { bytes } of await ledger.leaves(1, ledger.tip.header.logSize)) ids.add(toHex(idOfLeaf(bytes)));
    return ids;
  }
}

function idOfLeaf(bytes: Uint8Array): Hash {
  return unwrap(decodeTransaction(bytes)).id;
}

function nameOf({ founders }: Genesis, i: number): string {
  const name = [...FOUNDERS, AUDITOR][i];
  if (name === undefined || founders[i] === undefined) throw new Error('a founder without a name');
  return name;
}

async function startDevice(hub: MemoryHub, clock: StoryClock, name: string, genesis: Genesis, leaf: Uint8Array): Promise<Device> {
  const vote = memorySigner(hashOf(`${name}, vote`));
  const first = genesisPoint(leaf);
  const certificate = certifiedByAll(first);
  const names = genesis.founders.map(({ name: ref }) => bytesOfBody(ref));
  const ledger = await Ledger.create(await memoryStore().space(name), leaf, certificate, names);
  const signer = memorySigner(hashOf(name));
  const failed = (error: unknown) => {
    throw error;
  };
  const seated = ledger.trust.seats.some(({ node }) => toHex(node) === toHex(keyOf(name)));
  const voteSigner = seated ? vote : undefined;
  const node = await ChainNode.start(ledger, { clock, random, verifier, signer, voteSigner, networkKeys: [], failed });
  const network = createNetwork({ transport: hub.transport(name), clock, random, verifier });
  const gate = new Gate({ chain: ledger.chain, signer, networkKeys: [], firstTip: node.tip() });
  gate.open(node);
  const chainNetwork = network.attach(gate);
  node.connect(chainNetwork);
  chainNetwork.keep(FOUNDERS.filter((other) => other !== name).map((peer) => ({ peer, addresses: [] })));
  return { name, node, network };
}

/** A finalization of the first block by every seat. */
function certifiedByAll({ header, id, state }: FirstPoint): Certificate {
  const subject: VoteSubject = { kind: 'finalize', chain: header.chain, epoch: 0, view: 0, block: id };
  const votes = trustSetOf(state).seats.map(({ node }, seat): Vote => {
    const name = FOUNDERS.find((one) => equal(keyOf(one), node));
    return { subject, seat, signature: signedBy(`${name}, vote`, voteSignedText(subject)) };
  });
  return assembleCertificate(subject, votes);
}

/** What the node says at once; `undefined` if it takes it in. */
async function handTo(node: ChainNode, transaction: Transaction): Promise<Outcome | undefined> {
  let refused: Outcome | undefined;
  const bodies = bodiesOf(transaction.unsigned.action).map(bytesOfBody);
  const session = {
    ...OUTSIDE,
    send: (message: Uint8Array) => {
      const read = unwrap(decodeSessionMessage(message));
      if (read.type === 'refused') refused = read.items[0]?.code;
    },
  };
  await node.run(() => node.receive(session, [{ leaf: transaction.bytes, bodies }]));
  return refused;
}

/** Stands for the member's own device, which is on none of the four machines. */
const OUTSIDE: Session = {
  id: -1,
  peer: 'outside',
  nodeKey: keyOf('outside'),
  claimedRoles: [],
  ownTipAtStart: { height: 0, block: hashOf('none') },
  tipAtStart: { height: 0, block: hashOf('none') },
  access: 'member',
  grantedAccess: 'member',
  path: 'direct',
  setAccess: () => undefined,
  giveNetworkKey: () => undefined,
  send: () => undefined,
  ping: async () => 1,
  close: (reason) => {
    throw new Error(`the node hung up: ${reason}`);
  },
  request: () => {
    throw new Error('nobody asks');
  },
  requestReceipt: () => {
    throw new Error('nobody asks');
  },
};

const PATIENCE_MS = 20_000;

async function eventually(condition: () => boolean, what: string): Promise<void> {
  const until = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > until) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

// ---------------------------------------------------------------- playing

/** Plays every step; expects of each what it says. Which of two that race comes first is the network's to decide. */
export async function playOnNodes(one: AdmissionCase): Promise<void> {
  const nodes = await FourNodes.start(one);
  try {
    for (const step of one.steps) await playStep(nodes, step);
  } finally {
    await nodes.stop();
  }
}

async function playStep(nodes: FourNodes, step: Step): Promise<void> {
  if ('race' in step) return playRace(nodes, step);
  if ('passes' in step) return nodes.pass(step.passes);
  if ('holds' in step) return step.holds(nodes);
  if ('prepares' in step) return void nodes.hand.transaction(nodes, step.prepares);
  if ('again' in step) return expect(await nodes.submit(nodes.hand.labelled(step.again)), `${step.again} again`).toEqual([step.gives]);
  return playAct(nodes, step);
}

async function playAct(nodes: FourNodes, one: Act): Promise<void> {
  const made = nodes.hand.transaction(nodes, one);
  expect(await nodes.submit(made), `${one.by}: ${made.unsigned.action.type}`).toEqual([one.border ?? one.gives ?? 'ok']);
}

async function playRace(nodes: FourNodes, { race, gives: [inOrder, inReverse] }: Race): Promise<void> {
  const outcomes = await nodes.submit(...race.map((one) => nodes.hand.transaction(nodes, one)));
  expect([inOrder, inReverse.toReversed()], race.map(({ by }) => by).join(' and ')).toContainEqual(outcomes);
}
