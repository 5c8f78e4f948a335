/** Admission rules: rule + facts → verdict, with the reason in words (DESIGN §5). Pure and total. */
import { unreachable } from '../base/result.ts';
import type { Rule } from '../codec/rules.ts';

/** What is known of a newcomer when the rule is asked. */
export interface AdmissionFacts {
  /** It holds a live invitation to the role, proved by the invite key. */
  readonly invited: boolean;
}

export type Verdict = { readonly admits: true; readonly reason: string } | { readonly admits: false; readonly reason: string };

/** Judges one rule. Kinds that this protocol version does not evaluate never admit. */
export function evaluate(rule: Rule, facts: AdmissionFacts): Verdict {
  switch (rule.type) {
    case 'never':
      return { admits: false, reason: 'nobody is admitted to this role' };
    case 'invitation':
      return facts.invited ? { admits: true, reason: 'holds a live invitation' } : { admits: false, reason: 'an invitation is required' };
    case 'approvals':
      return { admits: false, reason: `${rule.approvals} approvals are required` };
    case 'token':
      return { admits: false, reason: 'a joining token is required' };
    case 'service':
      return { admits: false, reason: `${rule.percent} % attested uptime over ${rule.days} days is required` };
    case 'allOf':
      return all(rule.rules.map((one) => evaluate(one, facts)));
    case 'anyOf':
      return any(rule.rules.map((one) => evaluate(one, facts)));
    default:
      return unreachable(rule);
  }
}

function all(verdicts: readonly Verdict[]): Verdict {
  const missing = verdicts.filter(({ admits }) => !admits);
  return missing.length > 0
    ? { admits: false, reason: missing.map(({ reason }) => reason).join('; ') }
    : { admits: true, reason: verdicts.map(({ reason }) => reason).join('; ') };
}

function any(verdicts: readonly Verdict[]): Verdict {
  return verdicts.find(({ admits }) => admits) ?? { admits: false, reason: verdicts.map(({ reason }) => reason).join(', or ') };
}
