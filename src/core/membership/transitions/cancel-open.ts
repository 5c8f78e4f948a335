/**
 * What a member left open ends: its requests and proposals, its live invitations, its decisions about what still waits,
 * and its link for a device. So nothing of somebody who left, was removed or suspended, or whose key was stolen, takes
 * effect later.
 */
import { equal } from '../../base/bytes.ts';
import type { Hash } from '../../base/hash.ts';
import { invariant } from '../../base/result.ts';
import type { Decision } from '../../codec/records.ts';
import { agendaOf } from '../agenda.ts';
import { memberOf } from '../facts.ts';
import type { StateDraft } from '../state.ts';
import { closeProposal, closeRequest } from './close.ts';
import { endInvitation } from './end-invitation.ts';

export function cancelOpen(draft: StateDraft, id: Hash, time: number): void {
  if (memberOf(draft, id).invitations > 0) closeInvitations(draft, id, time);
  const { requests, proposals } = agendaOf(draft);
  for (const request of requests) cancelRequest(draft, request, id, time);
  for (const proposal of proposals) cancelProposal(draft, proposal, id, time);
  draft.delete('device-link', id);
}

/** Revokes every live invitation of a member. */
function closeInvitations(draft: StateDraft, issuer: Uint8Array, time: number): void {
  for (const { id, value } of [...draft.all('invitation')]) {
    if (value.status === 'live' && equal(value.issuer, issuer)) endInvitation(draft, id, value, 'revoked', time);
  }
}

function cancelRequest(draft: StateDraft, request: Hash, id: Hash, time: number): void {
  const record = draft.get('request', request);
  invariant(record !== undefined, 'what is on the agenda is there');
  if (equal(record.subject, id)) return closeRequest(draft, request, 'cancelled', time);
  draft.put('request', request, { ...record, yes: without(record.yes, id), no: without(record.no, id) });
}

function cancelProposal(draft: StateDraft, proposal: Hash, id: Hash, time: number): void {
  const record = draft.get('proposal', proposal);
  invariant(record !== undefined, 'what is on the agenda is there');
  if (equal(record.proposer, id)) return closeProposal(draft, proposal, 'cancelled', time);
  draft.put('proposal', proposal, { ...record, yes: without(record.yes, id), no: without(record.no, id) });
}

function without(decisions: readonly Decision[], id: Hash): readonly Decision[] {
  return decisions.filter(({ member }) => !equal(member, id));
}
