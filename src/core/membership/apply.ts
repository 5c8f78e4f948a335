/**
 * The membership state machine: a verified transaction and a state give the next state, or a typed refusal.
 *
 * What comes in is verified (signatures) and ordered (by the chain); nothing here looks at a clock or at a body. All
 * checks of a transaction come before its first write, so a refused one leaves the draft as it was.
 */
import type { Hash } from '../base/hash.ts';
import { invariant, type Refusal, unreachable } from '../base/result.ts';
import type { Action, ActionOf, Transaction } from '../codec/transaction.ts';
import * as checks from './checks.ts';
import { actorOf } from './facts.ts';
import { type State, StateDraft } from './state.ts';
import { endInvitation } from './transitions/end-invitation.ts';
import { invite } from './transitions/invite.ts';
import { join } from './transitions/join.ts';
import { leave } from './transitions/leave.ts';
import { passTime } from './transitions/time.ts';
import type { Verified } from './verified.ts';

/** What a block gives its transactions: the chain, and the block's time in ms. */
export interface BlockFacts {
  readonly chain: Hash;
  readonly time: number;
}

const FROM_MEMBER: readonly checks.Check[] = [
  checks.isForThisChain,
  checks.isNotExpired,
  checks.expiresWithinHorizon,
  checks.hasSignatures(1),
  checks.senderIsMember,
  checks.sequenceAdvances,
];
const FROM_JOINER: readonly checks.Check[] = [
  checks.isForThisChain,
  checks.isNotExpired,
  checks.expiresWithinHorizon,
  checks.hasSignatures(2),
  checks.joinerIsNew,
  checks.joinerKeyIsAdmissible,
];

const ENTRY: readonly checks.Check<ActionOf<'entry'>>[] = [checks.senderMayWrite, checks.bodyIsWithinCap];
const INVITE: readonly checks.Check<ActionOf<'invite'>>[] = [
  checks.senderMayInviteToRole,
  checks.closedInviteIsOneTime,
  checks.inviteExpiresInTime,
  checks.inviteKeyIsAdmissible,
  checks.inviteKeyIsNew,
  checks.senderHasFewInvitations,
  checks.invitationsHaveRoom,
];
const REVOKE: readonly checks.Check<ActionOf<'revoke-invite'>>[] = [
  checks.invitationIsKnown,
  checks.senderMayRevoke,
  checks.invitationIsLive,
];
const JOIN: readonly checks.Check<ActionOf<'join'>>[] = [
  checks.invitationIsKnown,
  checks.invitationIsLive,
  checks.roleIsByInvitation,
  checks.ruleAdmits,
  checks.roleHasRoom,
  checks.membersHaveRoom,
  checks.nameIsWithinCap,
  checks.nextKeyIsAnother,
];
const LEAVE: readonly checks.Check[] = [checks.leavesAValidator, checks.leavesEnoughFederation];

/** A state in which a block's transactions can be applied: what time alone changes has changed. */
export function beginBlock(state: State, time: number): StateDraft {
  const draft = new StateDraft(state);
  passTime(draft, time);
  return draft;
}

/** Applies one transaction to the draft, or says why it has no place there. */
export function applyTransaction(draft: StateDraft, facts: BlockFacts, transaction: Verified<Transaction>): Refusal | undefined {
  const refusal = check({ ...facts, state: draft, transaction }, transaction.unsigned.action);
  if (refusal !== undefined) return refusal;
  transition(draft, facts, transaction);
  return undefined;
}

function check(context: checks.CheckContext, action: Action): Refusal | undefined {
  switch (action.type) {
    case 'entry':
      return first(context, action, FROM_MEMBER) ?? first(context, action, ENTRY);
    case 'invite':
      return first(context, action, FROM_MEMBER) ?? first(context, action, INVITE);
    case 'revoke-invite':
      return first(context, action, FROM_MEMBER) ?? first(context, action, REVOKE);
    case 'join':
      return first(context, action, FROM_JOINER) ?? first(context, action, JOIN);
    case 'leave':
      return first(context, action, FROM_MEMBER) ?? first(context, action, LEAVE);
    default:
      return unreachable(action);
  }
}

function first<A>(context: checks.CheckContext, action: A, list: readonly checks.Check<A>[]): Refusal | undefined {
  for (const one of list) {
    const refusal = one(context, action);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function transition(draft: StateDraft, { chain, time }: BlockFacts, transaction: Transaction): void {
  const { sender, sequence, action } = transaction.unsigned;
  if (action.type === 'join') return join(draft, chain, transaction, action, time);

  const actor = actorOf(draft, sender);
  invariant(actor !== undefined, 'checks let only members pass');
  draft.put('device', sender, { ...actor.device, sequence });
  switch (action.type) {
    case 'entry':
      return; // An entry is its leaf; the state keeps only the sender's sequence.
    case 'invite':
      return invite(draft, chain, actor, action);
    case 'revoke-invite': {
      const record = draft.get('invitation', action.invitation);
      invariant(record !== undefined, 'checks let only known invitations pass');
      return endInvitation(draft, action.invitation, record, 'revoked', time);
    }
    case 'leave':
      return leave(draft, actor, time);
    default:
      return unreachable(action);
  }
}
