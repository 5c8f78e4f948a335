/**
 * A node's part in consensus over all epochs: starts a validator when its vote key has a seat, ends it when the epoch ends, and
 * passes on what validators say. Whoever votes in an epoch that is over is answered with the newest final block, by leavers
 * too.
 */
import { equal } from '../core/base/bytes.ts';
import type { Header } from '../core/codec/block.ts';
import type { Certificate, Vote } from '../core/codec/vote.ts';
import { Candidates } from './candidates.ts';
import { FormerEpoch } from './former-epoch.ts';
import type { VotingMessage } from './gossip.ts';
import type { Session, Signer } from './ports.ts';
import { isInside } from './session-access.ts';
import { Validator, type ValidatorPorts } from './validator.ts';

export interface VotingPorts extends Omit<ValidatorPorts, 'voteSigner' | 'evidence'> {
  /** False where the chain was forked. */
  mayVote(): boolean;
  /** The key by which this device votes, if it has one. */
  readonly voteSigner: Signer | undefined;
  /** Brings two votes that convict to the chain. */
  convict(first: Vote, second: Vote): void;
}

/** All of it runs in the node's queue. */
export class Voting {
  readonly #ports: VotingPorts;
  readonly #former: FormerEpoch;
  #voteSigner: Signer | undefined;
  #validator: Validator | undefined;
  #isAsked = false;

  constructor(ports: VotingPorts) {
    this.#ports = ports;
    this.#former = new FormerEpoch(ports);
    this.#voteSigner = ports.voteSigner;
  }

  /** The validator of the epoch in force, while this device has a seat. */
  get validator(): Validator | undefined {
    return this.#validator;
  }

  /** Whether this device's validator made the block. */
  hasMade(header: Header): boolean {
    return this.#validator?.hasMade(header) ?? false;
  }

  get voteSigner(): Signer | undefined {
    return this.#voteSigner;
  }

  /** From now on this device votes by the key, wherever that has a seat. */
  async use(voteSigner: Signer): Promise<void> {
    this.#voteSigner = voteSigner;
    await this.start();
    await this.wake();
  }

  /**
   * A process that ended between two blocks of one finalization left a tip whose certificate is over a block above it. What this
   * device voted for is still here: it is committed now. Without it nobody would vote here, nor bring others that certificate.
   */
  async finishCommit(): Promise<void> {
    const { ledger } = this.#ports;
    const { certificate, certified } = ledger;
    if (certified || certificate.subject.block === undefined || !this.#ports.mayVote()) return;
    const candidates = await Candidates.open({ ...this.#ports, waiting: (id) => this.#ports.waiting(id) });
    for (const block of candidates.pathTo(certificate.subject.block) ?? []) await this.#ports.finalized({ ...block, certificate });
  }

  /** Starts the validator of the epoch in force, if there is a seat for it. */
  async start(): Promise<void> {
    const { ledger } = this.#ports;
    const signer = this.#voteSigner;
    const isSeated = signer !== undefined && ledger.trust.seats.some(({ vote }) => equal(vote, signer.publicKey));
    if (signer === undefined || !isSeated || !ledger.certified || this.#validator?.trust.epoch === ledger.trust.epoch) return;
    if (!this.#ports.mayVote()) return;
    const evidence = (first: Vote, second: Vote) => this.#ports.convict(first, second);
    this.#validator = await Validator.start({ ...this.#ports, voteSigner: signer, evidence });
    for (const session of this.#ports.peers.sessions()) this.#validator?.met(session);
  }

  /** Something may be pending: wakes the validator once the tasks that wait have run, so that what they bring shares a block. */
  ask(): void {
    if (this.#validator === undefined || this.#isAsked) return;
    this.#isAsked = true;
    this.#ports.push(async () => {
      this.#isAsked = false;
      await this.wake();
    });
  }

  async wake(): Promise<void> {
    await this.#validator?.wake();
  }

  /** The ledger has a new tip. */
  async committed(): Promise<void> {
    const { trust } = this.#ports.ledger;
    await this.#validator?.committed();
    if (this.#validator !== undefined && this.#validator.trust.epoch !== trust.epoch) {
      this.#former.begin(this.#validator.replica);
      this.#validator.close();
      this.#validator = undefined;
    }
    if (this.#validator !== undefined) return;
    await this.start();
    await this.wake();
  }

  opened(session: Session): void {
    if (this.#ports.peers.isValidator(session)) this.#validator?.met(session);
  }

  close(): void {
    this.#validator?.close();
    this.#validator = undefined;
  }

  /** Whether what this peer says is worth the check of a signature: it is of those who answer for it. */
  #isHeard(session: Session): boolean {
    return isInside(session.access) || this.#ports.peers.isValidator(session);
  }

  /**
   * A final block that a peer tells of may be one of those that are here: its certificate is all it takes. What outsiders tell of
   * is followed where they can show it, and not before.
   */
  async told(session: Session, { header, certificate }: { readonly header: Header; readonly certificate: Certificate }): Promise<void> {
    if (!this.#isHeard(session)) return;
    if (certificate.subject.epoch < this.#ports.ledger.trust.epoch) return this.#former.heard(session, [], [certificate]);
    if (header.height > this.#ports.ledger.tip.header.height) await this.#validator?.heard(session, [], [certificate]);
    else if (this.#ports.peers.isValidator(session)) await this.#validator?.saw(session, [certificate]);
  }

  /** A validator speaks. */
  async heard(session: Session, message: VotingMessage): Promise<void> {
    if (!this.#isHeard(session) || (!this.#ports.peers.isValidator(session) && !this.#isOver(message))) return;
    if (this.#isOver(message)) {
      this.#ports.peers.tellTip(session);
      return this.#former.heard(session, votesIn(message), certificatesIn(message));
    }
    const validator = this.#validator;
    if (validator !== undefined) await pass(validator, session, message);
  }

  /** Whether it is of an epoch that has ended. */
  #isOver(message: VotingMessage): boolean {
    const epoch = epochOf(message);
    return epoch !== undefined && epoch < this.#ports.ledger.trust.epoch;
  }
}

function epochOf(message: VotingMessage): number | undefined {
  const [spoken] = [...votesIn(message), ...certificatesIn(message)];
  return spoken?.subject.epoch;
}

function votesIn(message: VotingMessage): readonly Vote[] {
  if (message.type === 'proposal') return [message.vote];
  return message.type === 'votes' ? message.votes : [];
}

function certificatesIn(message: VotingMessage): readonly Certificate[] {
  return message.type === 'proposal' || message.type === 'certificates' ? message.certificates : [];
}

async function pass(validator: Validator, session: Session, message: VotingMessage): Promise<void> {
  switch (message.type) {
    case 'proposal':
      return validator.proposed(session, message);
    case 'votes':
      return validator.heard(session, message.votes, []);
    case 'certificates':
      return validator.heard(session, [], message.certificates);
    case 'ask-block':
      return validator.askedFor(session, message);
    case 'block-head':
      return validator.headArrived(session, message);
    case 'block-part':
      return validator.partArrived(session, message);
  }
}
