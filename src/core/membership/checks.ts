/**
 * Named checks: each says in its name what must hold before a transition. They read state and never change it; a
 * transaction is refused by the first that fails, in the order of its action's list in `apply.ts`.
 */
import { equal } from '../base/bytes.ts';
import { isAdmissibleKey, nextKeyDigest } from '../base/key.ts';
import { INVITATIONS_LIVE_MAX, INVITATIONS_PER_MEMBER_MAX, MEMBERS_MAX, NAME_BODY_BYTES_MAX } from '../base/limits.ts';
import { invariant, type Refusal, type RefusalCode, unreachable } from '../base/result.ts';
import type { InvitationRecord } from '../codec/records.ts';
import { type ActionOf, invitationIdOf, type Transaction } from '../codec/transaction.ts';
import { evaluate } from '../policy/admission.ts';
import { mayInviteTo, mayWrite, ROLES_BY_INVITATION, ruleFor } from '../policy/roles.ts';
import { federationNeeded } from '../policy/soundness.ts';
import { type Actor, actorOf, censusOf, countOf, holdsSeat, rulesOf, trustSetOf } from './facts.ts';
import type { StateReader } from './state.ts';

/** What a check may look at. `time` is the block's time in ms; `now` never enters. */
export interface CheckContext {
  readonly state: StateReader;
  readonly chain: Uint8Array;
  readonly time: number;
  readonly transaction: Transaction;
}

export type Check<A = unknown> = (context: CheckContext, action: A) => Refusal | undefined;

function no(code: RefusalCode, detail: string): Refusal {
  return { code, detail };
}

// ------------------------------------------------------------ every transaction

export const isForThisChain: Check = ({ chain, transaction }) =>
  equal(chain, transaction.unsigned.chain) ? undefined : no('wrong-chain', 'the transaction names another chain');

export const isNotExpired: Check = ({ time, transaction }) =>
  transaction.unsigned.expiry > time ? undefined : no('expired', `expired at ${transaction.unsigned.expiry}, the block is of ${time}`);

export const expiresWithinHorizon: Check = ({ state, time, transaction }) => {
  const latest = time + rulesOf(state).limits.transactionHorizonMs;
  return transaction.unsigned.expiry <= latest ? undefined : no('expiry-too-far', `expires after ${latest}`);
};

export const hasSignatures =
  (count: number): Check =>
  ({ transaction }) =>
    transaction.signatures.length === count ? undefined : no('bad-signature', `${transaction.signatures.length} signatures, not ${count}`);

// ------------------------------------------------------------ senders

export const senderIsMember: Check = ({ state, transaction }) => {
  const { sender } = transaction.unsigned;
  if (state.get('retired', sender) !== undefined) return no('key-retired', 'the sender’s key was retired');
  return actorOf(state, sender) === undefined ? no('unknown-sender', 'no member acts by the sender’s key') : undefined;
};

export const sequenceAdvances: Check = ({ state, transaction }) => {
  const device = state.get('device', transaction.unsigned.sender);
  const last = device?.sequence ?? -1;
  return transaction.unsigned.sequence > last
    ? undefined
    : no('stale-sequence', `sequence ${transaction.unsigned.sequence}, already at ${last}`);
};

function actor({ state, transaction }: CheckContext): Actor {
  const found = actorOf(state, transaction.unsigned.sender);
  invariant(found !== undefined, 'senderIsMember comes first');
  return found;
}

export const senderMayWrite: Check = (context) =>
  mayWrite(actor(context).roles) ? undefined : no('not-allowed', 'the sender’s roles do not let it write');

// ------------------------------------------------------------ entry

export const bodyIsWithinCap: Check<ActionOf<'entry'>> = ({ state }, { body }) => {
  const cap = rulesOf(state).limits.bodyBytes;
  return body.length > 0 && body.length <= cap ? undefined : no('too-large', `a body of ${body.length} bytes, 1 to ${cap} are taken`);
};

// ------------------------------------------------------------ invite, revoke-invite

export const senderMayInviteToRole: Check<ActionOf<'invite'>> = (context, { role }) =>
  mayInviteTo(rulesOf(context.state), actor(context).roles, role)
    ? undefined
    : no('not-allowed', `the sender’s roles do not let it invite to ${role}`);

export const inviteKeyIsAdmissible: Check<ActionOf<'invite'>> = (_, { key }) =>
  isAdmissibleKey(key) ? undefined : no('bad-key', 'the invite key is not a sound Ed25519 key');

