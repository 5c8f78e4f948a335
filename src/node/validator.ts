/**
 * Runs the replica of a validator: performs its effects in order, each durable before the next (DESIGN §4, §6).
 *
 * A block with its bodies is written before its notarize vote, a vote before it is delivered. Blocks are written relaxed
 * and votes strict: a strict write makes every earlier write of its space durable, and both are in one space, so that a
 * vote on the disk means that its block is there too. After a crash the same proposal is taken up under the same votes.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { RefusalError } from '../core/base/result.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { TAIL_ROW_BYTES_MAX, tailRow } from '../core/codec/stored.ts';
import type { LeafBodies } from '../core/codec/sync-message.ts';
import { decodeTransaction, type Transaction } from '../core/codec/transaction.ts';
import { type Certificate, type Vote, type VoteSubject, vote as voteCodec, voteSignedText } from '../core/codec/vote.ts';
import { type BuiltBlock, buildBlock, type ChainPoint, executeBlock, proposalTime } from '../core/consensus/execute.ts';
import { leaderSeat } from '../core/consensus/leader.ts';
import { createReplica, type Replica, type ReplicaEffect, type ReplicaEvent, stepReplica } from '../core/consensus/replica.ts';
import { asVerified, type Verified } from '../core/membership/verified.ts';
import type { CommittedBlock, Ledger } from './ledger.ts';
import type { Waiting } from './mempool.ts';
import type { Clock, Signer } from './ports.ts';

/** Votes of this many views back are kept for whoever asks; older ones lie below finalised blocks. */
const VOTE_VIEWS_KEPT = 8;
const VOTE_BYTES_MAX = 512;

export interface ValidatorPorts {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly voteSigner: Signer;
  /** What may go into the next block, in order. */
  candidates(): readonly Waiting[];
  /** Takes a final block: commits and announces it. */
  finalized(block: CommittedBlock): Promise<void>;
  /** Hears of candidates that have no place in the chain. */
  refused(refused: BuiltBlock['refused']): void;
}

interface Proposed {
  readonly point: ChainPoint;
  readonly transactions: readonly Verified<Transaction>[];
  readonly bodies: readonly LeafBodies[];
}

export class Validator {
  readonly #ports: ValidatorPorts;
  #replica: Replica;
  /** The block of the view being decided. */
  #proposed: Proposed | undefined;

  private constructor(ports: ValidatorPorts, replica: Replica) {
    this.#ports = ports;
    this.#replica = replica;
  }

  /** A validator for the seat that its vote key has; takes up a proposal that a crash left undecided. Throws if it has no seat. */
  static async start(ports: ValidatorPorts): Promise<Validator> {
    const { ledger, voteSigner } = ports;
    const seat = ledger.trust.seats.findIndex(({ vote }) => equal(vote, voteSigner.publicKey));
    if (seat < 0) throw new Error('broken invariant: the vote key has a seat');
    const validators = ledger.trust.seats.length;
    const replica = createReplica({
      chain: ledger.chain,
      trust: ledger.trust,
      seat,
      view: ledger.certificate.subject.view + 1,
      leaderOf: (view) => leaderSeat(view, validators),
    });
    const validator = new Validator(ports, replica);
    validator.#proposed = await validator.#leftOver();
    return validator;
  }

