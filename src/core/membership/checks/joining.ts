/** Checks of `join`: what the invitation, the rules and the room of the chain say. */
import { equal } from '../../base/bytes.ts';
import { nextKeyDigest } from '../../base/key.ts';
import { MEMBERS_MAX, NAME_BODY_BYTES_MAX } from '../../base/limits.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import { evaluate } from '../../policy/admission.ts';
import { ROLES_BY_INVITATION, ruleFor } from '../../policy/roles.ts';
import { censusOf, countOf, rulesOf } from '../facts.ts';
import { type Check, no } from './check.ts';
import { invitationOf } from './invitations.ts';

/** A next key that is the present one would protect nothing: whoever steals the one has the other. */
export const nextKeyIsAnother: Check<ActionOf<'join'>> = ({ transaction }, { nextKey }) =>
  equal(nextKey, nextKeyDigest(transaction.unsigned.sender)) ? no('bad-key', 'the next key is the present one') : undefined;

export const nameIsWithinCap: Check<ActionOf<'join'>> = (_, { name }) =>
  name.length > 0 && name.length <= NAME_BODY_BYTES_MAX
    ? undefined
    : no('too-large', `a name’s body of ${name.length} bytes, 1 to ${NAME_BODY_BYTES_MAX} are taken`);

export const membersHaveRoom: Check = ({ state }) =>
  censusOf(state).members < MEMBERS_MAX ? undefined : no('role-full', `the chain has ${MEMBERS_MAX} members`);

/** Whatever the rules of the chain say. */
export const roleIsByInvitation: Check<ActionOf<'join'>> = ({ state }, { invitation }) => {
  const { role } = invitationOf(state, invitation);
  return ROLES_BY_INVITATION.includes(role) ? undefined : no('needs-approval', `${role} needs approvals, however invited`);
};

export const ruleAdmits: Check<ActionOf<'join'>> = ({ state }, { invitation }) => {
  const { role } = invitationOf(state, invitation);
  const rule = ruleFor(rulesOf(state), role);
  const verdict = evaluate(rule?.rule ?? { type: 'never' }, { invited: true });
  return verdict.admits ? undefined : no('needs-approval', verdict.reason);
};

export const roleHasRoom: Check<ActionOf<'join'>> = ({ state }, { invitation }) => {
  const { role } = invitationOf(state, invitation);
  const cap = ruleFor(rulesOf(state), role)?.cap ?? 0;
  return cap === 0 || countOf(censusOf(state), role) < cap ? undefined : no('role-full', `all ${cap} places of ${role} are taken`);
};
