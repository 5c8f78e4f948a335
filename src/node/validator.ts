/**
 * Runs the replica of a validator for one epoch: performs its effects in order, each durable before the next (DESIGN §4, §6),
 * and turns what other validators send into its events, verified.
 *
 * A vote is on the disk before it is sent, and a notarize vote is written in one atomic, strict write with its block and the
 * block's bodies: a vote on the disk means that its block is there too. After a crash the same votes are given again, and no
 * others.
 *
 * All of it runs in the node's queue. An effect may bring on events; they wait until the effects before them are done.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { VIEWS_AHEAD_MAX } from '../core/base/limits.ts';
import { invariant, unreachable } from '../core/base/result.ts';
import { blockIdOf, type Header } from '../core/codec/block.ts';
import type { TrustSet } from '../core/codec/records.ts';
import type { Certificate, Vote, VoteSubject } from '../core/codec/vote.ts';
import { type ChainPoint, timeProblem } from '../core/consensus/execute.ts';
import { isFromLeader } from '../core/consensus/from-leader.ts';
import { leaderSeat } from '../core/consensus/leader.ts';
import { everything } from '../core/consensus/progress.ts';
import { createReplica, stepReplica } from '../core/consensus/replica.ts';
import { isNotarized, type Replica, type ReplicaEffect, type ReplicaEvent, roundOf } from '../core/consensus/replica-state.ts';
import { newsOf } from '../core/consensus/witness.ts';
import { BlockBuilder, type BlockBuilderPorts } from './block-builder.ts';
import { BlockFetching } from './block-fetching.ts';
import { serveBlock } from './block-serving.ts';
import { type Candidate, Candidates, placeOf } from './candidates.ts';
import type { CommittedBlock } from './committed-block.ts';
import type { MessageOf } from './gossip.ts';
import type { Session, Signer } from './ports.ts';
import { ReplicaTimers } from './replica-timers.ts';
import type { ValidatorPeers } from './validator-peers.ts';
import type { Verification } from './verification.ts';
import { VoteBook } from './vote-book.ts';
import type { VoteVerification } from './vote-verification.ts';
import { type DecidedBlock, heldBlocks, type WantedBlock, wantedBlocks } from './wanted-blocks.ts';

export interface ValidatorPorts extends BlockBuilderPorts {
  readonly voteSigner: Signer;
  readonly verification: Verification;
  readonly voteVerification: VoteVerification;
  readonly peers: ValidatorPeers;
  /** Transactions that a block of ours has, which every validator hears of by its proposal. */
  proposed(ids: readonly Hash[]): void;
  /** Transactions that a validator was heard to hold. */
  held(session: Session, ids: readonly Hash[]): void;
  /** Takes a final block: commits and announces it. */
  finalized(block: CommittedBlock): Promise<void>;
  /** Two votes that convict whoever gave them. */
  evidence(first: Vote, second: Vote): void;
  /** Runs a task in the node's order. */
  push(task: () => Promise<void>): void;
}

type EffectOf<T extends ReplicaEffect['type']> = Extract<ReplicaEffect, { readonly type: T }>;

export class Validator {
  readonly trust: TrustSet;
  readonly #ports: ValidatorPorts;
  readonly #book: VoteBook;
  readonly #candidates: Candidates;
  readonly #builder: BlockBuilder;
  readonly #fetching: BlockFetching;
  readonly #events: ReplicaEvent[] = [];
  readonly #timers: ReplicaTimers;
  #replica: Replica;
  #isBusy = false;
  #isClosed = false;
  #decided: DecidedBlock | undefined;

