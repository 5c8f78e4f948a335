/** Checks of changes by governance; asked when one is proposed, and again when it takes effect. */
import { toHex } from '../../base/bytes.ts';
import type { Hash } from '../../base/hash.ts';
import type { ChangeOf } from '../../codec/governance.ts';
import type { Role } from '../../codec/primitives.ts';
import { federationNeeded, rulesChangeProblem, rulesProblem } from '../../policy/soundness.ts';
import type { ChangeCheck } from '../changes/change.ts';
import { censusOf, countOf, memberOf, rulesOf } from '../facts.ts';
import { activeFederation, federationOf } from '../federation.ts';
import { officeOf } from '../seats.ts';
import { no } from './check.ts';
import { isEndpoint } from './endpoint.ts';
import { federationGuard, seatsGuard } from './guards.ts';
import { conflictProblem, operatorFactsProblem, roomProblem } from './roles.ts';

interface OfMember {
  readonly member: Hash;
}
interface OfMembers {
  readonly members: readonly Hash[];
}
interface OfRole extends OfMember {
  readonly role: Role;
}

export const memberIsHere: ChangeCheck<OfMember> = ({ state }, { member }) => {
  const record = state.get('member', member);
  return record === undefined || record.left ? no('member-unknown', 'nobody of this id is a member') : undefined;
};

export const membersAreKnown: ChangeCheck<OfMembers> = ({ state }, { members }) =>
  members.every((id) => state.get('member', id) !== undefined) ? undefined : no('member-unknown', 'somebody listed never was a member');

export const membersAreDistinct: ChangeCheck<OfMembers> = (_, { members }) =>
  new Set(members.map(toHex)).size === members.length ? undefined : no('duplicate', 'somebody is listed twice');

export const someoneIsHere: ChangeCheck<OfMembers> = ({ state }, { members }) =>
  members.some((id) => !memberOf(state, id).left) ? undefined : no('member-unknown', 'all who are listed have left');

export const memberIsNotSuspended: ChangeCheck<OfMember> = ({ state }, { member }) =>
  memberOf(state, member).suspendedUntil === undefined ? undefined : no('suspended', 'the member is suspended');

export const memberLacksRole: ChangeCheck<OfRole> = ({ state }, { member, role }) =>
  memberOf(state, member).roles.includes(role) ? no('role-held', `the member is ${role} already`) : undefined;

export const memberHoldsRole: ChangeCheck<OfRole> = ({ state }, { member, role }) =>
  memberOf(state, member).roles.includes(role) ? undefined : no('role-not-held', `the member is not ${role}`);

export const grantedRoleFits: ChangeCheck<OfRole> = ({ state }, { member, role }) => conflictProblem(memberOf(state, member).roles, role);

export const grantedRoleHasRoom: ChangeCheck<OfRole> = ({ state }, { role }) => roomProblem(state, role);

/** Of a member who is granted a role its record tells what it runs. */
export const operatorHasTold: ChangeCheck<OfRole> = ({ state }, { member, role }) =>
  operatorFactsProblem(state, role, memberOf(state, member).operator);

export const withdrawalLeavesASeat: ChangeCheck<OfRole> = ({ state }, { member, role }) =>
  role === 'validator' ? seatsGuard(state, [member]) : undefined;

export const withdrawalLeavesFederation: ChangeCheck<OfRole> = ({ state }, { member, role }) =>
  role === 'federation' ? federationGuard(state, [member], 'gone') : undefined;

export const membersLeaveASeat: ChangeCheck<OfMembers> = ({ state }, { members }) => seatsGuard(state, members);

export const removalLeavesFederation: ChangeCheck<OfMembers> = ({ state }, { members }) => federationGuard(state, members, 'gone');

export const suspensionLeavesFederation: ChangeCheck<OfMembers> = ({ state }, { members }) => federationGuard(state, members, 'suspended');

export const newRulesAreSound: ChangeCheck<ChangeOf<'rules'>> = ({ state }, { rules }) => {
  const problem = rulesProblem(rules, federationOf(state));
  return problem === undefined ? undefined : no('rules-unsatisfiable', problem);
};

export const newRulesFitMembers: ChangeCheck<ChangeOf<'rules'>> = ({ state }, { rules }) => {
  const problem = rulesChangeProblem(rulesOf(state), rules, (role) => countOf(censusOf(state), role));
  return problem === undefined ? undefined : no('rules-unsatisfiable', problem);
};

/** Those who are suspended cannot decide meanwhile. */
export const federationCanMeetNewRules: ChangeCheck<ChangeOf<'rules'>> = ({ state }, { rules }) => {
  const needed = federationNeeded(rules, federationOf(state));
  const active = activeFederation(state);
  return active >= needed ? undefined : no('rules-unsatisfiable', `${active} federation members can decide, ${needed} would be needed`);
};

export const memberHasOffice: ChangeCheck<OfMember> = ({ state }, { member }) =>
  officeOf(state, member) === undefined ? no('not-ready', 'the member has registered no keys under which it could be reached') : undefined;

export const endpointsAreAddresses: ChangeCheck<ChangeOf<'endpoints'>> = (_, { endpoints }) =>
  endpoints.every(isEndpoint) ? undefined : no('malformed', 'an endpoint is not an address');
