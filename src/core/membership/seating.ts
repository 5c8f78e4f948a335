/**
 * Who has a seat (DESIGN §6): at the end of a block candidates that are ready take free seats, all of them or, where
 * there are too few, in an order that nobody could choose; and a trust set that the block has changed begins an epoch.
 * Nobody is drawn out: seats are given up elsewhere (`seats.ts`).
 */
import { compare, equal } from '../base/bytes.ts';
import { type Hash, TAGS, taggedHash } from '../base/hash.ts';
import { VALIDATORS_MAX } from '../base/limits.ts';
import { type Seat, type TrustSet, trustSetDigest } from '../codec/records.ts';
import { ruleFor } from '../policy/roles.ts';
import { agendaOf, takeOffAgenda } from './agenda.ts';
import type { BlockFacts } from './checks/check.ts';
import { chainFactsOf, holdsSeat, rulesOf, trustSetOf } from './facts.ts';
import { rememberSeats } from './former-seats.ts';
import { officeOf, putSeats } from './seats.ts';
import { SINGLETON, type StateDraft, type StateReader } from './state.ts';

/** Nothing to look at while no candidate waits and the trust set is as it was. */
export function seatCandidates(draft: StateDraft, facts: BlockFacts): void {
  const { candidates } = agendaOf(draft);
  if (candidates.length > 0) takeSeats(draft, facts, candidates);
  if (trustSetOf(draft) !== trustSetOf(draft.base)) beginEpoch(draft, trustSetOf(draft.base), facts.parent);
}

function takeSeats(draft: StateDraft, { time, parent }: BlockFacts, candidates: readonly Hash[]): void {
  const free = freeSeats(draft);
  const eligible = candidates.flatMap((id) => seatFor(draft, id, time) ?? []);
  const newcomers = eligible.length <= free ? eligible : inDrawnOrder(draft, eligible, time, parent).slice(0, free);
  for (const seat of newcomers) {
    putSeats(draft, [...trustSetOf(draft).seats, seat]);
    takeOffAgenda(draft, 'candidates', seat.member);
  }
}

function freeSeats(state: StateReader): number {
  const cap = ruleFor(rulesOf(state), 'validator')?.cap || VALIDATORS_MAX;
  return Math.max(0, Math.min(cap, VALIDATORS_MAX) - trustSetOf(state).seats.length);
}

/** The seat that a candidate would take, by keys that nobody else has registered; `undefined` while it may not have one, or is not ready for it. */
function seatFor(state: StateReader, id: Hash, time: number): Seat | undefined {
  const member = state.get('member', id);
  if (member?.roles.includes('validator') !== true || member.suspendedUntil !== undefined || holdsSeat(trustSetOf(state), id))
    return undefined;
  const office = officeOf(state, id);
  if (office?.vote === undefined || time - office.ready > rulesOf(state).limits.readyAgeMs) return undefined;
  const { node, vote, note, versions, ready } = office;
  if (!versions.includes(chainFactsOf(state).protocol)) return undefined;
  return { member: id, node, vote, note, software: versions, ready };
}

/**
 * Those first who could have had a seat before this block, each group in an order that follows from the block before it: when
 * they made their keys and were ready, it was not there yet.
 */
function inDrawnOrder(draft: StateDraft, seats: readonly Seat[], time: number, parent: Hash): readonly Seat[] {
  const drawn = seats.map((seat) => ({
    seat,
    late: seatFor(draft.base, seat.member, time) === undefined ? 1 : 0,
    lot: taggedHash(TAGS.seatDraw, parent, seat.node),
  }));
  return drawn.sort((a, b) => a.late - b.late || compare(a.lot, b.lot)).map(({ seat }) => seat);
}

/** The trust set of the next epoch, unless it came out as it was. Its base is the block before: this one's id follows from it. */
function beginEpoch(draft: StateDraft, before: TrustSet, parent: Hash): void {
  const after = trustSetOf(draft);
  const { epoch, base } = before;
  if (equal(trustSetDigest({ ...after, epoch, base }), trustSetDigest(before))) return;
  rememberSeats(draft, before);
  draft.put('trust', SINGLETON, { ...after, epoch: epoch + 1, base: parent });
  draft.put('chain', SINGLETON, { ...chainFactsOf(draft), epoch: epoch + 1 });
}