  private constructor(ports: ValidatorPorts, replica: Replica, book: VoteBook, candidates: Candidates) {
    this.trust = replica.trust;
    this.#ports = ports;
    this.#replica = replica;
    this.#book = book;
    this.#candidates = candidates;
    this.#builder = new BlockBuilder(ports, candidates);
    this.#timers = new ReplicaTimers(ports.clock);
    const { clock, peers } = ports;
    const overdue = (block: Hash) => ports.push(() => this.#overdue(block));
    this.#fetching = new BlockFetching({ clock, peers, candidates, wanted: () => this.#wanted(), overdue });
  }

  /**
   * A validator for the seat that its vote key has in the trust set in force, which takes up its own votes and the blocks they
   * are for. `undefined` if the key has no seat.
   */
  static async start(ports: ValidatorPorts): Promise<Validator | undefined> {
    const { ledger, voteSigner, verification } = ports;
    const { trust } = ledger;
    const seat = trust.seats.findIndex(({ vote }) => equal(vote, voteSigner.publicKey));
    if (seat < 0) return undefined;
    invariant(ledger.certified, 'a validator starts at a certified block');
    const begins = ledger.tip.header.epoch !== trust.epoch;
    const { certificate } = ledger;
    const final = begins
      ? { block: ledger.tip.id, view: 0, certificate: undefined }
      : { block: ledger.tip.id, view: certificate.subject.view, certificate };
    const leaderOf = (view: number) => leaderSeat(view, trust.seats.length);
    const replica = createReplica({ chain: ledger.chain, trust, seat, final, leaderOf });
    const book = await VoteBook.open(ledger.space, voteSigner, trust.epoch, final.view);
    const candidates = await Candidates.open({ ledger, verification, waiting: (id) => ports.waiting(id) });
    const validator = new Validator(ports, replica, book, candidates);
    validator.#takeUp();
    return validator;
  }

  /** Own votes bind, and the blocks they are for are sound; the events run with the first task. */
  #takeUp(): void {
    for (const candidate of this.#candidates.sound()) {
      const place = placeOf(candidate);
      this.#events.push({ type: 'judged', view: place.view, block: place, sound: true });
    }
    for (const vote of this.#book.votes()) this.#events.push({ type: 'vote', vote });
  }

  close(): void {
    this.#isClosed = true;
    this.#timers.close();
    this.#fetching.close();
  }

  /** Whether this validator made the block. */
  hasMade({ epoch, proposerSeat }: Header): boolean {
    return epoch === this.trust.epoch && proposerSeat === this.#replica.seat;
  }

  /** The view that is being decided, for whoever shows it. */
  get view(): number {
    return this.#replica.view;
  }

  // ---------------------------------------------------------------- events

  /** Something may be pending, or not any more. Settles when nothing is left to do at once. */
  wake(): Promise<void> {
    return this.#handle({ type: 'pending', pending: this.#ports.pendingCount() > 0 });
  }

  /** The ledger has a new tip, by our own finalization or by catching up. */
  async committed(): Promise<void> {
    const { ledger } = this.#ports;
    this.#candidates.dropDecided();
    if (!ledger.certified) return;
    const { certificate, tip } = ledger;
    const isOurs = certificate.subject.epoch === this.trust.epoch;
    if (this.#decided !== undefined && (!isOurs || certificate.subject.view >= this.#decided.certificate.subject.view))
      this.#decided = undefined;
    this.#book.forget(this.trust.epoch, isOurs ? certificate.subject.view : 0);
    const block = placeOf(tip);
    await this.#handle(
      { type: 'pending', pending: this.#ports.pendingCount() > 0 },
      { type: 'final', block, certificate: isOurs ? certificate : undefined },
    );
    if (this.#decided === undefined) return;
    // What it stood on may have come by catching up.
    await this.#judge(this.#decided.block);
    await this.#handle();
  }

  async #handle(...events: readonly ReplicaEvent[]): Promise<void> {
    this.#events.push(...events);
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let event = this.#events.shift(); event !== undefined && !this.#isClosed; event = this.#events.shift()) {
        const { replica, effects } = stepReplica(this.#replica, event);
        this.#replica = replica;
        for (const effect of effects) if (!this.#isClosed) await this.#perform(effect);
      }
    } finally {
      this.#isBusy = false;
    }
  }

  async #perform(effect: ReplicaEffect): Promise<void> {
    switch (effect.type) {
      case 'build':
        return this.#build(effect);
      case 'judge':
      case 'fetch':
        return this.#judge(effect.block);
      case 'propose':
        return this.#propose(effect);
      case 'vote':
        return this.#vote(effect.subject);
      case 'rebroadcast':
        return this.#sendEverything(effect, undefined);
      case 'answer':
        return this.#ports.peers.answer(effect.seat);
      case 'finalized':
        this.#decided = effect;
        await this.#commitDecided();
        return this.#judge(effect.block);
      case 'set-timer':
        return this.#setTimer(effect);
      case 'cancel-timer':
        return this.#timers.cancel(effect.timer);
      case 'evidence':
        return this.#ports.evidence(effect.first, effect.second);
      default:
        return unreachable(effect);
    }
  }

  #setTimer({ timer, view, ms }: EffectOf<'set-timer'>): void {
    this.#timers.set(timer, ms, () => this.#ports.push(() => this.#handle({ type: 'timeout', timer, view })));
  }

