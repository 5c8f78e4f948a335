/**
 * Executing a block: from a parent and leaves to the state, log and header after it. The proposer builds its header this
 * way, and everybody else compares theirs with the proposed one: there is one way from leaves to roots.
 */
import { equal, toHex } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { BLOCK_BODIES_BYTES_MAX, BLOCK_BYTES_MAX, BLOCK_TRANSACTIONS_MAX, MINUTE_MS, TIME_MS_MAX } from '../base/limits.ts';
import { ok, type Refusal, type Result, refuse, unwrap } from '../base/result.ts';
import { blockIdOf, type Header } from '../codec/block.ts';
import type { Recovery } from '../codec/genesis.ts';
import { type TrustSet, trustSetDigest } from '../codec/records.ts';
import type { RecoveryCertificate } from '../codec/recovery.ts';
import { bodiesOf, type Transaction } from '../codec/transaction.ts';
import { seatsOf } from '../codec/vote.ts';
import { appendLeaves, type Frontier, frontierRoot } from '../log/frontier.ts';
import { leafHash } from '../log/merkle-hash.ts';
import { applyTransaction, type BlockFacts, beginBlock, endBlock, recoveredState, recoveredTrustSet } from '../membership/apply.ts';
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
  /** Recovery keys that the genesis names. */
  readonly recovery: Recovery;
}

/** What a proposer decides; the rest of the header follows from the parent and the leaves. */
export interface Proposal {
  readonly view: number;
  readonly time: number;
  readonly proposerSeat: number;
  /** Nobody's in the first block of an epoch: the one before was closed by its own certificate, or by none. */
  readonly parentSigners: Uint8Array;
  /** What opens the first block of a chain that was dead: those whom it appoints finalise it. */
  readonly recovery?: Verified<Transaction>;
}

/**
 * What a block's transactions are applied to. That is the parent's state; or, where the block opens with a recovery that
 * no block closed an epoch for, what the recovery makes of it.
 */
interface Ground {
  readonly state: State;
  readonly opening: readonly Verified<Transaction>[];
}

function groundOf(parent: ChainPoint, facts: BlockFacts, recovery: Verified<Transaction> | undefined): Result<Ground> {
  if (recovery === undefined) return ok({ state: parent.state, opening: [] });
  const state = recoveredState(parent.state, facts, parent.frontier.size, recovery);
  return state.ok ? ok({ state: state.value, opening: [recovery] }) : state;
}

/** The trust set under which a dead chain's first block after `base` is final; refused for what no recovery key has a say in. */
export function recoveredTrust(base: ChainPoint, certificate: Verified<RecoveryCertificate>): Result<TrustSet> {
  return recoveredTrustSet(base.state, factsAfter(base, base.header.time + 1), certificate);
}

/** Whether a block of `time` on the parent may open with the recovery. */
export function mayOpen(parent: ChainPoint, time: number, recovery: Verified<Transaction>): boolean {
  return groundOf(parent, factsAfter(parent, time), recovery).ok;
}

export interface BuiltBlock {
  readonly point: ChainPoint;
  readonly included: readonly Verified<Transaction>[];
  /** Those that have no place in the chain any more, and why. Those merely over the block's room are in neither list. */
  readonly refused: readonly { readonly transaction: Verified<Transaction>; readonly refusal: Refusal }[];
}

/** Fills a block with as many of the transactions, in order, as are valid and fit. Throws for a recovery that has no place here. */
export function buildBlock(parent: ChainPoint, proposal: Proposal, candidates: readonly Verified<Transaction>[]): BuiltBlock {
  const facts = factsAfter(parent, proposal.time);
  const ground = unwrap(groundOf(parent, facts, proposal.recovery));
  const draft = beginBlock(ground.state, facts);
  const included: Verified<Transaction>[] = [...ground.opening];
  const refused: { transaction: Verified<Transaction>; refusal: Refusal }[] = [];
  // Once something of a sender must wait, all that follows of it must, or its later sequence would overtake it for good.
  const waiting = new Set<string>();
  let room = ground.opening.reduce((left, one) => roomAfter(left, one) ?? left, EMPTY_BLOCK);
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
  return { point: pointAfter(parent, ground, proposal, draft, included), included, refused };
}

