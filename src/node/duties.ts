/**
 * What a node does for its chain beside following it: votes while it has a seat, keeps its office while it may have one, signs
 * and compares checkpoints, and stays in touch with the validators.
 */

import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { SECOND_MS, WITNESSES_KNOWN_MAX } from '../core/base/limits.ts';
import { RefusalError } from '../core/base/result.ts';
import type { Action, Transaction } from '../core/codec/transaction.ts';
import type { Vote } from '../core/codec/vote.ts';
import { encodeNote } from '../core/log/note.ts';
import type { Actor } from '../core/membership/facts.ts';
import type { ChainEvent, ChainNodePorts } from './chain-node-ports.ts';
import { Checkpoints } from './checkpoints.ts';
import type { CommittedBlock } from './committed-block.ts';
import { CosigningTurns } from './cosigning-turns.ts';
import type { ForkWatch } from './fork-watch.ts';
import type { VotingMessage } from './gossip.ts';
import type { Intake } from './intake.ts';
import type { Ledger } from './ledger.ts';
import type { Mempool } from './mempool.ts';
import { Office } from './office.ts';
import type { Outbox } from './outbox.ts';
import { OwnAudit } from './own-audit.ts';
import type { ChainNetwork, PeerAddress, Session } from './ports.ts';
import { isSamePlan, Recovering } from './recovering.ts';
import { Relaying } from './relaying.ts';
import { outgrown } from './upgrade.ts';
import { ValidatorPeers } from './validator-peers.ts';
import { keptPeers, samePeers, validatorPeers } from './validator-reach.ts';
import type { Verification } from './verification.ts';
import { VoteVerification } from './vote-verification.ts';
import { Voting, type VotingPorts } from './voting.ts';
import { Vouching } from './vouching.ts';

/** How long a node that stops for good still answers. */
const LAST_WORDS_MS = 3 * SECOND_MS;

/** The node whose duties these are. */
export interface DutifulNode {
  readonly ledger: Ledger;
  readonly outbox: Outbox;
  readonly mempool: Mempool;
  readonly verification: Verification;
  readonly ports: ChainNodePorts;
  readonly protocolVersions: readonly number[];
  readonly network: ChainNetwork | undefined;
  readonly follower: {
    readonly behind: boolean;
    readonly forks: Pick<ForkWatch, 'takeUp' | 'reconsider' | 'contradicted'>;
    misled(session: Session): void;
  };
  /** True if the chain was forked, and nothing more is to be done for it. */
  readonly isForked: boolean;
  /** True while nothing that was written counts for certain, as the disk has failed: nobody votes on that. */
  readonly isHalted: boolean;
  self(): Actor | undefined;
  sessions(): readonly Session[];
  run<T>(task: () => Promise<T> | T): Promise<T>;
  push(task: () => Promise<void> | void): void;
}

/** What only the node itself can do for them. All of it runs in its queue. */
export interface DutyHands {
  intake(): Intake;
  commit(block: CommittedBlock): Promise<void>;
  tellTip(session: Session): Promise<void>;
  /** Every validator hears of these by a proposal of ours. */
  proposed(ids: readonly Hash[]): void;
  /** A validator was heard to hold these. */
  held(session: Session, ids: readonly Hash[]): void;
  submit(action: Action): Promise<void>;
  dismiss(id: Parameters<Intake['drop']>[0]['id']): Promise<void>;
  /** What is known of a recovery, or of checkpoints, has changed. */
  tell(event: ChainEvent): void;
  /** The chain goes on under a version that this program lacks. */
  outgrown(reason: RefusalError): void;
  /** Others speak for the chain from now on: asks everybody what they have. */
  askAnew(): void;
}

export class Duties {
  readonly voting: Voting;
  readonly office: Office;
  readonly recovering: Recovering;
  readonly checkpoints: Checkpoints;
  readonly audit: OwnAudit;
  readonly vouching: Vouching;
  readonly relaying: Relaying;
  readonly #cosigning: CosigningTurns;
  readonly #closing = new AbortController();
  readonly #node: DutifulNode;
  readonly #hands: DutyHands;
  #kept: readonly PeerAddress[] = [];

  constructor(node: DutifulNode, hands: DutyHands) {
    this.#node = node;
    this.#hands = hands;
    this.office = officeFor(node, hands, (vote) => this.voting.use(vote));
    this.recovering = new Recovering({
      ledger: node.ledger,
      clock: node.ports.clock,
      verifier: node.ports.verifier,
      changed: () => hands.tell('recovery'),
      decided: async () => {
        await node.follower.forks.reconsider();
        await this.voting.committed();
        await this.#bringOpening();
        hands.askAnew();
      },
    });
    this.checkpoints = checkpointsFor(node, () => {
      hands.tell('checkpoints');
      node.push(() => this.vouching.look());
    });
    this.audit = new OwnAudit(node.ledger, node.ports.clock, node.ports.verifier, node.ports.auditor);
    this.vouching = new Vouching({
      ledger: node.ledger,
      newest: () => this.checkpoints.newest(),
      hasAudited: (size) => this.audit.covers(size),
      audit: (size) => this.#auditUpTo(size),
      changed: () => hands.tell('checkpoints'),
    });
    this.relaying = relayingFor(node, hands);
    this.#cosigning = cosigningFor(node, this.checkpoints, this.audit, (size) => this.#auditUpTo(size));
    this.voting = new Voting(votingPorts(node, hands, (first, second) => node.push(() => this.office.convict(first, second))));
  }

