/** Changes that time alone makes, at the start of a block: what waits expires, what ended is forgotten. */
import { asHash } from '../../base/hash.ts';
import { BLOCK_EXPIRIES_MAX } from '../../base/limits.ts';
import { invariant } from '../../base/result.ts';
import type { RecordKind } from '../../codec/records.ts';
import { proposalOf, requestOf } from '../agenda.ts';
import { loseEligibility, loseToken } from '../awards.ts';
import type { ChangeTurn } from '../changes/change.ts';
import { dueTime } from '../due.ts';
import { memberOf } from '../facts.ts';
import { takeUp } from '../seats.ts';
import { closeProposal, closeRequest } from './close.ts';
import { endInvitation } from './end-invitation.ts';
import { recoveryDue } from './recovery.ts';
import { missDays } from './serve.ts';
import { settleAll } from './settle.ts';

/** What becomes of a record whose time has come; the rest never change by time. */
const TAKEN: { readonly [K in RecordKind]?: (turn: ChangeTurn, id: Uint8Array) => void } = {
  invitation: invitationDue,
  request: requestDue,
  proposal: proposalDue,
  member: endSuspension,
  'device-link': ({ draft }, id) => draft.delete('device-link', id),
  recovery: recoveryDue,
  service: ({ draft, time }, id) => missDays(draft, id, time),
  attester: ({ draft }, id) => draft.delete('attester', id),
  token: ({ draft }, id) => loseToken(draft, id),
  eligibility: lapse,
};

export function passTime(turn: ChangeTurn): void {
  const { draft, time } = turn;
  if (time < draft.base.nextDue) return;
  for (const { kind, id } of draft.base.due(time, BLOCK_EXPIRIES_MAX)) {
    const take = TAKEN[kind];
    invariant(take !== undefined, `time does not change a ${kind}`);
    const value = draft.get(kind, id);
    // A recovery that took effect just now may have ended what was due, or taken it away.
    if (value !== undefined && dueTime(kind, value) <= time) take(turn, id);
  }
}

function invitationDue({ draft, time }: ChangeTurn, id: Uint8Array): void {
  const invitation = draft.get('invitation', id);
  invariant(invitation !== undefined, 'what is due is there');
  if (invitation.status === 'live') endInvitation(draft, id, invitation, 'expired', time);
  else draft.delete('invitation', id);
}

function requestDue({ draft, time }: ChangeTurn, place: Uint8Array): void {
  const id = asHash(place);
  invariant(id !== undefined, 'a request has a hash for its id');
  if (requestOf(draft, id).status === 'pending') closeRequest(draft, id, 'expired', time);
  else draft.delete('request', id);
}

function proposalDue({ draft, time }: ChangeTurn, place: Uint8Array): void {
  const id = asHash(place);
  invariant(id !== undefined, 'a proposal has a hash for its id');
  if (proposalOf(draft, id).status === 'pending') closeProposal(draft, id, 'expired', time);
  else draft.delete('proposal', id);
}

/** What was asked by it can no longer be granted. */
function lapse(turn: ChangeTurn, id: Uint8Array): void {
  loseEligibility(turn.draft, id);
  settleAll(turn);
}

/** The roles are the member's again; a seat it takes anew, once it is ready. */
function endSuspension({ draft }: ChangeTurn, place: Uint8Array): void {
  const id = asHash(place);
  invariant(id !== undefined, 'a member has a hash for its id');
  const member = memberOf(draft, id);
  draft.put('member', id, { ...member, suspendedUntil: undefined });
  for (const role of member.roles) takeUp(draft, id, role);
}
