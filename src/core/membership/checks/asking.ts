/** What may stand against a request, and against granting it, whether by a link, by a knock or by a member. */
import { equal } from '../../base/bytes.ts';
import type { Hash } from '../../base/hash.ts';
import { nextKeyDigest, type PublicKey } from '../../base/key.ts';
import { MEMBERS_MAX, NAME_BODY_BYTES_MAX, REQUESTS_OPEN_MAX, REQUESTS_PER_ISSUER_MAX } from '../../base/limits.ts';
import type { Refusal } from '../../base/result.ts';
import type { BodyRef } from '../../codec/body.ts';
import type { Role } from '../../codec/primitives.ts';
import type { RequestRecord } from '../../codec/records.ts';
import { agendaOf, openRequestsOf, requestOf } from '../agenda.ts';
import { type Asking, approvalsAsked, mustBeEarned, verdictOn } from '../asking.ts';
import { censusOf, memberOf } from '../facts.ts';
import type { StateReader } from '../state.ts';
import { no } from './check.ts';
import { invitationOf } from './invitations.ts';
import { conflictProblem, operatorFactsProblem, roomProblem } from './roles.ts';

/** Refuses where no approvals would be enough. */
export function ruleProblem(state: StateReader, asking: Asking): Refusal | undefined {
  if (Number.isFinite(approvalsAsked(state, asking))) return undefined;
  const isToBeEarned = mustBeEarned(state, asking.role, asking.invitation !== undefined);
  return no(isToBeEarned ? 'not-earned' : 'not-allowed', verdictOn(state, asking, 0).reason);
}

export function keyProblem(state: StateReader, key: Uint8Array): Refusal | undefined {
  if (state.get('retired', key) !== undefined) return no('key-retired', 'the joiner’s key was retired');
  return state.get('device', key) === undefined ? undefined : no('already-member', 'the joiner’s key is a member’s already');
}

export function nameProblem({ length }: BodyRef): Refusal | undefined {
  return length > 0 && length <= NAME_BODY_BYTES_MAX
    ? undefined
    : no('too-large', `a name’s body of ${length} bytes, 1 to ${NAME_BODY_BYTES_MAX} are taken`);
}

/** A next key that is the present one would protect nothing: whoever steals the one has the other. */
export function nextKeyProblem(key: PublicKey, nextKey: Hash): Refusal | undefined {
  return equal(nextKey, nextKeyDigest(key)) ? no('bad-key', 'the next key is the present one') : undefined;
}

export function membersRoomProblem(state: StateReader): Refusal | undefined {
  return censusOf(state).members < MEMBERS_MAX ? undefined : no('role-full', `the chain has ${MEMBERS_MAX} members`);
}

export function pendingProblem(state: StateReader, subject: Uint8Array, role?: Role): Refusal | undefined {
  return openRequestsOf(state, subject, role).length === 0 ? undefined : no('request-pending', 'a request for this waits already');
}

export function requestsRoomProblem(state: StateReader): Refusal | undefined {
  return agendaOf(state).requests.length < REQUESTS_OPEN_MAX ? undefined : no('too-many-pending', `${REQUESTS_OPEN_MAX} requests wait`);
}

export function issuerRoomProblem(state: StateReader, issuer: Hash): Refusal | undefined {
  const invitations = agendaOf(state).requests.flatMap((id) => requestOf(state, id).invitation ?? []);
  const waiting = invitations.filter((id) => equal(invitationOf(state, id).issuer, issuer));
  return waiting.length < REQUESTS_PER_ISSUER_MAX
    ? undefined
    : no('too-many-pending', `${REQUESTS_PER_ISSUER_MAX} requests by invitations of one member wait`);
}

/** What stands against granting a request that was approved, by the state of now; the approvals are counted elsewhere. */
export function grantingProblem(state: StateReader, request: RequestRecord): Refusal | undefined {
  const { kind, subject, role, operator } = request;
  const ofRole = roomProblem(state, role) ?? operatorFactsProblem(state, role, operator);
  if (ofRole !== undefined) return ofRole;
  if (kind !== 'role') return keyProblem(state, subject) ?? membersRoomProblem(state);
  const { roles } = memberOf(state, subject);
  return roles.includes(role) ? no('role-held', `the member is ${role} already`) : conflictProblem(roles, role);
}