  /** Takes up what was decided before, and votes if there is a seat. */
  async start(): Promise<void> {
    await this.recovering.takeUp();
    await this.#node.follower.forks.takeUp();
    await this.checkpoints.takeUp();
    await this.vouching.takeUp();
    await this.#cosigning.takeUp();
    await this.relaying.takeUp();
    if (!this.#stopIfOutgrown()) await this.voting.start();
    this.#node.push(() => this.voting.finishCommit());
    this.#node.push(() => this.#cosigning.look());
  }

  /** Transactions came in: a recovery among them is seen from now on. */
  async came(transactions: readonly Transaction[]): Promise<void> {
    for (const { unsigned } of transactions) {
      if (unsigned.action.type === 'recover') await this.recovering.see(unsigned.action.certificate).catch(onlyRefused);
    }
  }

  /** Registers this machine's vote and note keys anew, as it does by itself when it has the role. Durable here when it settles. */
  registerOffice(): Promise<void> {
    return this.#node.run(() => this.office.register());
  }

  /** Offers this device as validator where its member has the role, or no longer. Durable here when it settles. */
  letValidate(wanted: boolean): Promise<void> {
    return this.#node.run(async () => {
      await this.#node.ports.validating?.want(wanted);
      await this.#tend();
      this.#hands.tell('validating');
    });
  }

  /** Says that this node is level, as it does by itself while it waits for a seat. Throws `not-available` while it is not. */
  sayReady(): Promise<void> {
    return this.#node.run(() => this.office.sayReady());
  }

  /** The node has its network. */
  connected(): void {
    this.#keepInTouch();
    this.#node.push(() => this.#tend());
  }

  /** The ledger has a new tip. */
  async committed(): Promise<void> {
    if (this.#stopIfOutgrown()) return;
    await this.recovering.reconsider();
    await this.voting.committed();
    this.#node.push(async () => {
      this.#keepInTouch();
      await this.#tend();
      await this.checkpoints.committed();
      await this.vouching.look();
      await this.#cosigning.look();
    });
  }

  /** A session opened, or a peer may see more from now on. */
  opened(session: Session): void {
    this.voting.opened(session);
    this.checkpoints.opened(session);
  }

  /** A peer shows signed checkpoints of the log. */
  async shown(session: Session, notes: readonly Uint8Array[]): Promise<void> {
    await this.checkpoints.shown(session, notes);
    await this.#cosigning.look();
  }

  /** In the background: all of history may take minutes. Nothing waits for it but this auditor's signature, or a newcomer's trust. */
  #auditUpTo(size: number): void {
    this.audit
      .look({ signal: this.#closing.signal })
      .then(() => {
        if (!this.audit.covers(size)) return;
        this.#node.push(() => this.#cosigning.look());
        this.#node.push(() => this.vouching.look());
      })
      // While the copy is not whole there is nothing to audit; the next checkpoint asks again.
      .catch(() => undefined);
  }

  /** The chain was forked, or the disk has failed: votes and signs for it no more. */
  stop(): void {
    this.voting.close();
    this.#cosigning.close();
  }

  close(): void {
    this.#closing.abort(new RefusalError({ code: 'closed', detail: 'this chain was closed on this device' }));
    this.voting.close();
    this.checkpoints.close();
    this.#cosigning.close();
    this.relaying.close();
  }

  /** A node that lacks the version of the next block votes no more, and leaves once the others have heard of its last one. */
  #stopIfOutgrown(): boolean {
    const reason = outgrown(this.#node.ledger.tip);
    if (reason === undefined) return false;
    this.close();
    this.#node.ports.clock.schedule(LAST_WORDS_MS, () => void this.#node.network?.close());
    this.#hands.outgrown(reason);
    return true;
  }

  /** Now and then. */
  async swept(): Promise<void> {
    await this.recovering.reconsider();
    await this.#bringOpening();
    await this.vouching.look();
    await this.#tend();
    if (!this.#node.isForked && this.vouching.awaiting() === undefined) await this.relaying.tend();
  }

  async #tend(): Promise<void> {
    if (!this.#node.isForked) await this.office.tend();
  }

  heard(session: Session, message: VotingMessage): Promise<void> {
    return this.voting.heard(session, message);
  }

  /** Whoever has a seat by a recovery sees to it that there is a transaction for its first block to open with. */
  async #bringOpening(): Promise<void> {
    const { ledger, mempool, outbox } = this.#node;
    const { takeover } = ledger;
    const own = this.voting.voteSigner?.publicKey;
    if (takeover === undefined || own === undefined || !ledger.trust.seats.some(({ vote }) => equal(vote, own))) return;
    const { certificate } = takeover;
    const opens = ({ transaction: { unsigned } }: { readonly transaction: Transaction }) =>
      unsigned.action.type === 'recover' && isSamePlan(unsigned.action.certificate, certificate);
    const isUnderWay = mempool.inOrder().some(opens) || outbox.items().some((item) => item.refused === undefined && opens(item));
    // Newcomers' names come with whoever brought the certificate.
    if (isUnderWay || certificate.plan.newcomers.length > 0 || this.#node.self() === undefined) return;
    await this.#hands.submit({ type: 'recover', certificate });
  }

  /** Keeps sessions with this device's relays and with validators, wherever the chain says that they are by now. */
  #keepInTouch(): void {
    const { ledger, ports, network } = this.#node;
    const self = this.#node.self();
    if (network === undefined || self === undefined) return;
    const own = ports.reachedAt?.().peer ?? '';
    const validators = validatorPeers(ledger, self.key);
    const kept = keptPeers(ports.relays?.() ?? [], validators, own);
    if (samePeers(kept, this.#kept)) return;
    for (const validator of validators) ports.validatorKnown?.(validator);
    this.#kept = kept;
    network.keep(kept);
  }
}

/** A certificate that says nothing here is no error: whoever brings it is told by the chain. */
function onlyRefused(error: unknown): void {
  if (!(error instanceof RefusalError) || error.code.startsWith('storage')) throw error;
}

function officeFor(node: DutifulNode, hands: DutyHands, use: (vote: Parameters<Voting['use']>[0]) => Promise<void>): Office {
  const { ledger, ports } = node;
  return new Office({
    ledger,
    clock: ports.clock,
    nodeKey: ports.signer.publicKey,
    keys: ports.officeKeys,
    mayValidate: () => ports.validating?.wanted ?? true,
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

function relayingFor(node: DutifulNode, hands: DutyHands): Relaying {
  const { ledger, ports } = node;
  return new Relaying({
    ledger,
    clock: ports.clock,
    signer: ports.signer,
    verifier: ports.verifier,
    self: () => node.self(),
    sessions: () => node.sessions(),
    relayUse: () => node.network?.relayUse() ?? [],
    outbox: () => node.outbox.items(),
    submit: (action) => hands.submit(action),
    dismiss: (id) => hands.dismiss(id),
    push: (task) => node.push(task),
  });
}

function checkpointsFor(node: DutifulNode, changed: () => void): Checkpoints {
  const { ledger, ports } = node;
  return new Checkpoints({
    ledger,
    clock: ports.clock,
    verifier: ports.verifier,
    witnesses: (ports.witnesses ?? []).slice(0, WITNESSES_KNOWN_MAX),
    sessions: () => node.sessions(),
    push: (task) => node.push(task),
    changed,
    contradicted: (evidence) => node.follower.forks.contradicted(evidence),
  });
}

function cosigningFor(node: DutifulNode, checkpoints: Checkpoints, audit: OwnAudit, auditUpTo: (size: number) => void): CosigningTurns {
  const { ledger, ports } = node;
  return new CosigningTurns({
    ledger,
    clock: ports.clock,
    keys: ports.officeKeys,
    nodeKey: ports.signer.publicKey,
    self: () => node.self(),
    isStopped: () => node.isForked,
    isLevel: () => !node.follower.behind && ledger.certified,
    toAnswer: (size) => checkpoints.toAnswer(size),
    hasAudited: (size) => audit.covers(size),
    audit: auditUpTo,
    signed: (note) => checkpoints.take(encodeNote(note), undefined),
    push: (task) => node.push(task),
  });
}

function votingPorts(node: DutifulNode, hands: DutyHands, convict: (first: Vote, second: Vote) => void): VotingPorts {
  const { ledger, mempool, verification, ports } = node;
  return {
    clock: ports.clock,
    ledger,
    mayVote: () => !node.isForked && !node.isHalted,
    voteSigner: ports.voteSigner,
    verification,
    voteVerification: new VoteVerification(ports.verifier, (session) => node.follower.misled(session)),
    peers: new ValidatorPeers({
      sessions: () => node.sessions(),
      trust: () => ledger.trust,
      tellTip: (session) => node.push(() => hands.tellTip(session)),
    }),
    candidates: () => mempool.inOrder(),
    pendingCount: () => mempool.size,
    waiting: (id) => mempool.get(id),
    proposed: (ids) => hands.proposed(ids),
    held: (session, ids) => hands.held(session, ids),
    finalized: (block) => hands.commit(block),
    refused: (refused) => {
      for (const { transaction, refusal } of refused) hands.intake().drop(transaction, refusal.code);
    },
    convict,
    push: (task) => node.push(task),
  };
}
