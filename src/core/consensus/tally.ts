/** Taking in votes and certificates: one vote of a kind a seat and view, a certificate as soon as a quorum agrees. */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import type { Certificate, Vote, VoteKind } from '../codec/vote.ts';
import { quorumOf } from '../policy/quorum.ts';
import { assembleCertificate } from './certificate.ts';
import { change, changeRound, hasEnded, isOfInterest, isOurs, type Replica, roundOf, type Turn } from './replica-state.ts';
import { forgetTestimony, isNews, testify, testifyAll } from './witness.ts';

/** A quorum decides about votes that are already counted; what else arrives is checked only if it may change something, or convict. */
export function wantsVote(replica: Replica, vote: Vote): boolean {
  const { subject, seat, signature } = vote;
  if (isLate(replica, vote) || isNews(replica, vote)) return true;
  if (!isOfInterest(replica, subject)) return false;
  const before = roundOf(replica, subject.view).votes[subject.kind].get(seat);
  return before === undefined || !equal(before.signature, signature);
}

export function wantsCertificate(replica: Replica, { subject }: Certificate): boolean {
  if (!isOurs(replica, subject) || subject.view <= replica.final.view) return false;
  if (subject.kind === 'finalize') return true;
  return isOfInterest(replica, subject) && roundOf(replica, subject.view).certificates[subject.kind] === undefined;
}

/**
 * Whoever votes at or below the final view, or at all in an epoch that is over, has not heard of it. A finalize vote for that view itself is only one more than
 * were needed, as each finalization brings them.
 */
function isLate(replica: Replica, { subject, seat }: Vote): boolean {
  if (!isOurs(replica, subject) || seat === replica.seat || replica.final.certificate === undefined) return false;
  const { view } = replica.final;
  if (subject.view === view && subject.kind === 'finalize') return false;
  return subject.view <= view || hasEnded(replica);
}

/** Counts a vote. Late ones are answered, contradictions become evidence, duplicates count once. */
export function takeVote(turn: Turn, vote: Vote): void {
  const { subject, seat } = vote;
  if (isLate(turn.replica, vote)) turn.effects.push({ type: 'answer', seat });
  testify(turn, vote);
  if (!isOfInterest(turn.replica, subject) && !binds(turn.replica, vote)) return;
  if (turn.replica.trust.seats[seat] === undefined) return;
  change(turn, { heard: new Map(turn.replica.heard).set(seat, turn.replica.view) });
  const { votes } = roundOf(turn.replica, subject.view);
  if (votes[subject.kind].has(seat)) return;
  const counted = new Map(votes[subject.kind]).set(seat, vote);
  changeRound(turn, subject.view, { votes: { ...votes, [subject.kind]: counted } });
  if (seat === turn.replica.seat) remember(turn, vote);
  certify(turn, subject.view, subject.kind, subject.block);
}

/**
 * One's own vote, in however late a view: after a restart the views between have yet to be heard of again, and until then
 * nothing else would keep this replica from finalizing what it gave up.
 */
function binds(replica: Replica, { subject, seat }: Vote): boolean {
  return seat === replica.seat && isOurs(replica, subject) && subject.view > replica.final.view;
}

/** One's own vote from before a restart binds like one given since. */
function remember(turn: Turn, { subject: { kind, view, block } }: Vote): void {
  const { own } = roundOf(turn.replica, view);
  changeRound(turn, view, { own: kind === 'nullify' ? { ...own, nullify: true } : { ...own, [kind]: block } });
}

function certify(turn: Turn, view: number, kind: VoteKind, block: Hash | undefined): void {
  const { votes, certificates } = roundOf(turn.replica, view);
  if (certificates[kind] !== undefined) return;
  const agreeing = [...votes[kind].values()].filter(({ subject }) => isSame(subject.block, block));
  const [first] = agreeing;
  if (first === undefined || agreeing.length < quorumOf(turn.replica.trust.seats.length)) return;
  takeCertificate(turn, assembleCertificate(first.subject, agreeing));
}

function isSame(a: Hash | undefined, b: Hash | undefined): boolean {
  return a === undefined ? b === undefined : b !== undefined && equal(a, b);
}

/** Keeps a certificate; a finalization decides its view and all below it. */
export function takeCertificate(turn: Turn, certificate: Certificate): void {
  if (!wantsCertificate(turn.replica, certificate)) return testifyAll(turn, certificate);
  const { kind, view, block } = certificate.subject;
  if (kind === 'finalize' && block !== undefined) {
    becomeFinal(turn, view, block, certificate);
    turn.effects.push({ type: 'finalized', block, certificate });
    return;
  }
  testifyAll(turn, certificate);
  const { certificates } = roundOf(turn.replica, view);
  changeRound(turn, view, { certificates: { ...certificates, [kind]: certificate } });
}

/** Everything up to the view is decided, and what was known of it forgotten. */
export function becomeFinal(turn: Turn, view: number, block: Hash, certificate: Certificate): void {
  const rounds = new Map([...turn.replica.rounds].filter(([of]) => of > view));
  const blocks = new Map([...turn.replica.blocks].filter(([, place]) => place.view > view || equal(place.id, block)));
  change(turn, { final: { view, block, certificate }, rounds, blocks });
  forgetTestimony(turn);
  testifyAll(turn, certificate);
}
