/** Checks of `join`: what the invitation, the rules and the room of the chain say. */

import type { Role } from '../../codec/primitives.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import { type Asking, approvalsAsked, asksIssuer, firstRole } from '../asking.ts';
import type { StateReader } from '../state.ts';
import {
  issuerRoomProblem,
  membersRoomProblem,
  nameProblem,
  nextKeyProblem,
  pendingProblem,
  requestsRoomProblem,
  ruleProblem,
} from './asking.ts';
import { type Check, no } from './check.ts';
import { invitationOf } from './invitations.ts';
import { operatorFactsProblem, roomProblem } from './roles.ts';

export const nextKeyIsAnother: Check<ActionOf<'join'>> = ({ transaction }, { nextKey }) =>
  nextKeyProblem(transaction.unsigned.sender, nextKey);

export const nameIsWithinCap: Check<ActionOf<'join'>> = (_, { name }) => nameProblem(name);

export const membersHaveRoom: Check = ({ state }) => membersRoomProblem(state);

export const ruleCanAdmit: Check<ActionOf<'join'>> = ({ state }, join) => ruleProblem(state, askingBy(state, join));

export const roleHasRoom: Check<ActionOf<'join'>> = ({ state }, { invitation }) => roomProblem(state, roleByInvitation(state, invitation));

export const joinerToldOperator: Check<ActionOf<'join'>> = ({ state }, { invitation, operator }) =>
  operatorFactsProblem(state, roleByInvitation(state, invitation), operator);

/** A request that was closed is not opened again by its own transaction. */
export const joinIsNew: Check = ({ state, transaction }) =>
  state.get('request', transaction.id) === undefined ? undefined : no('duplicate', 'this very request is on record');

export const joinerAsksOnce: Check<ActionOf<'join'>> = ({ state, transaction }, join) =>
  mustWait(state, join) ? pendingProblem(state, transaction.unsigned.sender) : undefined;

export const requestsHaveRoomForJoin: Check<ActionOf<'join'>> = ({ state }, join) =>
  mustWait(state, join) ? requestsRoomProblem(state) : undefined;

/** One link may go to a whole town: those who come by other members' still find room to wait in. */
export const requestsOfIssuerHaveRoom: Check<ActionOf<'join'>> = ({ state }, join) =>
  mustWait(state, join) ? issuerRoomProblem(state, invitationOf(state, join.invitation).issuer) : undefined;

/** Whether somebody must approve before the joiner is in. */
export function mustWait(state: StateReader, join: ActionOf<'join'>): boolean {
  return approvalsAsked(state, askingBy(state, join)) > 0 || asksIssuer(invitationOf(state, join.invitation));
}

function askingBy(state: StateReader, { invitation }: ActionOf<'join'>): Asking {
  return { kind: 'join', role: roleByInvitation(state, invitation), invitation };
}

/** The role that the invitation gives, or with which one begins who has to earn it. */
export function roleByInvitation(state: StateReader, invitation: Uint8Array): Role {
  return firstRole(state, invitationOf(state, invitation).role, true);
}
