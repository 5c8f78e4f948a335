/** Changes that time alone makes, at the start of a block: what waits expires, what ended is forgotten. */
import { asHash } from '../../base/hash.ts';
import { BLOCK_EXPIRIES_MAX } from '../../base/limits.ts';
import { invariant } from '../../base/result.ts';
import type { ChangeTurn } from '../changes/change.ts';
import { dueTime } from '../due.ts';
import { memberOf } from '../facts.ts';
import { takeUp } from '../seats.ts';
import type { StateDraft, StateRow } from '../state.ts';
import { closeProposal, closeRequest } from './close.ts';
import { endInvitation } from './end-invitation.ts';
import { recoveryDue } from './recovery.ts';

export function passTime(turn: ChangeTurn): void {
  const { draft, time } = turn;
  if (time < draft.base.nextDue) return;
  for (const row of draft.base.due(time, BLOCK_EXPIRIES_MAX)) if (isStillDue(draft, row, time)) takeDue(turn, row);
}

/** One change may have made another needless. */
function isStillDue(draft: StateDraft, { kind, id }: StateRow, time: number): boolean {
  const value = draft.get(kind, id);
  return value !== undefined && dueTime(kind, value) <= time;
}

function takeDue(turn: ChangeTurn, { kind, id }: StateRow): void {
  switch (kind) {
    case 'invitation':
      return invitationDue(turn, id);
    case 'request':
    case 'proposal':
      return waitingDue(turn, kind, id);
    case 'member':
      return endSuspension(turn, id);
    case 'device-link':
      return turn.draft.delete('device-link', id);
    case 'recovery':
      return recoveryDue(turn);
    default:
      throw new Error(`broken invariant: time does not change a ${kind}`);
  }
}

function invitationDue({ draft, time }: ChangeTurn, id: Uint8Array): void {
  const invitation = draft.get('invitation', id);
  invariant(invitation !== undefined, 'what is due is there');
  if (invitation.status === 'live') endInvitation(draft, id, invitation, 'expired', time);
  else draft.delete('invitation', id);
}

function waitingDue({ draft, time }: ChangeTurn, kind: 'request' | 'proposal', place: Uint8Array): void {
  const id = asHash(place);
  invariant(id !== undefined, 'what waits has a hash for its id');
  if (draft.get(kind, id)?.status !== 'pending') return draft.delete(kind, id);
  if (kind === 'request') closeRequest(draft, id, 'expired', time);
  else closeProposal(draft, id, 'expired', time);
}

/** The roles are the member's again; a seat it takes anew, once it is ready. */
function endSuspension({ draft }: ChangeTurn, place: Uint8Array): void {
  const id = asHash(place);
  invariant(id !== undefined, 'a member has a hash for its id');
  const member = memberOf(draft, id);
  draft.put('member', id, { ...member, suspendedUntil: undefined });
  for (const role of member.roles) takeUp(draft, id, role);
}
