/** Who may do what towards this node, from finalised state alone (DESIGN §8, step 5 of the handshake). */
import { equal } from '../core/base/bytes.ts';
import type { PublicKey } from '../core/base/key.ts';
import { ok, type Result, refuse } from '../core/base/result.ts';
import { endOf } from '../core/membership/checks/invitations.ts';
import { type Actor, actorOf, rolesWithin, trustSetOf } from '../core/membership/facts.ts';
import type { State } from '../core/membership/state.ts';
import type { KeyIndex } from './key-index.ts';
import type { AccessLevel, InvitationClaim } from './ports.ts';

/** What decides beside the state: our own part in the chain, which requests wait, and the time. */
export interface Doorkeeper {
  /** Decides whether we answer guests of a closed invitation. */
  readonly nodeKey: PublicKey;
  readonly index: KeyIndex;
  /** Keys whose knocks wait here. */
  readonly knocks: { has(key: PublicKey): boolean };
  readonly now: number;
}

/** The level of a node key that passed the challenge, or why it gets none. */
export function accessOf(state: State, keeper: Doorkeeper, nodeKey: PublicKey, claim: InvitationClaim | undefined): Result<AccessLevel> {
  const actor = actorOf(state, nodeKey);
  if (actor !== undefined) return memberAccess(state, actor, keeper.now);
  if (state.get('retired', nodeKey) !== undefined) return refuse('key-retired', 'the key left this chain');
  // Whoever has asked may hear what became of it, however spent the invitation is by now.
  const [asked] = keeper.index.requestsOf(state, nodeKey);
  if (asked !== undefined) return ok(asked.value.kind === 'knock' ? 'knocker' : 'guest');
  if (claim !== undefined) return guestAccess(state, keeper, claim);
  if (keeper.index.membersRecoveredBy(state, nodeKey).length > 0) return ok('guest');
  return ok(keeper.knocks.has(nodeKey) ? 'knocker' : 'foreign');
}

/** A suspension that has run out lets in before the next block takes it off the record; an empty list of roles has no rights. */
function memberAccess(state: State, actor: Actor, now: number): Result<AccessLevel> {
  const { roles, suspendedUntil } = actor.member;
  if (suspendedUntil !== undefined && suspendedUntil > now) return refuse('suspended', `the member is suspended until ${suspendedUntil}`);
  if (rolesWithin(roles, actor.device.roleMask).length === 0)
    return refuse('no-roles', 'the member has no role by which this device could act');
  return ok(isSeated(state, actor.key) ? 'validator' : 'member');
}

/** Whether it is the very node that votes: another device of its member is a member’s. */
function isSeated(state: State, nodeKey: PublicKey): boolean {
  return trustSetOf(state).seats.some(({ node }) => equal(node, nodeKey));
}

function guestAccess(state: State, keeper: Doorkeeper, claim: InvitationClaim): Result<AccessLevel> {
  const invitation = state.get('invitation', claim.invitation);
  if (invitation === undefined) return deviceAccess(state, keeper, claim);
  if (!equal(invitation.key, claim.inviteKey)) return refuse('invitation-unknown', 'the chain has no such invitation');
  const end = endOf(invitation, keeper.now);
  if (end !== undefined) return { ok: false, refusal: end };
  return invitation.shared || answersClosed(state, keeper.nodeKey, invitation.issuer)
    ? ok('guest')
    : refuse('invitation-closed', 'only the issuer and the validators answer guests of this invitation');
}

/** A new device of a member may hold the link that another device opened. */
function deviceAccess(state: State, { index, now }: Doorkeeper, { inviteKey }: InvitationClaim): Result<AccessLevel> {
  const member = index.memberOfDeviceLink(state, inviteKey);
  const link = member === undefined ? undefined : state.get('device-link', member);
  if (link === undefined) return refuse('invitation-unknown', 'the chain has no such invitation');
  return link.expiry > now ? ok('guest') : refuse('link-unknown', 'the link to the member’s devices has expired');
}

function answersClosed(state: State, nodeKey: PublicKey, issuer: Uint8Array): boolean {
  const actor = actorOf(state, nodeKey);
  return actor !== undefined && (equal(actor.id, issuer) || isSeated(state, nodeKey));
}
