/** Checks of `evidence`: that two votes convict who signed both (DESIGN §6). */
import { equal } from '../../base/bytes.ts';
import type { FormerSeat } from '../../codec/records.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import type { Vote } from '../../codec/vote.ts';
import { seatOf } from '../former-seats.ts';
import type { StateReader } from '../state.ts';
import { type Check, no } from './check.ts';

type Evidence = ActionOf<'evidence'>;
type EvidenceCheck = Check<Evidence>;

export const votesAreOfThisChain: EvidenceCheck = ({ chain }, { first, second }) =>
  [first, second].every(({ subject }) => equal(subject.chain, chain)) ? undefined : no('wrong-chain', 'a vote of another chain');

export const votesAreOfOneEpoch: EvidenceCheck = (_, { first, second }) =>
  first.subject.epoch === second.subject.epoch ? undefined : no('evidence-refuted', 'the votes are not of one epoch');

/** Of epochs that are long over the state knows no vote keys. */
export const votesAreOfOneSeat: EvidenceCheck = ({ before }, { first, second }) =>
  first.seat === second.seat && seatConvicted(before, first) !== undefined
    ? undefined
    : no('evidence-refuted', 'the votes are not by one seat that is known');

export const votesAreOfOneView: EvidenceCheck = (_, { first, second }) =>
  first.subject.view === second.subject.view ? undefined : no('evidence-refuted', 'the votes are not of one view');

/** Two notarizes, or two finalizes, for different blocks; or a nullify and a finalize. */
export const votesContradict: EvidenceCheck = (_, { first, second }) => {
  const kinds = [first.subject.kind, second.subject.kind];
  const bothWays = kinds.includes('nullify') && kinds.includes('finalize');
  return bothWays || votesForTwoBlocks(first, second) ? undefined : no('evidence-refuted', 'an honest validator may give both votes');
};

function votesForTwoBlocks({ subject: a }: Vote, { subject: b }: Vote): boolean {
  return a.kind === b.kind && a.block !== undefined && b.block !== undefined && !equal(a.block, b.block);
}

/** Once is enough: the vote key is retired by it, whatever else follows. */
export const voteKeyIsNotConvicted: EvidenceCheck = ({ state, before }, { first }) => {
  const seat = seatConvicted(before, first);
  return seat !== undefined && state.get('retired', seat.vote) !== undefined
    ? no('duplicate', 'the vote key was convicted already')
    : undefined;
};

/** The seat that gave the vote, as the block began. */
export function seatConvicted(before: StateReader, vote: Vote): FormerSeat | undefined {
  return seatOf(before, vote);
}
