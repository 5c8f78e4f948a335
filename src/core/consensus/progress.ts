/**
 * What follows from what is known, in this order: finalize votes that are due, the next view, the leader's proposal,
 * missing blocks, the notarize vote, and the timers.
 */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import type { Certificate, Vote } from '../codec/vote.ts';
import { faultsTolerated, quorumOf } from '../policy/quorum.ts';
import {
  blockOf,
  change,
  changeRound,
  hasEnded,
  type Replica,
  type ReplicaEffect,
  type Round,
  roundOf,
  subjectOf,
  type TimerName,
  type Turn,
} from './replica-state.ts';
import { hasPlace, isNullifiedBetween, mayFinalize, mayNotarize, mayNullify } from './safety.ts';
import { patienceMs, viewTimeoutMs } from './timeouts.ts';

/** Nullifications that a proposal proves its place with; older ones come by the leader's rebroadcast. */
const PROOF_CERTIFICATES_MAX = 32;

/** Does all that is due. Called at the end of each step. */
export function settle(turn: Turn): void {
  for (const view of turn.replica.rounds.keys()) finalize(turn, view);
  while (isDecided(turn.replica)) enter(turn, turn.replica.view + 1);
  for (const view of turn.replica.rounds.keys()) fetch(turn, view);
  joinNullification(turn);
  notarize(turn);
  runTimers(turn);
}

// ---------------------------------------------------------------- views

/** Rule 1: a view is decided by a notarization or nullification of it, or by any finalization at or above it. */
function isDecided(replica: Replica): boolean {
  const { certificates } = roundOf(replica, replica.view);
  return replica.view <= replica.final.view || certificates.notarize !== undefined || certificates.nullify !== undefined;
}

function enter(turn: Turn, view: number): void {
  change(turn, { view: Math.max(view, turn.replica.final.view + 1) });
  propose(turn);
}

function finalize(turn: Turn, view: number): void {
  const block = roundOf(turn.replica, view).certificates.notarize?.subject.block;
  if (block === undefined || !mayFinalize({ replica: turn.replica, view, block })) return;
  changeRound(turn, view, { own: { ...roundOf(turn.replica, view).own, finalize: block } });
  turn.effects.push({ type: 'vote', subject: subjectOf(turn.replica, 'finalize', view, block) });
}

/** Asks once for a notarized block that is not here and that is not being judged. */
function fetch(turn: Turn, view: number): void {
  const { certificates, fetching, proposal, judgement } = roundOf(turn.replica, view);
  const block = certificates.notarize?.subject.block;
  if (block === undefined || fetching || blockOf(turn.replica, block) !== undefined) return;
  if (judgement === 'asked' && proposal !== undefined && equal(proposal.id, block)) return;
  changeRound(turn, view, { fetching: true });
  turn.effects.push({ type: 'fetch', view, block });
}

// ---------------------------------------------------------------- proposing

interface ParentBlock {
  readonly view: number;
  readonly block: Hash;
}

/** Rule 3: the newest notarized block above which everything is nullified; the final one if there is none. */
function parentOf(replica: Replica): ParentBlock | undefined {
  for (let view = replica.view - 1; view > replica.final.view; view--) {
    const block = roundOf(replica, view).certificates.notarize?.subject.block;
    if (block !== undefined) return isNullifiedBetween(replica, view, replica.view) ? { view, block } : undefined;
  }
  return isNullifiedBetween(replica, replica.final.view, replica.view)
    ? { view: replica.final.view, block: replica.final.block }
    : undefined;
}

/** Whether this replica leads the view being decided and has not proposed in it. */
function isToPropose(replica: Replica): boolean {
  const { own, building } = roundOf(replica, replica.view);
  return replica.leaderOf(replica.view) === replica.seat && own.notarize === undefined && !own.nullify && !building && !hasEnded(replica);
}

/**
 * The leader's duty. A transaction that waits asks for a block at once. A block that is not final asks for one more, or, if
 * it closes the epoch, for itself again, but only once patience ends: its finalization is likely to be on its way.
 */
export function propose(turn: Turn): void {
  const { replica } = turn;
  const patienceEnded = replica.impatientIn === replica.view;
  if (!isToPropose(replica)) return;
  const parent = parentOf(replica);
  const place = parent === undefined ? undefined : blockOf(replica, parent.block);
  if (parent === undefined || place === undefined) return;
  const isFinal = parent.view === replica.final.view;
  if (place.closes) {
    if (patienceEnded) giveProposal(turn, place.id);
    return;
  }
  const mayBeEmpty = patienceEnded && !isFinal;
  if (!replica.pending && !mayBeEmpty) return;
  changeRound(turn, replica.view, { building: true });
  turn.effects.push({ type: 'build', view: replica.view, parent: parent.block, mayBeEmpty });
}

/** The leader's notarize vote, which its proposal carries. */
function giveProposal(turn: Turn, block: Hash): void {
  const { view } = turn.replica;
  const place = blockOf(turn.replica, block);
  if (place === undefined || !mayNotarize({ replica: turn.replica, view, block: place })) return;
  const { own } = roundOf(turn.replica, view);
  changeRound(turn, view, { proposal: place, judgement: 'sound', own: { ...own, notarize: block } });
  turn.effects.push({
    type: 'propose',
    subject: subjectOf(turn.replica, 'notarize', view, block),
    certificates: proofOfPlace(turn.replica),
  });
}

