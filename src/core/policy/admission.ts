/** Admission rules: rule + facts → verdict, with the reason in words and what is still missing (DESIGN §5). Pure and total. */
import { SERVICE_DAYS_MAX } from '../base/limits.ts';
import { unreachable } from '../base/result.ts';
import type { Role } from '../codec/primitives.ts';
import type { Rule } from '../codec/rules.ts';
import { ROLES_BY_INVITATION } from './roles.ts';

/** What is known of somebody when the rule is asked. */
export interface AdmissionFacts {
  /** It came by a live invitation to the role, proved by the invite key. */
  readonly invited: boolean;
  /** Distinct federation members who have approved. */
  readonly approvals: number;
  /** It spent a joining token. */
  readonly token: boolean;
  /** Attested uptime as a relay: percent of each day, the latest first. */
  readonly service: readonly number[];
}

/** Somebody of whom nothing is known. */
export const STRANGER: AdmissionFacts = { invited: false, approvals: 0, token: false, service: [] };

/**
 * `approvals` are how many the rule asks for in all, given the other facts: infinite where no number is enough. A verdict
 * that does not admit says what is missing, in `reason`.
 */
export interface Verdict {
  readonly admits: boolean;
  readonly reason: string;
  readonly approvals: number;
}

/** Where tokens and attested uptime come from. */
const BY_RELAYING = 'which members earn by relaying';

/** Facts of a member who has earned all that can be earned. */
export const VETERAN: AdmissionFacts = { ...STRANGER, token: true, service: new Array<number>(SERVICE_DAYS_MAX).fill(100) };

/** Judges one rule. */
export function evaluate(rule: Rule, facts: AdmissionFacts): Verdict {
  switch (rule.type) {
    case 'never':
      return fact(false, '', 'nobody is admitted to this role');
    case 'invitation':
      return fact(facts.invited, 'holds a live invitation', 'an invitation is required');
    case 'approvals':
      return approved(rule.approvals, facts.approvals);
    case 'token':
      return fact(facts.token, 'spent a joining token', `a joining token is required, ${BY_RELAYING}`);
    case 'service':
      return served(rule, facts.service);
    case 'allOf':
      return all(rule.rules.map((one) => evaluate(one, facts)));
    case 'anyOf':
      return any(rule.rules.map((one) => evaluate(one, facts)));
    default:
      return unreachable(rule);
  }
}

/** Approvals that a role asks for, given the other facts: as its rule says, and never none beyond observer, writer and relay (a must of DESIGN §5). */
export function approvalsNeeded(role: Role, rule: Rule, facts: AdmissionFacts): number {
  return Math.max(ROLES_BY_INVITATION.includes(role) ? 0 : 1, evaluate(rule, facts).approvals);
}

function fact(holds: boolean, why: string, missing: string): Verdict {
  return holds ? { admits: true, reason: why, approvals: 0 } : { admits: false, reason: missing, approvals: Number.POSITIVE_INFINITY };
}

function approved(needed: number, have: number): Verdict {
  const members = (count: number) => `${count} federation ${count === 1 ? 'member' : 'members'}`;
  const admits = have >= needed;
  const reason = admits
    ? `${members(needed)} approved`
    : have === 0
      ? `${members(needed)} must approve`
      : `${members(needed)} must approve, ${needed - have} more`;
  return { admits, reason, approvals: needed };
}

function served({ days, percent }: { readonly days: number; readonly percent: number }, service: AdmissionFacts['service']): Verdict {
  const attested = service.slice(0, days).reduce((sum, one) => sum + one, 0);
  const holds = service.length >= days && attested >= days * percent;
  const what = `${percent} % attested uptime over ${days} ${days === 1 ? 'day' : 'days'}`;
  return fact(holds, what, `${what} is required, ${BY_RELAYING}`);
}

function all(verdicts: readonly Verdict[]): Verdict {
  const missing = verdicts.filter(({ admits }) => !admits);
  const said = missing.length > 0 ? missing : verdicts;
  return { admits: missing.length === 0, reason: said.map(reasonOf).join('; '), approvals: Math.max(...verdicts.map(approvalsOf)) };
}

function any(verdicts: readonly Verdict[]): Verdict {
  const admitting = verdicts.find(({ admits }) => admits);
  const reason = admitting?.reason ?? verdicts.map(reasonOf).join(', or ');
  return { admits: admitting !== undefined, reason, approvals: Math.min(...verdicts.map(approvalsOf)) };
}

const reasonOf = ({ reason }: Verdict): string => reason;
const approvalsOf = ({ approvals }: Verdict): number => approvals;
