/**
 * Executing a block: from a parent and leaves to the state, log and header after it. The proposer builds its header this
 * way, and everybody else compares theirs with the proposed one: there is one way from leaves to roots.
 */
import { equal, toHex } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { BLOCK_BODIES_BYTES_MAX, BLOCK_BYTES_MAX, BLOCK_TRANSACTIONS_MAX, TIME_MS_MAX } from '../base/limits.ts';
import { ok, type Refusal, type Result, refuse } from '../base/result.ts';
import { blockIdOf, type Header } from '../codec/block.ts';
import { trustSetDigest } from '../codec/records.ts';
import { bodiesOf, type Transaction } from '../codec/transaction.ts';
import { seatsOf } from '../codec/vote.ts';
import { appendLeaves, type Frontier, frontierRoot } from '../log/frontier.ts';
import { leafHash } from '../log/merkle-hash.ts';
import { applyTransaction, type BlockFacts, beginBlock, endBlock } from '../membership/apply.ts';
import { chainFactsOf, trustSetOf } from '../membership/facts.ts';
import type { State, StateDraft } from '../membership/state.ts';
import type { Verified } from '../membership/verified.ts';
import { quorumOf } from '../policy/quorum.ts';
import { leaderSeat } from './leader.ts';

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
  const facts = factsAfter(parent, proposal.time);
  const draft = beginBlock(parent.state, facts);
  const included: Verified<Transaction>[] = [];
  const refused: { transaction: Verified<Transaction>; refusal: Refusal }[] = [];
  // Once something of a sender must wait, all that follows of it must, or its later sequence would overtake it for good.
  const waiting = new Set<string>();
  let room: Room = EMPTY_BLOCK;
  for (const transaction of candidates) {
    const sender = toHex(transaction.unsigned.sender);
    const left = waiting.has(sender) ? undefined : roomAfter(room, transaction);
    if (left === undefined) {
      waiting.add(sender);
      continue;
    }
    const refusal = applyTransaction(draft, facts, parent.frontier.size + included.length, transaction);
    if (refusal !== undefined) {
      refused.push({ transaction, refusal });
      continue;
    }
    room = left;
    included.push(transaction);
  }
  endBlock(draft, facts);
  return { point: pointAfter(parent, proposal, draft, included), included, refused };
}

/** What a block of `time` right after the parent gives its transactions. */
export function factsAfter(parent: ChainPoint, time: number): BlockFacts {
  return { chain: parent.header.chain, time, height: parent.header.height + 1, parent: parent.id };
}

interface Room {
  readonly transactions: number;
  readonly bytes: number;
  readonly bodyBytes: number;
}

const EMPTY_BLOCK: Room = { transactions: BLOCK_TRANSACTIONS_MAX, bytes: BLOCK_BYTES_MAX, bodyBytes: BLOCK_BODIES_BYTES_MAX };

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
  const before = trustSetOf(parent.state);
  const after = trustSetOf(state);
  const header: Header = {
    version: chainFactsOf(state).protocol,
    chain: parent.header.chain,
    epoch: before.epoch,
    view: proposal.view,
    height: parent.header.height + 1,
    parent: parent.id,
    time: proposal.time,
    proposerSeat: proposal.proposerSeat,
    logSize: frontier.size,
    logRoot: frontierRoot(frontier),
    stateRoot: state.root,
    trust: trustSetDigest(before),
    nextTrust: after.epoch === before.epoch ? undefined : trustSetDigest(after),
    parentSigners: proposal.parentSigners,
  };
  return { header, id: blockIdOf(header), state, frontier };
}

/** Executes somebody's block on its parent; refused unless every transaction is valid and every field of the header as it must be. */
export function executeBlock(parent: ChainPoint, header: Header, transactions: readonly Verified<Transaction>[]): Result<ChainPoint> {
  const problem = placeProblem(parent, header);
  if (problem !== undefined) return { ok: false, refusal: problem };
  const facts = factsAfter(parent, header.time);
  const draft = beginBlock(parent.state, facts);
  let room: Room | undefined = EMPTY_BLOCK;
  for (const [i, transaction] of transactions.entries()) {
    room = roomAfter(room, transaction);
    if (room === undefined) return refuse('too-many-transactions', `height ${header.height} holds more than a block may`);
    const refusal = applyTransaction(draft, facts, parent.frontier.size + i, transaction);
    if (refusal !== undefined) return refuse('invalid-transaction', `${refusal.code}: ${refusal.detail}`);
  }
  endBlock(draft, facts);
  const point = pointAfter(parent, header, draft, transactions);
  return equal(point.id, blockIdOf(header))
    ? ok(point)
    : refuse('wrong-root', `height ${header.height}: the header is not what its leaves give`);
}

/** What is wrong with the fields that a proposer chooses, and with the block's place; roots and the rest follow from its leaves. */
function placeProblem(parent: ChainPoint, header: Header): Refusal | undefined {
  const { height, view, time, proposerSeat, parentSigners } = header;
  const before = parent.header;
  const validators = trustSetOf(parent.state).seats.length;
  if (height !== before.height + 1) return { code: 'not-next', detail: `height ${height} after ${before.height}` };
  if (!equal(header.parent, parent.id)) return { code: 'wrong-parent', detail: `height ${height} names another parent` };
  if (time <= before.time || time > TIME_MS_MAX)
    return { code: 'wrong-time', detail: `height ${height} is of ${time}, its parent of ${before.time}` };
  if (view <= before.view || proposerSeat !== leaderSeat(view, validators)) {
    return { code: 'wrong-proposer', detail: `seat ${proposerSeat} does not lead view ${view} after view ${before.view}` };
  }
  const signers = seatsOf(parentSigners);
  return signers.length >= quorumOf(validators) && signers.every((seat) => seat < validators)
    ? undefined
    : { code: 'no-quorum', detail: `height ${height}: seats ${signers.join(', ')} of ${validators} notarized the parent` };
}

/** Why a block of one, made by a clock that says `clockMs`, would refuse the transaction; `undefined` if it would not. */
export function refusalAfter(parent: ChainPoint, clockMs: number, transaction: Verified<Transaction>): Refusal | undefined {
  const facts = factsAfter(parent, proposalTime(parent.header, clockMs));
  return applyTransaction(beginBlock(parent.state, facts), facts, parent.frontier.size, transaction);
}

/** The time a proposer gives its block: its clock, but always after the parent (DESIGN §4). */
export function proposalTime(parent: Header, clockMs: number): number {
  return Math.max(parent.time + 1, clockMs);
}