/** What shows others that the view is this one's turn, on the parent that it is on. */
function proofOfPlace(replica: Replica): readonly Certificate[] {
  const proof: Certificate[] = [];
  for (let view = replica.view - 1; view > replica.final.view; view--) {
    const { notarize, nullify } = roundOf(replica, view).certificates;
    const shown = notarize ?? nullify;
    if (shown !== undefined) proof.push(shown);
    if (notarize !== undefined) break;
  }
  return proof.slice(0, PROOF_CERTIFICATES_MAX).reverse();
}

/** What was asked for by `build`. */
export function takeBuilt(turn: Turn, view: number): void {
  changeRound(turn, view, { building: false });
}

export function proposeBuilt(turn: Turn, view: number, block: Hash): void {
  if (view === turn.replica.view) giveProposal(turn, block);
}

// ---------------------------------------------------------------- voting

function notarize(turn: Turn): void {
  const { view } = turn.replica;
  const { proposal, judgement, own } = roundOf(turn.replica, view);
  if (proposal === undefined || own.notarize !== undefined) return;
  const intended = { replica: turn.replica, view, block: proposal };
  if (mayNotarize(intended)) {
    changeRound(turn, view, { judgement: 'sound', own: { ...own, notarize: proposal.id } });
    turn.effects.push({ type: 'vote', subject: subjectOf(turn.replica, 'notarize', view, proposal.id) });
  } else if (judgement === 'none' && blockOf(turn.replica, proposal.id) === undefined && hasPlace(intended)) {
    changeRound(turn, view, { judgement: 'asked' });
    turn.effects.push({ type: 'judge', view, block: proposal.id });
  }
}

export function nullify(turn: Turn): void {
  const { view } = turn.replica;
  if (!mayNullify(turn.replica, view)) return;
  changeRound(turn, view, { own: { ...roundOf(turn.replica, view).own, nullify: true } });
  turn.effects.push({ type: 'vote', subject: subjectOf(turn.replica, 'nullify', view, undefined) });
}

/**
 * More seats gave the view up than can be faulty: one of them waits in good faith for something that never came here. With
 * nothing pending no timer of ours would tell.
 */
function joinNullification(turn: Turn): void {
  const { replica } = turn;
  const { votes } = roundOf(replica, replica.view);
  const others = [...votes.nullify.keys()].filter((seat) => seat !== replica.seat).length;
  if (others > faultsTolerated(replica.trust.seats.length)) nullify(turn);
}

// ---------------------------------------------------------------- timers

/** DESIGN §6: a transaction, or a block that is voted for and not final. */
function isPending(replica: Replica): boolean {
  if (replica.pending) return true;
  return [...replica.rounds.values()].some(
    ({ certificates, own }) => certificates.notarize !== undefined || own.notarize !== undefined || own.nullify,
  );
}

/** A leader who was not heard for a whole turn of all leaders, while a quorum was. */
function isSilent(replica: Replica, seat: number): boolean {
  const validators = replica.trust.seats.length;
  const wasHeard = (of: number) => of === replica.seat || (replica.heard.get(of) ?? 0) >= replica.view - validators;
  const heard = replica.trust.seats.filter((_, of) => wasHeard(of)).length;
  return replica.view > validators && heard >= quorumOf(validators) && !wasHeard(seat);
}

function runTimers(turn: Turn): void {
  const { replica } = turn;
  // Alone, no view can fail but by one's own silence.
  const runs = replica.trust.seats.length > 1 && isPending(replica) && !hasEnded(replica);
  const { view, final } = replica;
  const viewMs = isSilent(replica, replica.leaderOf(view)) ? 0 : viewTimeoutMs(view, final.view);
  setTimer(turn, 'view', runs, viewMs);
  setTimer(turn, 'patience', runs && isToPropose(replica), patienceMs(view, final.view));
}

function setTimer(turn: Turn, timer: TimerName, runs: boolean, ms: number): void {
  const { timers, view } = turn.replica;
  if (runs ? timers[timer] === view : timers[timer] === undefined) return;
  change(turn, { timers: { ...timers, [timer]: runs ? view : undefined } });
  turn.effects.push(runs ? { type: 'set-timer', timer, view, ms } : { type: 'cancel-timer', timer });
}

/** The view's time is over: give it up, and send everything again, since something did not arrive. It then runs anew. */
export function onViewTimeout(turn: Turn): void {
  nullify(turn);
  turn.effects.push(everything(turn.replica));
  for (const view of turn.replica.rounds.keys()) changeRound(turn, view, { fetching: false });
  const { view, final, timers } = turn.replica;
  change(turn, { timers: { ...timers, view } });
  turn.effects.push({ type: 'set-timer', timer: 'view', view, ms: viewTimeoutMs(view, final.view) });
}

/** Rule 8: the newest finalization, and all certificates and own votes above it. */
export function everything(replica: Replica): Extract<ReplicaEffect, { readonly type: 'rebroadcast' }> {
  const rounds = [...replica.rounds].sort(([a], [b]) => a - b).map(([, round]) => round);
  const certificates = [replica.final.certificate, ...rounds.flatMap(({ certificates: { notarize, nullify } }) => [notarize, nullify])];
  return {
    type: 'rebroadcast',
    certificates: certificates.filter((one) => one !== undefined),
    votes: rounds.flatMap((round) => ownVotes(round, replica.seat)),
  };
}

function ownVotes({ votes }: Round, seat: number): readonly Vote[] {
  return [votes.notarize.get(seat), votes.nullify.get(seat), votes.finalize.get(seat)].filter((vote) => vote !== undefined);
}
