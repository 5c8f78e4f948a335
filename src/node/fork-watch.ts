/**
 * Looks out for a second history of this chain (DESIGN §7, *Caught in the act*). Every final block that a peer tells of is held
 * against the one of its height here; where they differ, both certificates together are a proof, and from then on this node
 * finalises, votes and writes nothing: which of the two is the chain is for people to say. The proof is kept, goes to all
 * peers, which check it and stop too, and is there after a restart.
 *
 * Only a recovery that the person at this device agreed to since leads on: its validators are not those who were caught.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { FORK_PROOF_BYTES_MAX, MINUTE_MS } from '../core/base/limits.ts';
import { type RefusalCode, RefusalError, unwrap } from '../core/base/result.ts';
import { blockIdOf, type Header } from '../core/codec/block.ts';
import { decodeForkProof, encodeForkProof, type ForkProof } from '../core/codec/fork-proof.ts';
import { trustSetDigest } from '../core/codec/records.ts';
import { encodeSessionMessage } from '../core/codec/session-message.ts';
import type { Certificate } from '../core/codec/vote.ts';
import { type Fork, openForkProof } from '../core/light/fork-proof.ts';
import { trustSetOf } from '../core/membership/facts.ts';
import { withTimeout } from './abort.ts';
import type { ForeignCheckpoint } from './checkpoints.ts';
import { checkpointAgainst, findFork, proofAgainst, verifyForkProof } from './fork-finding.ts';
import { readForkProof, writeForkProof } from './fork-row.ts';
import type { Ledger } from './ledger.ts';
import { genesisPoint } from './ledger-base.ts';
import { orCorrupt } from './ledger-rows.ts';
import { OnceASession } from './once-a-session.ts';
import type { Clock, Session, Verifier } from './ports.ts';
import { ask, refused } from './sync-frames.ts';

/** To find where two histories part, or to fetch a proof of 8 MiB over a slow line. */
const LOOK_LIMIT_MS = 2 * MINUTE_MS;
const FORKED = encodeSessionMessage({ type: 'forked' });

export interface ForkWatchNode {
  readonly ledger: Ledger;
  readonly ports: { readonly clock: Clock; readonly verifier: Verifier };
  sessions(): readonly Session[];
  run<T>(task: () => Promise<T> | T): Promise<T>;
  /** The chain is forked: stops what it does for it. Runs in the queue. */
  forked(reason: RefusalError): void;
}

export class ForkWatch {
  readonly #node: ForkWatchNode;
  readonly #signal: AbortSignal;
  /** Runs work beside the queue. */
  readonly #start: (work: () => Promise<void>) => void;
  /** Each is looked into once: what it says of the past does not change. */
  readonly #looks = new OnceASession();
  readonly #proofs = new OnceASession();
  #fork: Fork | undefined;
  #bytes: Uint8Array | undefined;
  #isOvercome = false;

  constructor(node: ForkWatchNode, start: (work: () => Promise<void>) => void, signal: AbortSignal) {
    this.#node = node;
    this.#start = start;
    this.#signal = signal;
  }

  /** What was proved before. Checked when it was written, like everything on this disk. */
  async takeUp(): Promise<void> {
    const bytes = await readForkProof(this.#node.ledger.space);
    if (bytes === undefined) return;
    this.#fork = orCorrupt(openForkProof(orCorrupt(decodeForkProof(bytes)))).fork;
    this.#bytes = bytes;
    await this.reconsider();
    if (this.isStopped) this.#stop(this.#fork);
  }

  /** What is proved about this chain, and the proof as others can check it. */
  get caught(): { readonly fork: Fork; readonly proof: Uint8Array } | undefined {
    return this.#fork && this.#bytes && { fork: this.#fork, proof: this.#bytes };
  }

  /** True if the chain does not go on here. */
  get isStopped(): boolean {
    return this.#fork !== undefined && !this.#isOvercome;
  }

  /** Throws `conflicting-block` if the chain does not go on here. */
  mustBeOne(): void {
    if (this.isStopped) throw refused('conflicting-block', 'the chain was forked: nothing is added to it here');
  }

  /** A recovery was decided here, or is part of the chain: if it came after the fork, it leads on. */
  async reconsider(): Promise<void> {
    const { ledger } = this.#node;
    if (this.#fork === undefined) return;
    const { epoch } = this.#fork;
    const since = await ledger.epochs.from(epoch, Math.max(1, ledger.trust.epoch - epoch));
    this.#isOvercome = ledger.takeover !== undefined || since.some(({ recovery }) => recovery !== undefined);
  }

  // ---------------------------------------------------------------- what peers show

  /** A session opened. Runs in the queue or before it. */
  opened(session: Session): void {
    if (this.isStopped) return this.#tell(session);
    const { height, block } = session.tipAtStart;
    this.#start(async () => {
      const own = height <= this.#node.ledger.tip.header.height ? await this.#node.ledger.history.header(height) : undefined;
      if (own !== undefined && !equal(blockIdOf(own), block)) await this.lookInto(session);
    });
  }

