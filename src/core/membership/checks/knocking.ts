/** Checks of a knock that a decision carries in: it opens a request, so all must hold that would for any other. Its signature was checked at the border. */
import { equal } from '../../base/bytes.ts';
import { isAdmissibleKey } from '../../base/key.ts';
import { KNOCK_LIFETIME_MS } from '../../base/limits.ts';
import type { Refusal } from '../../base/result.ts';
import { hasWork, type Knock, knockIdOf } from '../../codec/knock.ts';
import { firstRole } from '../asking.ts';
import { rulesOf } from '../facts.ts';
import { keyProblem, membersRoomProblem, nameProblem, nextKeyProblem, pendingProblem, requestsRoomProblem, ruleProblem } from './asking.ts';
import { type Check, type CheckContext, no } from './check.ts';
import type { Decide } from './deciding.ts';
import { operatorFactsProblem, roomProblem } from './roles.ts';

type KnockCheck = (context: CheckContext, knock: Knock) => Refusal | undefined;

const roleOf = ({ state }: Pick<CheckContext, 'state'>, { role }: Knock) => firstRole(state, role, false);

/** Asked only where the knock opens a request: one that is on the chain was judged when it came in. */
function ofKnock(check: KnockCheck): Check<Decide> {
  return (context, { subject, knock }) => {
    const opens = knock !== undefined && context.state.get('request', subject) === undefined;
    return opens ? check(context, knock.knock) : undefined;
  };
}

export const knocksAreOpen = ofKnock(({ state }) => (rulesOf(state).knocks ? undefined : no('knocks-closed', 'the rules take no knocks')));

export const knockIsForThisChain = ofKnock(({ chain }, knock) =>
  equal(knock.chain, chain) ? undefined : no('wrong-chain', 'the knock names another chain'),
);

export const knockHasWork = ofKnock((_, knock) =>
  hasWork(knockIdOf(knock)) ? undefined : no('work-missing', 'no work was done under the knock'),
);

export const knockIsInTime = ofKnock(({ time }, { expiry }) => {
  if (expiry <= time) return no('expired', `the knock expired at ${expiry}`);
  return expiry <= time + KNOCK_LIFETIME_MS ? undefined : no('expiry-too-far', `the knock expires after ${time + KNOCK_LIFETIME_MS}`);
});

export const knockKeyIsAdmissible = ofKnock((_, { key }) =>
  isAdmissibleKey(key) ? undefined : no('bad-key', 'the knocker’s key is not a sound Ed25519 key'),
);

export const knockerIsNew = ofKnock(({ state }, { key }) => keyProblem(state, key));

export const knockRuleCanAdmit = ofKnock((context, knock) =>
  ruleProblem(context.state, { kind: 'knock', role: roleOf(context, knock), invitation: undefined }),
);

export const knockRoleHasRoom = ofKnock((context, knock) => roomProblem(context.state, roleOf(context, knock)));

export const membersHaveRoomForKnock = ofKnock(({ state }) => membersRoomProblem(state));

export const knockerToldOperator = ofKnock((context, knock) => operatorFactsProblem(context.state, roleOf(context, knock), knock.operator));

export const knockNameIsWithinCap = ofKnock((_, { name }) => nameProblem(name));

export const knockNextKeyIsAnother = ofKnock((_, { key, nextKey }) => nextKeyProblem(key, nextKey));

export const knockerAsksOnce = ofKnock(({ state }, { key }) => pendingProblem(state, key));

export const requestsHaveRoomForKnock = ofKnock(({ state }) => requestsRoomProblem(state));
