/** What may stand against a role, however it is gained: its cap, the roles that one has, what its operator has not told. */
import { AUDITORS_MAX, CANDIDATES_MAX, FEDERATION_MAX, MEMBERS_MAX, RELAYS_MAX } from '../../base/limits.ts';
import type { Refusal } from '../../base/result.ts';
import type { Operator } from '../../codec/operator.ts';
import type { Role } from '../../codec/primitives.ts';
import { operatorProblem } from '../../policy/operator.ts';
import { ruleFor } from '../../policy/roles.ts';
import { censusOf, countOf, rulesOf } from '../facts.ts';
import type { StateReader } from '../state.ts';
import { no } from './check.ts';

/** What no chain's rules may exceed: lists of the state hold no more. */
const ROOM: { readonly [R in Role]: number } = {
  observer: MEMBERS_MAX,
  writer: MEMBERS_MAX,
  federation: FEDERATION_MAX,
  validator: CANDIDATES_MAX,
  auditor: AUDITORS_MAX,
  relay: RELAYS_MAX,
  gateway: MEMBERS_MAX,
};

export function roomProblem(state: StateReader, role: Role): Refusal | undefined {
  const places = Math.min(ruleFor(rulesOf(state), role)?.cap || ROOM[role], ROOM[role]);
  return countOf(censusOf(state), role) < places ? undefined : no('role-full', `all ${places} places of ${role} are taken`);
}

/** Who signs blocks does not also attest that they are sound. */
export function conflictProblem(roles: readonly Role[], role: Role): Refusal | undefined {
  if (role !== 'validator' && role !== 'auditor') return undefined;
  const other = role === 'validator' ? 'auditor' : 'validator';
  return roles.includes(other) ? no('role-conflict', `nobody is ${other} and ${role} at once`) : undefined;
}

export function operatorFactsProblem(state: StateReader, role: Role, operator: Operator | undefined): Refusal | undefined {
  const rules = rulesOf(state);
  return operatorProblem(ruleFor(rules, role)?.operatorMask ?? 0, rules.approvedSoftware, operator);
}
