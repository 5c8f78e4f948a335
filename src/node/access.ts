/** Who may do what towards this node, from finalised state alone (DESIGN §8, step 5 of the handshake). */
import { equal } from '../core/base/bytes.ts';
import type { PublicKey } from '../core/base/key.ts';
import { ok, type Result, refuse } from '../core/base/result.ts';
import { endOf } from '../core/membership/checks/invitations.ts';
import { actorOf, holdsSeat, trustSetOf } from '../core/membership/facts.ts';
import type { StateReader } from '../core/membership/state.ts';
import type { AccessLevel, InvitationClaim } from './ports.ts';

/** Our own part in the chain, which decides whether we answer guests of a closed invitation. */
export interface Self {
  readonly nodeKey: PublicKey;
}

/** The level of a node key that passed the challenge, or why it gets none. */
export function accessOf(
  state: StateReader,
  self: Self,
  nodeKey: PublicKey,
  claim: InvitationClaim | undefined,
  now: number,
): Result<AccessLevel> {
  const actor = actorOf(state, nodeKey);
  if (actor !== undefined) return ok(holdsSeat(trustSetOf(state), actor.member) ? 'validator' : 'member');
  if (state.get('retired', nodeKey) !== undefined) return refuse('key-retired', 'the key left this chain');
  return claim === undefined ? ok('foreign') : guestAccess(state, self, claim, now);
}

function guestAccess(state: StateReader, self: Self, claim: InvitationClaim, now: number): Result<AccessLevel> {
  const invitation = state.get('invitation', claim.invitation);
  if (invitation === undefined || !equal(invitation.key, claim.inviteKey))
    return refuse('invitation-unknown', 'the chain has no such invitation');
  const end = endOf(invitation, now);
  if (end !== undefined) return { ok: false, refusal: end };
  return invitation.shared || answersClosed(state, self, invitation.issuer)
    ? ok('guest')
    : refuse('invitation-closed', 'only the issuer and the validators answer guests of this invitation');
}

function answersClosed(state: StateReader, { nodeKey }: Self, issuer: Uint8Array): boolean {
  const actor = actorOf(state, nodeKey);
  return actor !== undefined && (equal(actor.id, issuer) || holdsSeat(trustSetOf(state), actor.member));
}
