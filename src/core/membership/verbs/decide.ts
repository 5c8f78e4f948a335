/**
 * `approve` and `reject`: a federation member decides about a request, a proposal or a knock, which its decision carries in.
 * The decision that is one too many never enters: what it is about is closed by then.
 */
import type { Decision } from '../../codec/records.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import {
  basisIsCurrent,
  type Decide,
  decidedOf,
  decisionsHaveRoom,
  reasonIsWithinCap,
  senderHasNotDecided,
  senderMayDecide,
  subjectIsKnown,
  subjectIsOpen,
} from '../checks/deciding.ts';
import {
  knockerAsksOnce,
  knockerIsNew,
  knockerToldOperator,
  knockHasWork,
  knockIsForThisChain,
  knockIsInTime,
  knockKeyIsAdmissible,
  knockNameIsWithinCap,
  knockNextKeyIsAnother,
  knockRoleHasRoom,
  knockRuleCanAdmit,
  knocksAreOpen,
  membersHaveRoomForKnock,
  requestsHaveRoomForKnock,
} from '../checks/knocking.ts';
import type { Actor } from '../facts.ts';
import { openRequest } from '../transitions/open-request.ts';
import { settleAll, settleProposal, settleRequest } from '../transitions/settle.ts';
import { fromMember, type Turn } from './verb.ts';

const CHECKS = [
  subjectIsKnown,
  senderMayDecide,
  knocksAreOpen,
  knockIsForThisChain,
  knockHasWork,
  knockIsInTime,
  knockKeyIsAdmissible,
  knockerIsNew,
  knockRuleCanAdmit,
  knockRoleHasRoom,
  membersHaveRoomForKnock,
  knockerToldOperator,
  knockNameIsWithinCap,
  knockNextKeyIsAnother,
  knockerAsksOnce,
  requestsHaveRoomForKnock,
  subjectIsOpen,
  basisIsCurrent,
  senderHasNotDecided,
  decisionsHaveRoom,
  reasonIsWithinCap,
];

export const approve = fromMember<ActionOf<'approve'>>(CHECKS, (turn, sender, action) => decide(turn, sender, action, 'yes'));
export const reject = fromMember<ActionOf<'reject'>>(CHECKS, (turn, sender, action) => decide(turn, sender, action, 'no'));

function decide(turn: Turn, sender: Actor, action: Decide, side: 'yes' | 'no'): void {
  const { draft, time, leaf } = turn;
  const decision: Decision = { member: sender.id, leaf, time };
  const { type, record } = decidedOf({ state: draft, time }, action);
  const decided = { [side]: [...record[side], decision] };
  if (type === 'request') {
    openRequest(draft, action.subject, { ...record, ...decided });
    settleRequest(turn, action.subject);
  } else {
    draft.put('proposal', action.subject, { ...record, ...decided });
    if (settleProposal(turn, action.subject)) settleAll(turn);
  }
}