/** What a block of `time` right after the parent gives its transactions. */
export function factsAfter(parent: ChainPoint, time: number): BlockFacts {
  return { chain: parent.header.chain, time, height: parent.header.height + 1, parent: parent.id, recovery: parent.recovery };
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

function frontierAfter({ frontier }: ChainPoint, included: readonly Transaction[]): ChainPoint['frontier'] {
  return appendLeaves(
    frontier,
    included.map(({ bytes }) => leafHash(bytes)),
  );
}

function pointAfter(
  parent: ChainPoint,
  ground: Ground,
  proposal: Proposal,
  draft: StateDraft,
  included: readonly Transaction[],
): ChainPoint {
  const state = draft.freeze();
  const frontier = frontierAfter(parent, included);
  const before = trustSetOf(ground.state);
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
  return { header, id: blockIdOf(header), state, frontier, recovery: parent.recovery };
}

/** Executes somebody's block on its parent; refused unless every transaction is valid and every field of the header as it must be. */
export function executeBlock(parent: ChainPoint, header: Header, transactions: readonly Verified<Transaction>[]): Result<ChainPoint> {
  const applied = applyTransactions(parent, header, transactions);
  if (!applied.ok) return applied;
  const { ground, draft } = applied.value;
  const point = pointAfter(parent, ground, header, draft, transactions);
  return equal(point.id, blockIdOf(header))
    ? ok(point)
    : refuse('wrong-root', `height ${header.height}: ${departureOf(header, point.header)} is not what its leaves give`);
}

/**
 * Executes a block that was executed before, and works out no roots: of several in a row, one that `executeBlock` takes after
 * them vouches for all, since its roots follow from every leaf, and its place from every header.
 */
export function repeatBlock(parent: ChainPoint, header: Header, transactions: readonly Verified<Transaction>[]): Result<ChainPoint> {
  const applied = applyTransactions(parent, header, transactions);
  if (!applied.ok) return applied;
  const frontier = frontierAfter(parent, transactions);
  return ok({ header, id: blockIdOf(header), state: applied.value.draft.freeze(), frontier, recovery: parent.recovery });
}

function applyTransactions(
  parent: ChainPoint,
  header: Header,
  transactions: readonly Verified<Transaction>[],
): Result<{ readonly ground: Ground; readonly draft: StateDraft }> {
  const facts = factsAfter(parent, header.time);
  const opened = header.epoch === trustSetOf(parent.state).epoch ? ok(undefined) : openingOf(header, transactions);
  if (!opened.ok) return opened;
  const ground = groundOf(parent, facts, opened.value);
  if (!ground.ok) return ground;
  const problem = placeProblem(parent, trustSetOf(ground.value.state), header);
  if (problem !== undefined) return { ok: false, refusal: problem };
  const draft = beginBlock(ground.value.state, facts);
  let room: Room | undefined = EMPTY_BLOCK;
  for (const [i, transaction] of transactions.entries()) {
    room = roomAfter(room, transaction);
    if (room === undefined) return refuse('too-many-transactions', `height ${header.height} holds more than a block may`);
    if (i < ground.value.opening.length) continue;
    const refusal = applyTransaction(draft, facts, parent.frontier.size + i, transaction);
    if (refusal !== undefined) return refuse('invalid-transaction', `leaf ${parent.frontier.size + i}: ${refusal.code}: ${refusal.detail}`);
  }
  endBlock(draft, facts);
  return ok({ ground: ground.value, draft });
}

/** What of a header differs from the right one, in words; the log comes before the state that follows from it. */
function departureOf(header: Header, right: Header): string {
  if (header.logSize !== right.logSize || !equal(header.logRoot, right.logRoot)) return 'the log';
  return equal(header.stateRoot, right.stateRoot) ? 'the header' : 'the record of members and decisions';
}

/** The transaction that begins an epoch of itself. */
function openingOf({ height }: Header, [first]: readonly Verified<Transaction>[]): Result<Verified<Transaction>> {
  return first === undefined ? refuse('wrong-trust-set', `height ${height} begins an epoch that nothing opens`) : ok(first);
}

/** What is wrong with the fields that a proposer chooses, and with the block's place; roots and the rest follow from its leaves. */
function placeProblem(parent: ChainPoint, trust: TrustSet, header: Header): Refusal | undefined {
  const { height, view, time, proposerSeat, parentSigners } = header;
  const before = parent.header;
  const validators = trust.seats.length;
  if (height !== before.height + 1) return { code: 'not-next', detail: `height ${height} after ${before.height}` };
  if (!equal(header.parent, parent.id)) return { code: 'wrong-parent', detail: `height ${height} names another parent` };
  if (time <= before.time || time > TIME_MS_MAX)
    return { code: 'wrong-time', detail: `height ${height} is of ${time}, its parent of ${before.time}` };
  // Views begin anew in each epoch.
  const viewBefore = before.epoch === trust.epoch ? before.view : 0;
  if (view <= viewBefore || proposerSeat !== leaderSeat(view, validators)) {
    return { code: 'wrong-proposer', detail: `seat ${proposerSeat} does not lead view ${view} after view ${viewBefore}` };
  }
  const signers = seatsOf(parentSigners);
  if (trust.epoch !== before.epoch && signers.length === 0) return undefined;
  return trust.epoch === before.epoch && signers.length >= quorumOf(validators) && signers.every((seat) => seat < validators)
    ? undefined
    : { code: 'no-quorum', detail: `height ${height}: seats ${signers.join(', ')} of ${validators} notarized the parent` };
}

/** Why a block of one, made by a clock that says `clockMs`, would refuse the transaction; `undefined` if it would not. */
export function refusalAfter(parent: ChainPoint, clockMs: number, transaction: Verified<Transaction>): Refusal | undefined {
  const facts = factsAfter(parent, proposalTime(parent.header, clockMs));
  return applyTransaction(beginBlock(parent.state, facts), facts, parent.frontier.size, transaction);
}

/** How far a block's time may lie from a voter's clock, either way: clocks that people set by hand, and a slow view. */
const CLOCK_TOLERANCE_MS = 2 * MINUTE_MS;

/**
 * What a voter whose clock says `clockMs` has against a block's time (DESIGN §4): nobody may backdate past an expiry, and one
 * clock's jump must not halt the chain, so that the first moment after the parent is always taken above the upper bound.
 */
export function timeProblem(parent: Header, { time, height }: Header, clockMs: number): Refusal | undefined {
  const isEarly = time < clockMs - CLOCK_TOLERANCE_MS;
  const isLate = time > clockMs + CLOCK_TOLERANCE_MS && time !== parent.time + 1;
  return isEarly || isLate ? { code: 'wrong-time', detail: `height ${height} is of ${time}, the clock says ${clockMs}` } : undefined;
}

/** The time a proposer gives its block: its clock, but always after the parent (DESIGN §4). */
export function proposalTime(parent: Header, clockMs: number): number {
  return Math.max(parent.time + 1, clockMs);
}