  /** A peer tells of a final block at a height that is final here: it should be the same. Runs in the queue. */
  async told(session: Session, shown: { readonly header: Header; readonly certificate: Certificate }): Promise<void> {
    if (this.isStopped) return;
    const { ledger } = this.#node;
    const own = await ledger.history.header(shown.header.height);
    if (own === undefined || equal(blockIdOf(own), blockIdOf(shown.header))) return;
    const proof = await proofAgainst(ledger, shown);
    const refusal = proof && (await this.#take(proof).catch(codeOf));
    if (refusal === 'bad-signature' || refusal === 'no-quorum') session.close('wrong-answer');
    else if (!this.isStopped) this.#start(() => this.lookInto(session));
  }

  /** A validator holds certificates: one for another block where ours was finalised is of another history. */
  certified(session: Session, certificates: readonly Certificate[]): void {
    const { subject } = this.#node.ledger.certificate;
    const { block } = subject;
    const isOther = ({ subject: one }: Certificate) =>
      one.kind === 'finalize' &&
      one.epoch === subject.epoch &&
      one.view === subject.view &&
      !(block && one.block && equal(one.block, block));
    if (certificates.some(isOther)) this.#start(() => this.lookInto(session));
  }

  /** What a peer holds does not fit what is here: finds out whether both are final. */
  async lookInto(session: Session): Promise<void> {
    if (this.isStopped) return;
    const proof = await this.#looks.run(session, () => this.#withinTime((signal) => findFork(this.#node.ledger, session, signal)));
    if (proof !== undefined) await this.#node.run(() => this.#take(proof));
  }

  /** A peer says that it holds a proof. */
  heardOf(session: Session): void {
    if (this.isStopped) return;
    this.#start(async () => {
      const bytes = await this.#proofs.run(session, () => this.#withinTime((signal) => askForProof(session, signal)));
      if (bytes === undefined) return;
      const proof = unwrap(decodeForkProof(bytes));
      await this.#node.run(() => this.#take(proof)).catch((error: unknown) => this.#refuse(session, error));
    });
  }

  /** Now and then: takes up again what broke off, with whoever is still here. */
  swept(): void {
    for (const session of this.#node.sessions()) {
      if (this.#looks.brokenOffBy(session) !== undefined) this.#start(() => this.lookInto(session));
      // Who has no proof says so once it has.
      if ((this.#proofs.brokenOffBy(session) ?? 'not-available') !== 'not-available') this.heardOf(session);
    }
  }

  #withinTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withTimeout(this.#node.ports.clock, LOOK_LIMIT_MS, this.#signal, work);
  }

  #refuse(session: Session, error: unknown): void {
    if (!(error instanceof RefusalError) || error.code.startsWith('storage')) throw error;
    session.close('wrong-answer');
  }

  /** Keys of the chain have signed a checkpoint that is not of this log. Runs in the queue. */
  async contradicted({ checkpoint, note }: Pick<ForeignCheckpoint, 'checkpoint' | 'note'>): Promise<void> {
    const proof = this.isStopped ? undefined : await checkpointAgainst(this.#node.ledger, checkpoint.size, note);
    if (proof !== undefined) await this.#take(proof).catch(codeOf);
  }

  // ---------------------------------------------------------------- being caught

  /** Takes a proof that holds: keeps it, stops, and tells everybody. Throws what is wrong with it. Runs in the queue. */
  async #take(proof: ForkProof): Promise<void> {
    if (this.isStopped) return;
    const { ledger, ports } = this.#node;
    const fork = await verifyForkProof(proof, ledger.chain, ports.verifier);
    await this.#mustBeOfTrusted(fork);
    const bytes = encodeForkProof(proof);
    await writeForkProof(ledger.space, bytes);
    this.#fork = fork;
    this.#bytes = bytes;
    await this.reconsider();
    if (this.isStopped) this.#stop(fork);
  }

  /** A recovery that nobody here agreed to could appoint whomever it likes to contradict themselves. */
  async #mustBeOfTrusted(fork: Fork): Promise<void> {
    const own = await this.#trustOf(fork.epoch);
    if (own === undefined && !fork.restsOnRecovery) return;
    if (own === undefined || !equal(own, trustSetDigest(fork.trust)))
      throw refused('wrong-trust-set', `epoch ${fork.epoch} is under other validators here`);
  }

  async #trustOf(epoch: number): Promise<Hash | undefined> {
    const { ledger } = this.#node;
    if (epoch === ledger.trust.epoch) return trustSetDigest(ledger.trust);
    if (epoch === 0) return trustSetDigest(trustSetOf(genesisPoint(ledger.genesisLeaf).state));
    const trust = await ledger.epochs.trustAfter(epoch - 1);
    return trust && trustSetDigest(trust);
  }

  #tell(session: Session): void {
    if (session.access !== 'foreign') session.send(FORKED);
  }

  #stop({ height, epoch }: Fork): void {
    for (const session of this.#node.sessions()) this.#tell(session);
    const detail = `validators of epoch ${epoch} have signed two histories at height ${height}: this node keeps the proof and adds nothing any more`;
    this.#node.forked(new RefusalError({ code: 'conflicting-block', detail }));
  }
}

function askForProof(session: Session, signal: AbortSignal): Promise<Uint8Array> {
  return ask(session, { type: 'fork-proof' }, signal, (answer) => answer.item(FORK_PROOF_BYTES_MAX));
}

function codeOf(error: unknown): RefusalCode {
  if (error instanceof RefusalError && !error.code.startsWith('storage')) return error.code;
  throw error;
}
