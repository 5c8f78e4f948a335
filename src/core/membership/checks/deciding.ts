/** Checks of `approve` and `reject`: what is decided, by whom, under what. Those of a knock that comes in are in `knocking.ts`. */
import { equal } from '../../base/bytes.ts';
import type { Hash } from '../../base/hash.ts';
import { DECISIONS_MAX, NAME_BODY_BYTES_MAX } from '../../base/limits.ts';
import { invariant, unreachable } from '../../base/result.ts';
import type { BodyRef } from '../../codec/body.ts';
import { knockIdOf } from '../../codec/knock.ts';
import type { ProposalRecord, RequestRecord } from '../../codec/records.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import { mayInviteTo } from '../../policy/roles.ts';
import { issuerAsked } from '../asking.ts';
import { rulesOf } from '../facts.ts';
import { hasDecided } from '../transitions/cancel-open.ts';
import { requestOfKnock } from '../transitions/open-request.ts';
import { type Check, type CheckContext, no, senderOf } from './check.ts';

export type Decide = ActionOf<'approve'> | ActionOf<'reject'>;
type DecideCheck = Check<Decide>;

type Subject =
  | { readonly type: 'request'; readonly record: RequestRecord }
  | { readonly type: 'proposal'; readonly record: ProposalRecord };

/** What is decided: what waits on the chain, or the request that the knock would open. */
function subjectOf({ state, time }: Pick<CheckContext, 'state' | 'time'>, { subject, knock }: Decide): Subject | undefined {
  const request = state.get('request', subject);
  if (request !== undefined) return { type: 'request', record: request };
  const proposal = state.get('proposal', subject);
  if (proposal !== undefined) return { type: 'proposal', record: proposal };
  if (knock === undefined || !equal(knockIdOf(knock.knock), subject)) return undefined;
  return { type: 'request', record: requestOfKnock(state, time, knock.knock) };
}

/** Only after `subjectIsKnown`. */
export function decidedOf(context: Pick<CheckContext, 'state' | 'time'>, decide: Decide): Subject {
  const subject = subjectOf(context, decide);
  invariant(subject !== undefined, 'subjectIsKnown comes first');
  return subject;
}

export const subjectIsKnown: DecideCheck = (context, decide) =>
  subjectOf(context, decide) === undefined ? no('request-unknown', 'there is no such request, proposal or knock') : undefined;

export const senderMayDecide: DecideCheck = (context, decide) => {
  const { roles, id } = senderOf(context);
  if (roles.includes('federation') || isIssuer(context, decide, id)) return undefined;
  return no('not-allowed', 'only federation members decide');
};

/** Of a closed invitation for more than one, by a device that may invite to its role. One that is forgotten has nobody waiting. */
function isIssuer(context: CheckContext, decide: Decide, id: Hash): boolean {
  const subject = decidedOf(context, decide);
  if (subject.type === 'proposal' || subject.record.status !== 'pending') return false;
  const issuer = issuerAsked(context.state, subject.record);
  if (issuer === undefined || !equal(issuer, id)) return false;
  return mayInviteTo(rulesOf(context.state), senderOf(context).roles, subject.record.role);
}

export const subjectIsOpen: DecideCheck = (context, decide) => {
  const { status, until } = decidedOf(context, decide).record;
  switch (status) {
    case 'pending':
      return until > context.time ? undefined : no('request-expired', `nobody decided until ${until}`);
    case 'approved':
      return no('request-closed', 'this was approved already');
    case 'rejected':
      return no('request-rejected', 'this was rejected');
    case 'expired':
      return no('request-expired', 'nobody decided in time');
    case 'cancelled':
      return no('request-cancelled', 'this was cancelled');
    default:
      return unreachable(status);
  }
};

/** A decision counts only under what its sender has seen: the role's rule, or the approvals and the trust set of a proposal. */
export const basisIsCurrent: DecideCheck = (context, decide) =>
  equal(decide.basis, basisOf(decidedOf(context, decide))) ? undefined : no('rule-changed', 'the decision is under what is not in force');

function basisOf(subject: Subject): Hash {
  return subject.type === 'request' ? subject.record.ruleHash : subject.record.basis;
}

/** By whichever device. */
export const senderHasNotDecided: DecideCheck = (context, decide) =>
  hasDecided(decidedOf(context, decide).record, senderOf(context).id)
    ? no('already-decided', 'the member has decided about this already')
    : undefined;

export const decisionsHaveRoom: DecideCheck = (context, decide) => {
  const { yes, no: against } = decidedOf(context, decide).record;
  return Math.max(yes.length, against.length) < DECISIONS_MAX ? undefined : no('too-many-pending', `${DECISIONS_MAX} members have decided`);
};

export const reasonIsWithinCap: Check<{ readonly reason: BodyRef | undefined }> = (_, { reason }) =>
  reason === undefined || (reason.length > 0 && reason.length <= NAME_BODY_BYTES_MAX)
    ? undefined
    : no('too-large', `a reason’s body of ${reason.length} bytes, 1 to ${NAME_BODY_BYTES_MAX} are taken`);
