/**
 * What a node does for its chain beside following it: votes while it has a seat, keeps its office while it may have one, and
 * stays in touch with the validators.
 */
import type { Action } from '../core/codec/transaction.ts';
import type { Vote } from '../core/codec/vote.ts';
import type { Actor } from '../core/membership/facts.ts';
import type { ChainNodePorts } from './chain-node-ports.ts';
import type { VotingMessage } from './gossip.ts';
import type { Intake } from './intake.ts';
import type { CommittedBlock, Ledger } from './ledger.ts';
import type { Mempool } from './mempool.ts';
import { Office } from './office.ts';
import type { Outbox } from './outbox.ts';
import type { ChainNetwork, PeerAddress, Session } from './ports.ts';
import { ValidatorPeers } from './validator-peers.ts';
import { keptPeers, samePeers, validatorPeers } from './validator-reach.ts';
import type { Verification } from './verification.ts';
import { VoteVerification } from './vote-verification.ts';
import { Voting, type VotingPorts } from './voting.ts';

/** The node whose duties these are. */
export interface DutifulNode {
  readonly ledger: Ledger;
  readonly outbox: Outbox;
  readonly mempool: Mempool;
  readonly verification: Verification;
  readonly ports: ChainNodePorts;
  readonly protocolVersions: readonly number[];
  readonly network: ChainNetwork | undefined;
  readonly follower: { readonly behind: boolean };
  self(): Actor | undefined;
  sessions(): readonly Session[];
  push(task: () => Promise<void> | void): void;
}

/** What only the node itself can do for them. All of it runs in its queue. */
export interface DutyHands {
  intake(): Intake;
  commit(block: CommittedBlock): Promise<void>;
  tellTip(session: Session): Promise<void>;
  submit(action: Action): Promise<void>;
  dismiss(id: Parameters<Intake['drop']>[0]['id']): Promise<void>;
}

export class Duties {
  readonly voting: Voting;
  readonly office: Office;
  readonly #node: DutifulNode;
  #kept: readonly PeerAddress[] = [];

  constructor(node: DutifulNode, hands: DutyHands) {
    this.#node = node;
    this.office = officeFor(node, hands, (vote) => this.voting.use(vote));
    this.voting = new Voting(votingPorts(node, hands, (first, second) => node.push(() => this.office.convict(first, second))));
  }

  /** The node has its network. */
  connected(): void {
    this.#keepInTouch();
    this.#node.push(() => this.office.tend());
  }

  /** The ledger has a new tip. */
  async committed(): Promise<void> {
    await this.voting.committed();
    this.#keepInTouch();
    await this.office.tend();
  }

  /** Now and then. */
  swept(): Promise<void> {
    return this.office.tend();
  }

  heard(session: Session, message: VotingMessage): Promise<void> {
    return this.voting.heard(session, message);
  }

  /** Keeps sessions with this device's relays and with validators, wherever the chain says that they are by now. */
  #keepInTouch(): void {
    const { ledger, ports, network } = this.#node;
    const self = this.#node.self();
    if (network === undefined || self === undefined) return;
    const own = ports.reachedAt?.().peer ?? '';
    const kept = keptPeers(ports.relays?.() ?? [], validatorPeers(ledger, self.key), own);
    if (samePeers(kept, this.#kept)) return;
    this.#kept = kept;
    network.keep(kept);
  }
}

function officeFor(node: DutifulNode, hands: DutyHands, use: (vote: Parameters<Voting['use']>[0]) => Promise<void>): Office {
  const { ledger, ports } = node;
  return new Office({
    ledger,
    clock: ports.clock,
    nodeKey: ports.signer.publicKey,
    keys: ports.officeKeys,
    versions: node.protocolVersions,
    self: () => node.self(),
    outbox: () => node.outbox.items(),
    isLevel: () => !node.follower.behind && ledger.certified,
    addresses: () => ports.reachedAt?.() ?? { peer: '', addresses: [] },
    submit: (action) => hands.submit(action),
    dismiss: (id) => hands.dismiss(id),
    use,
  });
}

function votingPorts(node: DutifulNode, hands: DutyHands, convict: (first: Vote, second: Vote) => void): VotingPorts {
  const { ledger, mempool, verification, ports } = node;
  return {
    clock: ports.clock,
    ledger,
    voteSigner: ports.voteSigner,
    verification,
    voteVerification: new VoteVerification(ports.verifier),
    peers: new ValidatorPeers({
      sessions: () => node.sessions(),
      trust: () => ledger.trust,
      tellTip: (session) => node.push(() => hands.tellTip(session)),
    }),
    candidates: () => mempool.inOrder(),
    pendingCount: () => mempool.size,
    waiting: (id) => mempool.get(id),
    finalized: (block) => hands.commit(block),
    refused: (refused) => {
      for (const { transaction, refusal } of refused) hands.intake().drop(transaction, refusal.code);
    },
    convict,
    push: (task) => node.push(task),
  };
}
