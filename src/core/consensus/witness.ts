/**
 * Votes as testimony: what each seat said first in each view, kept a while beyond what decisions need, so that a second word
 * against it convicts whoever gave both – whether they came singly, in a certificate, or after the view was final.
 *
 * Bounded: a vote of a kind for each seat, in as many views below the final one as are named here and in those few ahead
 * from which a replica takes anything.
 */
import { VIEWS_AHEAD_MAX } from '../base/limits.ts';
import type { Certificate, Vote, VoteKind } from '../codec/vote.ts';
import { votesOf } from './certificate.ts';
import { conflictOf } from './conflict.ts';
import { change, isOurs, type Replica, type Turn } from './replica-state.ts';

/** Views up to the final one of which testimony is kept: what is late by more has been lost, not delayed. */
export const VIEWS_REMEMBERED_MAX = 64;

/** Whether a vote says what is not known of its seat, so that it is worth looking at its signature. */
export function isNews(replica: Replica, vote: Vote): boolean {
  if (!isRemembered(replica, vote) || replica.accused.has(vote.seat)) return false;
  const before = givenBefore(replica, vote, vote.subject.kind);
  return before === undefined || conflictOf(before, vote) !== undefined;
}

/** Votes that are news, those under certificates among them. */
export function newsOf(replica: Replica, votes: readonly Vote[], certificates: readonly Certificate[]): readonly Vote[] {
  return [...votes, ...certificates.flatMap(votesOf)].filter((vote) => isNews(replica, vote));
}

/** Takes down a vote, and accuses its seat if it said otherwise before. Once an epoch is enough. */
export function testify(turn: Turn, vote: Vote): void {
  const { replica } = turn;
  if (!isNews(replica, vote)) return;
  const kinds: readonly VoteKind[] = ['notarize', 'nullify', 'finalize'];
  const given = kinds.flatMap((kind) => givenBefore(replica, vote, kind) ?? []);
  const first = given.find((one) => conflictOf(one, vote) !== undefined);
  if (first !== undefined) {
    change(turn, { accused: new Set(replica.accused).add(vote.seat) });
    turn.effects.push({ type: 'evidence', first, second: vote });
    return;
  }
  const ofView = new Map(replica.testimony.get(vote.subject.view)).set(placeOf(vote.subject.kind, vote.seat), vote);
  change(turn, { testimony: new Map(replica.testimony).set(vote.subject.view, ofView) });
}

/** Everybody who signed it gave a vote. */
export function testifyAll(turn: Turn, certificate: Certificate): void {
  for (const vote of votesOf(certificate)) testify(turn, vote);
}

/** The final view has moved: what is too old is forgotten. */
export function forgetTestimony(turn: Turn): void {
  const { final, testimony } = turn.replica;
  change(turn, { testimony: new Map([...testimony].filter(([view]) => view > final.view - VIEWS_REMEMBERED_MAX)) });
}

function isRemembered(replica: Replica, { subject, seat }: Vote): boolean {
  const { final, view, trust } = replica;
  if (!isOurs(replica, subject) || trust.seats[seat] === undefined) return false;
  return subject.view > final.view - VIEWS_REMEMBERED_MAX && subject.view <= Math.max(view, final.view) + VIEWS_AHEAD_MAX;
}

function givenBefore({ testimony }: Replica, { subject, seat }: Vote, kind: VoteKind): Vote | undefined {
  return testimony.get(subject.view)?.get(placeOf(kind, seat));
}

function placeOf(kind: VoteKind, seat: number): string {
  return `${kind}/${seat}`;
}
