/** Why a member is here: the invitation and its issuer, the rule, each approval with its time, and the roles gained since. */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import type { Role } from '../core/codec/primitives.ts';
import { type Member, memberIdOf, type RequestRecord } from '../core/codec/records.ts';
import { ruleHash } from '../core/codec/rules.ts';
import { firstRole } from '../core/membership/asking.ts';
import { rulesOf } from '../core/membership/facts.ts';
import type { State } from '../core/membership/state.ts';
import { evaluate, STRANGER } from '../core/policy/admission.ts';
import { ruleFor } from '../core/policy/roles.ts';
import { ROLE_NAMES, ruleWords } from '../core/policy/words.ts';
import type { ChainNode } from './chain-node.ts';
import type { AdmissionStory, RoleGained } from './governance-info.ts';
import type { GovernanceReading } from './governance-reading.ts';
import { personOf } from './persons.ts';

/** `undefined` for somebody whom the state does not know. */
export function admissionStory(node: ChainNode, reading: GovernanceReading, id: Hash): AdmissionStory | undefined {
  const { state } = node.ledger;
  const member = state.get('member', id);
  if (member === undefined) return undefined;
  const request = member.request === undefined ? undefined : state.get('request', member.request);
  const how = howItCame(node, id, member, request);
  return {
    member: personOf(node, id),
    how,
    since: member.since,
    roles: member.roles,
    invitation: invitationOf(node, member),
    rule: ruleThatLetIn(state, how, member, request),
    decisions: request === undefined ? [] : reading.decisions(request),
    request: member.request,
    gained: rolesGained(state, reading, id),
  };
}

function howItCame(node: ChainNode, id: Hash, member: Member, request: RequestRecord | undefined): AdmissionStory['how'] {
  const { genesis, chain } = node.ledger;
  if (genesis.founders.some((founder) => equal(memberIdOf(chain, founder.node), id))) return 'founder';
  if (request?.kind === 'knock') return 'knock';
  return member.invitation === undefined ? 'recovery' : 'invitation';
}

function invitationOf(node: ChainNode, { invitation }: Member): AdmissionStory['invitation'] {
  const record = invitation === undefined ? undefined : node.ledger.state.get('invitation', invitation);
  return invitation === undefined || record === undefined
    ? undefined
    : { id: invitation, role: record.role, issuer: personOf(node, record.issuer) };
}

/** In words. The state keeps the rules in force alone: where they have changed since, what was met is told instead. */
function ruleThatLetIn(state: State, how: AdmissionStory['how'], member: Member, request: RequestRecord | undefined): string {
  if (how === 'founder') return 'Founded the chain.';
  if (how === 'recovery') return 'Named in a recovery certificate, signed by the chain’s recovery keys.';
  const invited = member.invitation === undefined ? undefined : state.get('invitation', member.invitation)?.role;
  // Who was invited to validate, and has to earn it, came in as a relay.
  const role = request?.role ?? (invited && firstRole(state, invited, true));
  if (role === undefined) return 'Came by an invitation that the chain no longer knows.';
  const rule = ruleFor(rulesOf(state), role)?.rule ?? { type: 'never' };
  const holds = request === undefined ? evaluate(rule, { ...STRANGER, invited: true }).admits : equal(ruleHash(rule), request.ruleHash);
  if (holds) return `${ROLE_NAMES[role]}: takes ${ruleWords(rule)}.`;
  return `${ROLE_NAMES[role]}, by a rule that has changed since: came ${metThen(member, request)}.`;
}

function metThen({ invitation }: Member, request: RequestRecord | undefined): string {
  const approvals = request?.yes.length ?? 0;
  const approved = approvals === 0 ? [] : [`with the approval of ${approvals === 1 ? 'one member' : `${approvals} members`}`];
  return [...(invitation === undefined ? [] : ['by an invitation']), ...approved].join(' and ');
}

/** Requests for a role that were approved, and grants by governance, in order of time. */
function rolesGained(state: State, reading: GovernanceReading, member: Hash): readonly RoleGained[] {
  const gained: RoleGained[] = [];
  for (const { id, value } of state.all('request')) {
    if (value.kind !== 'role' || value.status !== 'approved' || !equal(value.subject, member)) continue;
    gained.push(roleGained('request', id as Hash, value.role, value.ended, reading.decisions(value)));
  }
  for (const { id, value } of state.all('proposal')) {
    const { change, status } = value;
    if (change.type !== 'grant' || status !== 'approved' || !equal(change.member, member)) continue;
    gained.push(roleGained('proposal', id as Hash, change.role, value.ended, reading.decisions(value)));
  }
  return gained.sort((a, b) => a.time - b.time);
}

function roleGained(by: RoleGained['by'], id: Hash, role: Role, time: number, decisions: RoleGained['decisions']): RoleGained {
  return { role, time, by, id, decisions };
}

/**
 * Members who came through an invitation, or through invitations of those, and have not left: in the order in which they
 * came, so that a proposal can list all whom a link that leaked has let in.
 */
export function lineageOf(state: State, invitation: Hash): readonly Hash[] {
  const invitations = [...state.all('invitation')];
  const members = [...state.all('member')].sort((a, b) => a.value.since - b.value.since);
  const through = new Set([toHex(invitation)]);
  const found = new Map<string, Hash>();
  // Who came later can only have been invited by somebody who was there: one pass in order of time finds them all.
  for (const { id, value } of members) {
    if (value.invitation === undefined || !through.has(toHex(value.invitation))) continue;
    if (!value.left) found.set(toHex(id), id as Hash);
    for (const one of invitations) if (equal(one.value.issuer, id)) through.add(toHex(one.id));
  }
  return [...found.values()];
}
