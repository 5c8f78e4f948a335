/**
 * Whether rules can stand: nothing twice, no bound of zero, nothing that nobody could satisfy (DESIGN §5). Asked of a
 * genesis, and of every change of rules.
 */

import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import {
  CLOSED_REQUEST_KEPT_MS,
  INVITATION_LIFETIME_MS_MAX,
  NAME_BODY_BYTES_MAX,
  REQUEST_LIFETIME_MS_MIN,
  RULE_TIME_MS_MAX,
  TRANSACTION_HORIZON_MS_MIN,
} from '../base/limits.ts';
import { unreachable } from '../base/result.ts';
import { CHANGE_KINDS } from '../codec/governance.ts';
import type { Role } from '../codec/primitives.ts';
import type { RoleRule, Rule, Rules } from '../codec/rules.ts';
import { type AdmissionFacts, evaluate, STRANGER, VETERAN } from './admission.ts';
import { awardProblem } from './award.ts';
import { approvalsFor } from './governance.ts';
import { asksFor, INFRASTRUCTURE_ROLES, isOperatorMask } from './operator.ts';
import { ROLES_BY_INVITATION, ROLES_WRITERS_INVITE_TO, roleMask } from './roles.ts';

/**
 * Active members that a federation of so many must have, so that whatever the rules ask of it can be given: a chain never
 * has fewer. At least one.
 */
export function federationNeeded(rules: Rules, federation: number): number {
  const byRole = rules.roles.map(({ rule }) => mostApprovals(rule));
  const byKind = CHANGE_KINDS.map((kind) => approvalsFor(rules, kind, federation));
  return Math.max(1, ...byRole, ...byKind, ...rules.governance.map(({ approvals }) => approvals));
}

function mostApprovals(rule: Rule): number {
  switch (rule.type) {
    case 'approvals':
      return rule.approvals;
    case 'allOf':
    case 'anyOf':
      return Math.max(...rule.rules.map(mostApprovals));
    case 'never':
    case 'invitation':
    case 'token':
    case 'service':
      return 0;
    default:
      return unreachable(rule);
  }
}

/** What is wrong with the rules of a chain that has so many federation members, in words; `undefined` if they are sound. */
export function rulesProblem(rules: Rules, federation: number): string | undefined {
  const needed = federationNeeded(rules, federation);
  if (federation < needed) return `${federation} federation members cannot give ${needed} approvals`;
  return (
    rules.roles.map((one) => roleRuleProblem(one, rules, federation)).find((problem) => problem !== undefined) ??
    repeatedProblem(rules) ??
    limitsProblem(rules.limits) ??
    awardProblem(rules) ??
    governanceProblem(rules, federation)
  );
}

function governanceProblem(rules: Rules, federation: number): string | undefined {
  if (rules.governance.some(({ approvals }) => approvals === 0)) return 'an action needs no approvals';
  return approvalsFor(rules, 'suspend', federation) > approvalsFor(rules, 'remove', federation)
    ? 'to suspend a member would need more approvals than to remove it'
    : undefined;
}

function roleRuleProblem(roleRule: RoleRule, { approvedSoftware }: Rules, federation: number): string | undefined {
  const { role, rule, inviters } = roleRule;
  const mayInvite = roleMask(ROLES_WRITERS_INVITE_TO.includes(role) ? ['writer', 'federation'] : ['federation']);
  if ((inviters & ~mayInvite) !== 0) return `the rule for ${role} names inviters who may not invite to it`;
  const operator = operatorMaskProblem(roleRule, approvedSoftware);
  if (operator !== undefined) return operator;
  if (!ROLES_BY_INVITATION.includes(role) && !alwaysAsksApprovals(rule)) return `${role} needs approvals, and its rule can do without`;
  if (rule.type === 'never') return undefined;
  const problem = ruleProblem(rule);
  if (problem !== undefined) return problem;
  const verdict = evaluate(rule, { ...mostFacts(role), invited: true, approvals: federation });
  return verdict.admits ? undefined : `nobody could become ${role}: ${verdict.reason}`;
}

/** What somebody may have who asks for the role: a relay earns what others may ask for, and a token opens the way to a seat alone. */
function mostFacts(role: Role): AdmissionFacts {
  if (role === 'relay') return STRANGER;
  return { ...VETERAN, token: role === 'validator' };
}

