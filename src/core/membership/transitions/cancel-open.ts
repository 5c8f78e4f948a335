/**
 * What a member left open ends: its requests and proposals, its live invitations, its decisions about what still waits,
 * and its link for a device. So nothing of somebody who left, was removed or suspended, or whose key was stolen, takes
 * effect later.
 */
import { equal } from '../../base/bytes.ts';
import type { Hash } from '../../base/hash.ts';
import type { Decision, InvitationRecord } from '../../codec/records.ts';
import { mayInviteTo } from '../../policy/roles.ts';
import { agendaOf, proposalOf, requestOf } from '../agenda.ts';
import { memberOf, rulesOf } from '../facts.ts';
import type { StateDraft } from '../state.ts';
import { closeProposal, closeRequest } from './close.ts';
import { endInvitation } from './end-invitation.ts';

export function cancelOpen(draft: StateDraft, id: Hash, time: number): void {
  closeInvitations(draft, id, time, () => true);
  const { requests, proposals } = agendaOf(draft);
  for (const request of requests) cancelRequest(draft, request, id, time);
  for (const proposal of proposals) cancelProposal(draft, proposal, id, time);
  if (draft.get('device-link', id) !== undefined) draft.delete('device-link', id);
}

/** Revokes the live invitations of a member to roles to which it may invite no longer. */
export function closeUnfounded(draft: StateDraft, id: Hash, time: number): void {
  const { roles } = memberOf(draft, id);
  closeInvitations(draft, id, time, ({ role }) => !mayInviteTo(rulesOf(draft), roles, role));
}

function closeInvitations(draft: StateDraft, issuer: Hash, time: number, which: (record: InvitationRecord) => boolean): void {
  if (memberOf(draft, issuer).invitations === 0) return;
  for (const { id, value } of [...draft.all('invitation')]) {
    if (value.status === 'live' && equal(value.issuer, issuer) && which(value)) endInvitation(draft, id, value, 'revoked', time);
  }
}

function cancelRequest(draft: StateDraft, request: Hash, id: Hash, time: number): void {
  const record = requestOf(draft, request);
  if (equal(record.subject, id)) return closeRequest(draft, request, 'cancelled', time);
  if (hasDecided(record, id)) draft.put('request', request, { ...record, ...withoutDecisions(record, id) });
}

function cancelProposal(draft: StateDraft, proposal: Hash, id: Hash, time: number): void {
  const record = proposalOf(draft, proposal);
  if (equal(record.proposer, id)) return closeProposal(draft, proposal, 'cancelled', time);
  if (hasDecided(record, id)) draft.put('proposal', proposal, { ...record, ...withoutDecisions(record, id) });
}

interface Decided {
  readonly yes: readonly Decision[];
  readonly no: readonly Decision[];
}

/** Whether the member is among those who decided. */
export function hasDecided({ yes, no }: Decided, id: Hash): boolean {
  return [...yes, ...no].some(({ member }) => equal(member, id));
}

function withoutDecisions({ yes, no }: Decided, id: Hash): Decided {
  const byOthers = ({ member }: Decision) => !equal(member, id);
  return { yes: yes.filter(byOthers), no: no.filter(byOthers) };
}
