/**
 * Who voted in epochs that are over: a vote of the block that closed one is often seen only in the next, and convicts there as
 * it would have. Bounded by a number of epochs: a chain changes its validators at most that often while two votes are on
 * their way to somebody who knows both.
 */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { FORMER_EPOCHS_MAX } from '../base/limits.ts';
import type { FormerEpoch, FormerSeat, TrustSet } from '../codec/records.ts';
import type { Vote } from '../codec/vote.ts';
import { trustSetOf } from './facts.ts';
import { officeOf } from './seats.ts';
import { SINGLETON, type StateDraft, type StateReader } from './state.ts';

/** The seat by which a vote was given: in the epoch in force, or in one that is remembered. */
export function seatOf(state: StateReader, { subject, seat }: Pick<Vote, 'subject' | 'seat'>): FormerSeat | undefined {
  const { epoch, seats } = trustSetOf(state);
  return (subject.epoch === epoch ? seats : (formerEpochs(state).find((one) => one.epoch === subject.epoch)?.seats ?? []))[seat];
}

/** An epoch is over. */
export function rememberSeats(draft: StateDraft, { epoch, seats }: TrustSet): void {
  const ended = { epoch, seats: seats.map(({ member, vote }) => (hasVoteKey(draft, member) ? { member, vote } : undefined)) };
  draft.put('former-seats', SINGLETON, { epochs: [...formerEpochs(draft), ended].slice(-FORMER_EPOCHS_MAX) });
}

/** Whoever has stolen the keys of a member may vote twice in its name in whatever epoch: none of it says anything of the member. */
export function forgetSeats(draft: StateDraft, id: Hash): void {
  const epochs = formerEpochs(draft);
  if (!epochs.some(({ seats }) => seats.some((seat) => isOf(seat, id)))) return;
  const without = epochs.map(({ epoch, seats }) => ({ epoch, seats: seats.map((seat) => (isOf(seat, id) ? undefined : seat)) }));
  draft.put('former-seats', SINGLETON, { epochs: without });
}

function formerEpochs(state: StateReader): readonly FormerEpoch[] {
  return state.get('former-seats', SINGLETON)?.epochs ?? [];
}

function isOf(seat: FormerSeat | undefined, id: Hash): boolean {
  return seat !== undefined && equal(seat.member, id);
}

/** Not if it was convicted or reported as stolen in the block that ended the epoch. */
function hasVoteKey(state: StateReader, id: Hash): boolean {
  return officeOf(state, id)?.vote !== undefined;
}
