/**
 * Executing a block: from a parent and leaves to the state, log and header after it. The proposer builds its header this
 * way, and everybody else compares theirs with the proposed one: there is one way from leaves to roots.
 */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { BLOCK_BODIES_BYTES_MAX, BLOCK_BYTES_MAX, BLOCK_TRANSACTIONS_MAX } from '../base/limits.ts';
import { ok, type Refusal, type Result, refuse } from '../base/result.ts';
import { blockIdOf, type Header } from '../codec/block.ts';
import { trustSetDigest } from '../codec/records.ts';
import { bodiesOf, type Transaction } from '../codec/transaction.ts';
import { appendLeaves, type Frontier, frontierRoot } from '../log/frontier.ts';
import { leafHash } from '../log/merkle-hash.ts';
import { applyTransaction, beginBlock } from '../membership/apply.ts';
import { trustSetOf } from '../membership/facts.ts';
import type { State, StateDraft } from '../membership/state.ts';
import type { Verified } from '../membership/verified.ts';

/** A block's place: everything that the next one builds on. */
export interface ChainPoint {
  readonly header: Header;
  readonly id: Hash;
  readonly state: State;
  readonly frontier: Frontier;
}

/** What a proposer decides; the rest of the header follows from the parent and the leaves. */
export interface Proposal {
  readonly view: number;
  readonly time: number;
  readonly proposerSeat: number;
  readonly parentSigners: Uint8Array;
}

export interface BuiltBlock {
  readonly point: ChainPoint;
  readonly included: readonly Verified<Transaction>[];
  /** Those that have no place in the chain any more, and why. Those merely over the block's room are in neither list. */
  readonly refused: readonly { readonly transaction: Verified<Transaction>; readonly refusal: Refusal }[];
}

/** Fills a block with as many of the transactions, in order, as are valid and fit. */
export function buildBlock(parent: ChainPoint, proposal: Proposal, candidates: readonly Verified<Transaction>[]): BuiltBlock {
  const draft = beginBlock(parent.state, proposal.time);
  const facts = { chain: parent.header.chain, time: proposal.time };
  const included: Verified<Transaction>[] = [];
  const refused: { transaction: Verified<Transaction>; refusal: Refusal }[] = [];
  let room = { transactions: BLOCK_TRANSACTIONS_MAX, bytes: BLOCK_BYTES_MAX, bodyBytes: BLOCK_BODIES_BYTES_MAX };
  for (const transaction of candidates) {
    const left = roomAfter(room, transaction);
    if (left === undefined) continue;
    const refusal = applyTransaction(draft, facts, transaction);
    if (refusal !== undefined) {
      refused.push({ transaction, refusal });
      continue;
    }
    room = left;
    included.push(transaction);
  }
  return { point: pointAfter(parent, proposal, draft, included), included, refused };
}

interface Room {
  readonly transactions: number;
  readonly bytes: number;
  readonly bodyBytes: number;
}

/** What is left of a block's room after the transaction; `undefined` if it does not fit. */
function roomAfter(room: Room, transaction: Transaction): Room | undefined {
  const bodyBytes = bodiesOf(transaction.unsigned.action).reduce((total, { length }) => total + length, 0);
  const left = { transactions: room.transactions - 1, bytes: room.bytes - transaction.bytes.length, bodyBytes: room.bodyBytes - bodyBytes };
  return left.transactions < 0 || left.bytes < 0 || left.bodyBytes < 0 ? undefined : left;
}

function pointAfter(parent: ChainPoint, proposal: Proposal, draft: StateDraft, included: readonly Transaction[]): ChainPoint {
  const state = draft.freeze();
  const frontier = appendLeaves(
    parent.frontier,
    included.map(({ bytes }) => leafHash(bytes)),
  );
  const header: Header = {
    version: 1,
    chain: parent.header.chain,
    epoch: parent.header.epoch,
    view: proposal.view,
    height: parent.header.height + 1,
    parent: parent.id,
    time: proposal.time,
    proposerSeat: proposal.proposerSeat,
    logSize: frontier.size,
    logRoot: frontierRoot(frontier),
    stateRoot: state.root,
    trust: trustSetDigest(trustSetOf(parent.state)),
    nextTrust: undefined,
    parentSigners: proposal.parentSigners,
  };
  return { header, id: blockIdOf(header), state, frontier };
}

/** Executes somebody's block on its parent; refused unless every transaction is valid and every root is as the header says. */
export function executeBlock(parent: ChainPoint, header: Header, transactions: readonly Verified<Transaction>[]): Result<ChainPoint> {
  if (header.height !== parent.header.height + 1) return refuse('not-next', `height ${header.height} after ${parent.header.height}`);
  if (!equal(header.parent, parent.id)) return refuse('wrong-parent', `height ${header.height} names another parent`);
  if (header.time <= parent.header.time) return refuse('wrong-time', 'a block is not later than its parent');
  const draft = beginBlock(parent.state, header.time);
  let room: Room | undefined = { transactions: BLOCK_TRANSACTIONS_MAX, bytes: BLOCK_BYTES_MAX, bodyBytes: BLOCK_BODIES_BYTES_MAX };
  for (const transaction of transactions) {
    room = roomAfter(room, transaction);
    if (room === undefined) return refuse('too-many-transactions', `height ${header.height} holds more than a block may`);
    const refusal = applyTransaction(draft, { chain: header.chain, time: header.time }, transaction);
    if (refusal !== undefined) return refuse('invalid-transaction', `${refusal.code}: ${refusal.detail}`);
  }
  const point = pointAfter(parent, header, draft, transactions);
  return equal(point.id, blockIdOf(header)) ? ok(point) : refuse('wrong-root', `height ${header.height}: the header is not what its leaves give`);
}

/** The time a proposer gives its block: its clock, but always after the parent (DESIGN §4). */
export function proposalTime(parent: Header, clockMs: number): number {
  return Math.max(parent.time + 1, clockMs);
}