  // ---------------------------------------------------------------- building

  async #build({ view, parent, mayBeEmpty }: EffectOf<'build'>): Promise<void> {
    const point = this.#candidates.pointOf(parent);
    const candidate =
      point === undefined
        ? undefined
        : this.#builder.buildOn(point, { view, proposerSeat: this.#replica.seat, parentSigners: this.#signersOf(point) }, mayBeEmpty);
    this.#events.push({ type: 'built', view, block: candidate && placeOf(candidate) });
  }

  /** Who notarized the parent, or made it final; at the start of an epoch others did, under another trust set. */
  #signersOf({ header, id }: ChainPoint): Uint8Array {
    const { final } = this.#replica;
    if (header.epoch !== this.trust.epoch) return new Uint8Array(0);
    const certificate = equal(final.block, id) ? final.certificate : roundOf(this.#replica, header.view).certificates.notarize;
    return certificate?.signers ?? new Uint8Array(0);
  }

  // ---------------------------------------------------------------- voting

  async #give(subject: VoteSubject): Promise<Vote> {
    const { kind, block } = subject;
    const below = kind === 'notarize' && block !== undefined ? this.#candidates.unwritten(block) : undefined;
    const [vote] = await this.#book.give([subject, ...this.#surelyNext(subject)], this.#replica.seat, below?.rows ?? []);
    invariant(vote !== undefined, 'a vote for each subject');
    below?.written();
    this.#events.push({ type: 'vote', vote });
    return vote;
  }

  /** Alone, one's own notarize vote is the notarization, and to finalize is all that can follow: one write for both. */
  #surelyNext(subject: VoteSubject): readonly VoteSubject[] {
    return this.trust.seats.length === 1 && subject.kind === 'notarize' ? [{ ...subject, kind: 'finalize' }] : [];
  }

  async #vote(subject: VoteSubject): Promise<void> {
    const vote = await this.#give(subject);
    this.#ports.peers.broadcast({ type: 'votes', votes: [vote] });
  }

  async #propose({ subject, certificates }: EffectOf<'propose'>): Promise<void> {
    const vote = await this.#give(subject);
    const message = this.#proposalOf(vote, certificates);
    if (message === undefined) return;
    this.#ports.peers.broadcast(message);
    this.#ports.proposed(message.ids);
  }

  #proposalOf(vote: Vote, certificates: readonly Certificate[]): MessageOf<'proposal'> | undefined {
    const { view, block } = vote.subject;
    const candidate = block && this.#candidates.get(block);
    return candidate && { type: 'proposal', view, header: candidate.header, ids: candidate.ids, vote, certificates };
  }

  /** Everything that may have been lost, to one validator or to all; own proposals with their blocks. */
  #sendEverything({ certificates, votes }: Pick<EffectOf<'rebroadcast'>, 'certificates' | 'votes'>, to: Session | undefined): void {
    const { peers } = this.#ports;
    peers.sendCertificates(certificates, to);
    const bare = votes.filter((vote) => {
      const { kind, view } = vote.subject;
      const isProposal = kind === 'notarize' && this.#replica.leaderOf(view) === this.#replica.seat;
      const message = isProposal ? this.#proposalOf(vote, []) : undefined;
      if (message !== undefined) peers.send(message, to);
      return message === undefined;
    });
    peers.sendVotes(bare, to);
  }

  /** A validator is here anew: whatever it missed, it may need. */
  met(session: Session): void {
    this.#sendEverything(everything(this.#replica), session);
    this.#fetching.met(session);
  }

  // ---------------------------------------------------------------- judging

  /** Executes a block as far as it and those below are here; asks for what is missing. */
  async #judge(id: Hash): Promise<void> {
    const candidate = this.#candidates.nextToExecute(id);
    if (candidate !== undefined) await this.#bringOn(candidate);
    this.#fetching.look();
  }

  /** Executes a block if it is whole, and all that waited for it. */
  async #bringOn(candidate: Candidate): Promise<void> {
    const sound = await this.#candidates.execute(candidate);
    if (sound === undefined || (!sound && this.#fetching.beginsAnew(candidate))) return;
    const place = placeOf(candidate);
    const isFit = sound && this.#isTimely(candidate);
    this.#events.push({ type: 'judged', view: place.view, block: place, sound: isFit });
    await this.#commitDecided();
    if (sound) for (const child of this.#candidates.waitingFor(candidate.id)) await this.#bringOn(child);
  }

  #wanted(): readonly WantedBlock[] {
    return wantedBlocks(this.#replica, this.#decided);
  }

  /** Nobody has brought it: it may have come by other ways, or somebody else has it. */
  async #overdue(block: Hash): Promise<void> {
    if (this.#isClosed) return;
    for (const one of this.#wanted()) await this.#judge(one.block);
    this.#fetching.next(block);
    await this.#handle();
  }

  /** What a quorum notarized was in time for it; so is what we notarized before. */
  #isTimely({ header, id, isWritten }: Candidate): boolean {
    if (isWritten || isNotarized(this.#replica, id) || header.view <= this.#replica.final.view) return true;
    const parent = this.#candidates.pointOf(header.parent);
    return parent !== undefined && timeProblem(parent.header, header, this.#ports.clock.now()) === undefined;
  }

  // ---------------------------------------------------------------- what is final

  /** Commits what a finalization decided, once all of it is here. */
  async #commitDecided(): Promise<void> {
    const decided = this.#decided;
    if (decided === undefined) return;
    const path = this.#candidates.pathTo(decided.block);
    if (path === undefined) return;
    this.#decided = undefined;
    for (const block of path) await this.#ports.finalized({ ...block, certificate: decided.certificate });
  }

  // ---------------------------------------------------------------- what others send

  async proposed(session: Session, { view, header, ids, vote, certificates }: MessageOf<'proposal'>): Promise<void> {
    if (!isFromLeader(this.#replica, view, header, vote)) return this.heard(session, [vote], certificates);
    const [votes, proven] = await Promise.all([
      this.#ports.voteVerification.votes(session, [vote], this.trust),
      this.#ports.voteVerification.eventsFor(session, this.#replica, [], certificates),
    ]);
    if (votes.length === 0) return;
    const events: ReplicaEvent[] = [...proven];
    // One block a view: of a leader who proposes another, the vote is taken, and tells on it.
    const before = roundOf(this.#replica, view).proposal;
    const isFirst = before === undefined || equal(before.id, blockIdOf(header));
    if (isFirst && view <= this.#replica.view + VIEWS_AHEAD_MAX) {
      this.#candidates.keepOnly(heldBlocks(this.#replica, this.#decided));
      events.push({ type: 'proposal', view, block: placeOf(this.#candidates.add(header, ids)) });
    }
    await this.#handle(...events, { type: 'vote', vote });
  }

  async heard(session: Session, votes: readonly Vote[], certificates: readonly Certificate[]): Promise<void> {
    const events = await this.#ports.voteVerification.eventsFor(session, this.#replica, votes, certificates);
    for (const event of events) if (event.type === 'vote') this.#noteHolder(event.vote);
    await this.#handle(...events);
  }

  /** Whoever votes for a block has all that is in it. */
  #noteHolder({ subject: { kind, block }, seat }: Vote): void {
    const candidate = kind === 'notarize' && block !== undefined ? this.#candidates.get(block) : undefined;
    const session = this.#ports.peers.sessionOf(seat);
    if (candidate !== undefined && session !== undefined) this.#ports.held(session, candidate.ids);
  }

  /** Votes under certificates that decide nothing here any more. */
  async saw(session: Session, certificates: readonly Certificate[]): Promise<void> {
    const good = await this.#ports.voteVerification.votes(session, newsOf(this.#replica, [], certificates), this.trust);
    await this.#handle(...good.map((vote) => ({ type: 'seen', vote }) as const));
  }

  /** What is left of it when its epoch is over: it decides nothing more, and knows who said what. */
  get replica(): Replica {
    return this.#replica;
  }

  askedFor(session: Session, question: MessageOf<'ask-block'>): void {
    serveBlock(this.#candidates, this.#ports.peers, session, question);
  }

  headArrived(session: Session, message: MessageOf<'block-head'>): Promise<void> {
    return this.#tookOf(this.#fetching.takeHead(session, message));
  }

  partArrived(session: Session, message: MessageOf<'block-part'>): Promise<void> {
    return this.#tookOf(this.#fetching.takeParts(session, message));
  }

  async #tookOf(candidate: Candidate | undefined): Promise<void> {
    if (candidate === undefined || this.#candidates.missing(candidate).length > 0) return;
    await this.#bringOn(candidate);
    await this.#handle();
    this.#fetching.look();
  }
}
