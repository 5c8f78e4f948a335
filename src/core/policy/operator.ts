/**
 * Operator information (DESIGN §5): what infrastructure roles tell about themselves before they are given, where the rules
 * ask for it. Typed facts that every node judges alike; whether they are true is for the members who approve.
 */
import { type Refusal, unreachable } from '../base/result.ts';
import type { Operator } from '../codec/operator.ts';
import type { Role } from '../codec/primitives.ts';

/** Roles that run something for the others. */
export const INFRASTRUCTURE_ROLES: readonly Role[] = ['validator', 'auditor', 'relay', 'gateway'];

/** Bits of `operatorMask`: which facts a role asks for. `software` is a version from the approved list. */
export const OPERATOR_FACTS = { operatorId: 1, region: 2, kbps: 4, software: 8, checklist: 16 } as const;
export type OperatorFact = keyof typeof OPERATOR_FACTS;
export const OPERATOR_FACT_NAMES: readonly OperatorFact[] = ['operatorId', 'region', 'kbps', 'software', 'checklist'];
const ALL_FACTS = 31;

/** Bits of an operator's security checklist: it installs updates, keeps backups, and nobody else can get at the machine's keys. */
export const CHECKLIST = { updates: 1, backups: 2, access: 4 } as const;
export const CHECKLIST_COMPLETE = 7;

export function asksFor(operatorMask: number, fact: OperatorFact): boolean {
  return (operatorMask & OPERATOR_FACTS[fact]) !== 0;
}

/** Whether the mask has bits that stand for nothing. */
export function isOperatorMask(operatorMask: number): boolean {
  return (operatorMask & ~ALL_FACTS) === 0;
}

/** What an operator has not told, or what it runs that is not approved; `undefined` if nothing is missing. */
export function operatorProblem(
  operatorMask: number,
  approvedSoftware: readonly number[],
  operator: Operator | undefined,
): Refusal | undefined {
  const missing = OPERATOR_FACT_NAMES.find((fact) => asksFor(operatorMask, fact) && (operator === undefined || !isGiven(operator, fact)));
  if (missing !== undefined) return { code: 'operator-missing', detail: `the role asks for operator information: ${missing}` };
  if (operator === undefined || !asksFor(operatorMask, 'software') || approvedSoftware.includes(operator.software)) return undefined;
  return { code: 'software-not-approved', detail: `software version ${operator.software} is not on the list of approved ones` };
}

function isGiven(operator: Operator, fact: OperatorFact): boolean {
  switch (fact) {
    case 'operatorId':
      return operator.operatorId.length > 0;
    case 'region':
      return operator.region > 0;
    case 'kbps':
      return operator.kbps > 0;
    case 'software':
      return operator.software > 0;
    case 'checklist':
      return (operator.checklist & CHECKLIST_COMPLETE) === CHECKLIST_COMPLETE;
    default:
      return unreachable(fact);
  }
}
