/** What a request waits for: the approvals that its role's rule asks for, and where its invitation says so its issuer's. */
import type { Hash } from '../base/hash.ts';
import { invariant } from '../base/result.ts';
import type { Role } from '../codec/primitives.ts';
import type { InvitationRecord, RequestRecord } from '../codec/records.ts';
import { type Rule, ruleHash } from '../codec/rules.ts';
import { type AdmissionFacts, approvalsNeeded, evaluate, STRANGER, VETERAN, type Verdict } from '../policy/admission.ts';
import { mayInviteTo, ruleFor } from '../policy/roles.ts';
import { attestedUptime, memberOf, rulesOf } from './facts.ts';
import type { StateReader } from './state.ts';

/** Who asks, as far as rules are concerned: of a member who asks for one more role what it has earned counts. */
export type Asking =
  | (Pick<RequestRecord, 'role' | 'invitation'> & { readonly kind: 'join' | 'knock' })
  | Pick<RequestRecord, 'kind' | 'role' | 'invitation' | 'subject'>;

const NEVER: Rule = { type: 'never' };

/** The rule of the role in force; a role without one is closed. */
export function ruleOf(state: StateReader, role: Role): Rule {
  return ruleFor(rulesOf(state), role)?.rule ?? NEVER;
}

export function ruleHashOf(state: StateReader, role: Role): Hash {
  return ruleHash(ruleOf(state, role));
}

/** What the rule in force says to so many approvals. */
export function verdictOn(state: StateReader, asking: Asking, approvals: number): Verdict {
  return evaluate(ruleOf(state, asking.role), { ...factsOf(state, asking), approvals });
}

function factsOf(state: StateReader, asking: Asking): AdmissionFacts {
  const invited = asking.invitation !== undefined;
  if (asking.kind !== 'role') return { ...STRANGER, invited };
  const { role, subject } = asking;
  const token = role === 'validator' && state.get('eligibility', subject) !== undefined;
  return { ...STRANGER, invited, token, service: attestedUptime(state, subject) };
}

/** Whether the role is open to those who have earned it as relays, and to nobody else. */
export function mustBeEarned(state: StateReader, role: Role, invited: boolean): boolean {
  const asks = (facts: AdmissionFacts) => approvalsNeeded(role, ruleOf(state, role), { ...facts, invited });
  return !Number.isFinite(asks(STRANGER)) && Number.isFinite(asks(VETERAN));
}

/** The role with which a newcomer begins: who would validate, and has to earn it, begins as a relay. */
export function firstRole(state: StateReader, role: Role, invited: boolean): Role {
  return role === 'validator' && mustBeEarned(state, role, invited) ? 'relay' : role;
}

/** Approvals that are needed in all; infinite where none are enough. Only who holds an invitation may need none. */
export function approvalsAsked(state: StateReader, asking: Asking): number {
  const needed = approvalsNeeded(asking.role, ruleOf(state, asking.role), factsOf(state, asking));
  return Math.max(asking.kind === 'join' ? 0 : 1, needed);
}

/** Whose approval is needed besides: a closed invitation for more than one is answered by its issuer at each join (DESIGN §5). */
export function issuerAsked(state: StateReader, { invitation }: Pick<Asking, 'invitation'>): Hash | undefined {
  if (invitation === undefined) return undefined;
  const record = state.get('invitation', invitation);
  invariant(record !== undefined, 'an invitation stays while somebody who came by it waits');
  return asksIssuer(record) ? record.issuer : undefined;
}

export function asksIssuer({ shared, uses }: InvitationRecord): boolean {
  return !shared && uses !== 1;
}

/** Whether an issuer may still let in to the role. */
export function issuerCanAnswer(state: StateReader, issuer: Hash, role: Role): boolean {
  const { roles, suspendedUntil } = memberOf(state, issuer);
  return suspendedUntil === undefined && mayInviteTo(rulesOf(state), roles, role);
}
