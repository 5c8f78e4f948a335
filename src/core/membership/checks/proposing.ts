/** Checks of `propose`; those of each kind of change are in `governing.ts`. */
import { equal } from '../../base/bytes.ts';
import { PROPOSALS_OPEN_MAX, PROPOSALS_PER_MEMBER_MAX } from '../../base/limits.ts';
import { trustSetDigest } from '../../codec/records.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import { agendaOf, proposalOf } from '../agenda.ts';
import { changeProblem } from '../changes/governed.ts';
import { trustSetOf } from '../facts.ts';
import { type Check, no, senderOf } from './check.ts';

export const senderIsFederation: Check = (context) =>
  senderOf(context).roles.includes('federation') ? undefined : no('not-allowed', 'only federation members propose changes');

/** The consequence that was previewed is the one that it would have. */
export const trustIsCurrent: Check<ActionOf<'propose'>> = ({ state }, { trust }) =>
  equal(trust, trustSetDigest(trustSetOf(state))) ? undefined : no('trust-changed', 'the trust set is not the one that was previewed');

export const changeCanBeMade: Check<ActionOf<'propose'>> = (context, { change }) => changeProblem(context, change);

export const proposalsHaveRoom: Check = ({ state }) =>
  agendaOf(state).proposals.length < PROPOSALS_OPEN_MAX ? undefined : no('too-many-pending', `${PROPOSALS_OPEN_MAX} proposals wait`);

export const senderHasFewProposals: Check = (context) => {
  const { id } = senderOf(context);
  const own = agendaOf(context.state).proposals.filter((one) => equal(proposalOf(context.state, one).proposer, id));
  return own.length < PROPOSALS_PER_MEMBER_MAX
    ? undefined
    : no('too-many-pending', `${PROPOSALS_PER_MEMBER_MAX} proposals of the sender wait`);
};