  /** The proposal on disk above the tip, if there is one. */
  async #leftOver(): Promise<Proposed | undefined> {
    const { ledger } = this.#ports;
    const bytes = await ledger.space.get('tail', ledger.tip.header.height + 1);
    if (bytes === undefined) return undefined;
    const row = decode(tailRow, bytes, TAIL_ROW_BYTES_MAX);
    if (!row.ok) throw new RefusalError({ code: 'storage-corrupt', detail: 'the stored proposal cannot be read' });
    const transactions = row.value.block.leaves.flatMap((leaf) => {
      const read = decodeTransaction(leaf);
      return read.ok ? [asVerified(read.value)] : [];
    });
    const point = executeBlock(ledger.tip, row.value.block.header, transactions);
    if (!point.ok) throw new RefusalError({ code: 'storage-corrupt', detail: `the stored proposal: ${point.refusal.detail}` });
    return { point: point.value, transactions, bodies: row.value.bodies };
  }

  /** Called when something is pending; settles when there is nothing left to decide. */
  async pending(): Promise<void> {
    for (;;) {
      this.#followLedger();
      const height = this.#ports.ledger.tip.header.height;
      await this.#handle({ type: 'pending' });
      if (this.#ports.ledger.tip.header.height === height) return;
      if (this.#ports.candidates().length === 0) return;
    }
  }

  /**
   * Blocks of ours may come back to us: when power was lost before the last one was on this disk, others may have it, and
   * catching up may bring it before it is decided here again.
   */
  #followLedger(): void {
    const { view } = this.#ports.ledger.certificate.subject;
    if (view < this.#replica.view) return;
    this.#replica = { ...this.#replica, view: view + 1, phase: { type: 'idle' } };
    this.#proposed = undefined;
  }

  async #handle(event: ReplicaEvent): Promise<void> {
    const { replica, effects } = stepReplica(this.#replica, event);
    this.#replica = replica;
    for (const effect of effects) await this.#perform(effect);
  }

  async #perform(effect: ReplicaEffect): Promise<void> {
    switch (effect.type) {
      case 'build':
        return this.#handle({ type: 'built', block: await this.#build(effect.view) });
      case 'vote':
        return this.#handle({ type: 'vote', vote: await this.#vote(effect.subject) });
      case 'finalized':
        return this.#finalized(effect.block, effect.certificate);
    }
  }

  /** A block for the view, on disk; `undefined` if there is nothing to put in it. */
  async #build(view: number): Promise<Hash | undefined> {
    this.#proposed ??= await this.#propose(view);
    return this.#proposed?.point.id;
  }

  async #propose(view: number): Promise<Proposed | undefined> {
    const { ledger, clock } = this.#ports;
    const waiting = this.#ports.candidates();
    const time = proposalTime(ledger.tip.header, clock.now());
    const proposal = { view, time, proposerSeat: this.#replica.seat, parentSigners: ledger.certificate.signers };
    const built = buildBlock(
      ledger.tip,
      proposal,
      waiting.map(({ transaction }) => transaction),
    );
    this.#ports.refused(built.refused);
    if (built.included.length === 0) return undefined;
    const bodiesById = new Map(waiting.map(({ transaction, bodies }) => [toHex(transaction.id), bodies]));
    const bodies = built.included.map(({ id }) => bodiesById.get(toHex(id)) ?? []);
    await this.#writeProposal(built, bodies);
    return { point: built.point, transactions: built.included, bodies };
  }

  async #writeProposal({ point, included }: BuiltBlock, bodies: readonly LeafBodies[]): Promise<void> {
    const block = { header: point.header, leaves: included.map(({ bytes }) => bytes) };
    const value = encode(tailRow, { block, bodies, certificate: undefined });
    await this.#ports.ledger.space.write([{ type: 'put', table: 'tail', key: point.header.height, value }], 'relaxed');
  }

  async #vote(subject: VoteSubject): Promise<Vote> {
    const { ledger, voteSigner } = this.#ports;
    const key = voteKey(subject);
    const before = await ledger.space.get('votes', key);
    if (before !== undefined) return sameVote(before, subject);
    const signed: Vote = { subject, seat: this.#replica.seat, signature: await voteSigner.sign(voteSignedText(subject)) };
    const old = voteKey({ ...subject, view: Math.max(0, subject.view - VOTE_VIEWS_KEPT) });
    await ledger.space.write(
      [
        { type: 'put', table: 'votes', key, value: encode(voteCodec, signed) },
        { type: 'delete-range', table: 'votes', from: '', to: old },
      ],
      'strict',
    );
    return signed;
  }

  async #finalized(block: Hash, certificate: Certificate): Promise<void> {
    const proposed = this.#proposed;
    if (proposed === undefined || !equal(proposed.point.id, block))
      throw new Error('broken invariant: the finalised block is the proposed one');
    this.#proposed = undefined;
    await this.#ports.finalized({ ...proposed, certificate });
  }
}

/** Sorts by epoch, view, kind. */
function voteKey({ epoch, view, kind }: VoteSubject): string {
  return `${String(epoch).padStart(16, '0')}/${String(view).padStart(16, '0')}/${kind}`;
}

/** The vote already given in this place; refuses to sign another one there. */
function sameVote(stored: Uint8Array, subject: VoteSubject): Vote {
  const read = decode(voteCodec, stored, VOTE_BYTES_MAX);
  const same =
    read.ok && read.value.subject.block !== undefined && subject.block !== undefined && equal(read.value.subject.block, subject.block);
  if (!read.ok || !same) throw new RefusalError({ code: 'storage-corrupt', detail: 'another vote was given in this view already' });
  return read.value;
}