function operatorMaskProblem({ role, operatorMask }: RoleRule, approvedSoftware: readonly number[]): string | undefined {
  if (operatorMask === 0) return undefined;
  if (!isOperatorMask(operatorMask)) return `the rule for ${role} asks for operator facts that there are not`;
  if (!INFRASTRUCTURE_ROLES.includes(role)) return `${role} runs nothing for the others, and is asked for operator facts`;
  return asksFor(operatorMask, 'software') && approvedSoftware.length === 0
    ? `nobody could become ${role}: it asks for approved software, and none is approved`
    : undefined;
}

/** Whether nobody is admitted by the rule without approvals. */
function alwaysAsksApprovals(rule: Rule): boolean {
  switch (rule.type) {
    case 'never':
    case 'approvals':
      return true;
    case 'allOf':
      return rule.rules.some(alwaysAsksApprovals);
    case 'anyOf':
      return rule.rules.every(alwaysAsksApprovals);
    case 'invitation':
    case 'token':
    case 'service':
      return false;
    default:
      return unreachable(rule);
  }
}

/** A part of a rule that admits nobody, or everybody. */
function ruleProblem(rule: Rule): string | undefined {
  switch (rule.type) {
    case 'never':
      return '“never” stands alone';
    case 'approvals':
      return rule.approvals === 0 ? 'no approvals are asked for' : undefined;
    case 'service':
      return rule.days === 0 || rule.percent === 0 ? 'no service is asked for' : undefined;
    case 'allOf':
    case 'anyOf':
      return rule.rules.map(ruleProblem).find((problem) => problem !== undefined);
    case 'invitation':
    case 'token':
      return undefined;
    default:
      return unreachable(rule);
  }
}

function repeatedProblem({ roles, governance, approvedSoftware, networkKeyHashes }: Rules): string | undefined {
  if (repeats(roles.map(({ role }) => role))) return 'a role has two rules';
  if (repeats(governance.map(({ kind }) => kind))) return 'an action has two numbers of approvals';
  if (repeats(approvedSoftware)) return 'a software version is approved twice';
  return repeats(networkKeyHashes.map(String)) ? 'the network key is its own predecessor' : undefined;
}

function repeats(items: readonly (string | number)[]): boolean {
  return new Set(items).size !== items.length;
}

function limitsProblem({ bodyBytes, ...times }: Rules['limits']): string | undefined {
  if (Object.values(times).some((time) => time === 0 || time > RULE_TIME_MS_MAX)) return 'a time limit is zero, or over ten years';
  if (times.transactionHorizonMs < TRANSACTION_HORIZON_MS_MIN) return 'members’ transactions live for half a day, and would all be refused';
  if (times.requestLifetimeMs < REQUEST_LIFETIME_MS_MIN) return 'requests and proposals would end before anybody could decide';
  if (times.transactionHorizonMs > CLOSED_REQUEST_KEPT_MS) return 'a transaction could come again once its request is forgotten';
  if (times.invitationLifetimeMs > INVITATION_LIFETIME_MS_MAX) return 'invitations would live longer than a year';
  return bodyBytes < NAME_BODY_BYTES_MAX ? `bodies of ${bodyBytes} bytes hold no name` : undefined;
}

/**
 * What is wrong with a change from the rules in force to others, beside what is wrong with those: more members in a role
 * than they allow, or a network key that whoever holds the present one could not be led to.
 */
export function rulesChangeProblem(before: Rules, after: Rules, membersBy: (role: Role) => number): string | undefined {
  const full = after.roles.find(({ role, cap }) => cap > 0 && membersBy(role) > cap);
  if (full !== undefined) return `${membersBy(full.role)} members are ${full.role}, more than the cap of ${full.cap}`;
  return followsNetworkKey(before.networkKeyHashes, after.networkKeyHashes)
    ? undefined
    : 'the network key before the new one must be the present one';
}

/** A new key names the present one as the one before, so that who holds that is given the new one; the key before may be dropped, and all of them. */
function followsNetworkKey([current, previous]: readonly Hash[], [next, before]: readonly Hash[]): boolean {
  if (next === undefined) return true;
  const keeps = current !== undefined && equal(next, current);
  if (keeps && before === undefined) return true;
  return same(before, keeps ? previous : current);
}

function same(a: Hash | undefined, b: Hash | undefined): boolean {
  return a === undefined || b === undefined ? a === b : equal(a, b);
}
