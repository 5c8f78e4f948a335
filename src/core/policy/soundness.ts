/**
 * Whether rules can stand: nothing twice, no bound of zero, nothing that nobody could satisfy (DESIGN §5). Asked of a
 * genesis, and of every change of rules.
 */
import { INVITATION_LIFETIME_MS_MAX, NAME_BODY_BYTES_MAX, RULE_TIME_MS_MAX } from '../base/limits.ts';
import { unreachable } from '../base/result.ts';
import type { RoleRule, Rule, Rules } from '../codec/rules.ts';
import { ROLES_BY_INVITATION, ROLES_WRITERS_INVITE_TO, roleMask } from './roles.ts';

/** Federation members that the rules ask for at most: a chain never has fewer. At least one. */
export function federationNeeded(rules: Rules): number {
  const byRole = rules.roles.map(({ rule }) => mostApprovals(rule));
  return Math.max(1, ...byRole, ...rules.governance.map(({ approvals }) => approvals));
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
  const needed = federationNeeded(rules);
  if (federation < needed) return `${federation} federation members cannot give ${needed} approvals`;
  return (
    rules.roles.map(roleRuleProblem).find((problem) => problem !== undefined) ??
    repeatedProblem(rules) ??
    limitsProblem(rules.limits) ??
    (rules.governance.some(({ approvals }) => approvals === 0) ? 'an action needs no approvals' : undefined)
  );
}

function roleRuleProblem({ role, rule, inviters, operatorMask }: RoleRule): string | undefined {
  const mayInvite = roleMask(ROLES_WRITERS_INVITE_TO.includes(role) ? ['writer', 'federation'] : ['federation']);
  if ((inviters & ~mayInvite) !== 0) return `the rule for ${role} names inviters who may not invite to it`;
  if (operatorMask !== 0) return 'operator facts are not judged by this version';
  if (!ROLES_BY_INVITATION.includes(role) && !alwaysAsksApprovals(rule)) return `${role} needs approvals, and its rule can do without`;
  return rule.type === 'never' ? undefined : ruleProblem(rule);
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
  if (times.invitationLifetimeMs > INVITATION_LIFETIME_MS_MAX) return 'invitations would live longer than a year';
  return bodyBytes < NAME_BODY_BYTES_MAX ? `bodies of ${bodyBytes} bytes hold no name` : undefined;
}