export const inviteKeyIsNew: Check<ActionOf<'invite'>> = ({ state, transaction }, { key }) =>
  state.get('invitation', invitationIdOf(transaction.unsigned.chain, key)) === undefined
    ? undefined
    : no('duplicate', 'an invitation with this key exists');

export const inviteExpiresInTime: Check<ActionOf<'invite'>> = ({ state, time }, { expiry }) => {
  if (expiry <= time) return no('invitation-expired', 'the invitation would be expired already');
  const latest = time + rulesOf(state).limits.invitationLifetimeMs;
  return expiry <= latest ? undefined : no('expiry-too-far', `the invitation expires after ${latest}`);
};

/** A closed invitation with several uses waits for its issuer's approval at each join, and approvals are not evaluated yet. */
export const closedInviteIsOneTime: Check<ActionOf<'invite'>> = (_, { shared, uses }) =>
  shared || uses === 1 ? undefined : no('needs-approval', 'a closed invitation with several uses needs its issuer’s approval at each join');

export const invitationsHaveRoom: Check = ({ state }) =>
  censusOf(state).liveInvitations < INVITATIONS_LIVE_MAX
    ? undefined
    : no('too-many-pending', `${INVITATIONS_LIVE_MAX} invitations are live`);

export const senderHasFewInvitations: Check = (context) =>
  actor(context).member.invitations < INVITATIONS_PER_MEMBER_MAX
    ? undefined
    : no('too-many-pending', `${INVITATIONS_PER_MEMBER_MAX} invitations of the sender are live`);

export const invitationIsKnown: Check<{ readonly invitation: Uint8Array }> = ({ state }, { invitation }) =>
  state.get('invitation', invitation) === undefined ? no('invitation-unknown', 'the chain has no such invitation') : undefined;

export const senderMayRevoke: Check<ActionOf<'revoke-invite'>> = (context, { invitation }) => {
  const { id, roles } = actor(context);
  const record = invitationOf(context.state, invitation);
  return roles.includes('federation') || equal(record.issuer, id)
    ? undefined
    : no('not-allowed', 'only its issuer or a federation member closes an invitation');
};

export const invitationIsLive: Check<{ readonly invitation: Uint8Array }> = ({ state, time }, { invitation }) =>
  endOf(invitationOf(state, invitation), time);

/** Why an invitation is not live at `time`; `undefined` if it is. */
export function endOf(record: InvitationRecord, time: number): Refusal | undefined {
  switch (record.status) {
    case 'used':
      return no('invitation-used', 'the invitation was used up');
    case 'revoked':
      return no('invitation-revoked', 'the invitation was revoked');
    case 'expired':
      return no('invitation-expired', 'the invitation has expired');
    case 'live':
      return record.expiry > time ? undefined : no('invitation-expired', `the invitation expired at ${record.expiry}`);
    default:
      return unreachable(record.status);
  }
}

function invitationOf(state: StateReader, id: Uint8Array): InvitationRecord {
  const record = state.get('invitation', id);
  invariant(record !== undefined, 'invitationIsKnown comes first');
  return record;
}

// ------------------------------------------------------------ join

export const joinerIsNew: Check = ({ state, transaction }) => {
  const { sender } = transaction.unsigned;
  if (state.get('retired', sender) !== undefined) return no('key-retired', 'the joiner’s key was retired');
  return state.get('device', sender) === undefined ? undefined : no('already-member', 'the joiner’s key is a member’s already');
};

export const joinerKeyIsAdmissible: Check = ({ transaction }) =>
  isAdmissibleKey(transaction.unsigned.sender) ? undefined : no('bad-key', 'the joiner’s key is not a sound Ed25519 key');

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

// ------------------------------------------------------------ leave

/** A seat is given up by a change of the trust set, of which this version knows none. */
export const leavesAValidator: Check = (context) =>
  holdsSeat(trustSetOf(context.state), actor(context).member)
    ? no('last-validator', 'the chain would be left without this validator')
    : undefined;

export const leavesEnoughFederation: Check = (context) => {
  if (!actor(context).member.roles.includes('federation')) return undefined;
  const left = countOf(censusOf(context.state), 'federation') - 1;
  const needed = federationNeeded(rulesOf(context.state));
  return left >= needed ? undefined : no('last-federation', `${left} federation members would be left, ${needed} are needed`);
};
