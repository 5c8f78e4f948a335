/**
 * The membership state machine: a verified transaction and a state give the next state, or a typed refusal.
 *
 * What comes in is verified (signatures) and ordered (by the chain); nothing here looks at a clock or at a body. A block is
 * `beginBlock`, `applyTransaction` for each of its transactions in order, `endBlock`.
 */
import { ok, type Refusal, type Result, refuse, unreachable } from '../base/result.ts';
import type { TrustSet } from '../codec/records.ts';
import type { RecoveryCertificate } from '../codec/recovery.ts';
import type { Action, Transaction } from '../codec/transaction.ts';
import type { BlockFacts } from './checks/check.ts';
import { AT_ONCE } from './checks/recovery.ts';
import { trustSetOf } from './facts.ts';
import { seatCandidates } from './seating.ts';
import { type State, StateDraft } from './state.ts';
import { activateProtocol } from './transitions/activate.ts';
import { drawTokens } from './transitions/award.ts';
import { takeOverAtOnce } from './transitions/recovery.ts';
import { settleAll } from './transitions/settle.ts';
import { passTime } from './transitions/time.ts';
import { approve, reject } from './verbs/decide.ts';
import { entry } from './verbs/entry.ts';
import { eraseBody } from './verbs/erase-body.ts';
import { evidence } from './verbs/evidence.ts';
import { invite } from './verbs/invite.ts';
import { join } from './verbs/join.ts';
import { leave } from './verbs/leave.ts';
import { linkDevice } from './verbs/link-device.ts';
import { propose } from './verbs/propose.ts';
import { ready } from './verbs/ready.ts';
import { recover, recoverAtOnce } from './verbs/recover.ts';
import { registerVoteKey } from './verbs/register-vote-key.ts';
import { relayReceipts } from './verbs/relay-receipts.ts';
import { requestRole } from './verbs/request-role.ts';
import { revokeInvite } from './verbs/revoke-invite.ts';
import { rotateKey } from './verbs/rotate-key.ts';
import { spendToken } from './verbs/spend-token.ts';
import { type Turn, take } from './verbs/verb.ts';
import type { Verified } from './verified.ts';

export type { BlockFacts } from './checks/check.ts';

/** A state in which a block's transactions can be applied: what time and height alone change has changed. */
export function beginBlock(state: State, facts: BlockFacts): StateDraft {
  const draft = new StateDraft(state);
  passTime({ ...facts, draft });
  activateProtocol(draft, facts.height);
  drawTokens({ ...facts, draft });
  return draft;
}

/**
 * The state on which a dead chain goes on: what `recover`, the first transaction after the base, has made of it. Its trust
 * set is that of the block which the transaction opens.
 */
export function recoveredState(state: State, facts: BlockFacts, leaf: number, transaction: Verified<Transaction>): Result<State> {
  const { action } = transaction.unsigned;
  if (action.type !== 'recover') return refuse('wrong-trust-set', 'an epoch begins without a recovery');
  const draft = new StateDraft(state);
  const refusal = take(recoverAtOnce, { ...facts, leaf, draft, transaction }, action);
  return refusal === undefined ? ok(draft.freeze()) : { ok: false, refusal };
}

/** The trust set of that state, which follows from the certificate alone: whose transaction carries it makes no difference. */
export function recoveredTrustSet(state: State, facts: BlockFacts, certificate: Verified<RecoveryCertificate>): Result<TrustSet> {
  const draft = new StateDraft(state);
  for (const check of AT_ONCE) {
    const refusal = check({ ...facts, state }, { certificate });
    if (refusal !== undefined) return { ok: false, refusal };
  }
  takeOverAtOnce({ ...facts, draft }, certificate.plan);
  return ok(trustSetOf(draft));
}

/** Applies one transaction, the log's leaf `leaf`, to the draft, or says why it has no place there. */
export function applyTransaction(
  draft: StateDraft,
  facts: BlockFacts,
  leaf: number,
  transaction: Verified<Transaction>,
): Refusal | undefined {
  return applyAction({ ...facts, leaf, draft, transaction }, transaction.unsigned.action);
}

/** What follows from the block as a whole: who has a seat from now on, and what waits in vain therefore. */
export function endBlock(draft: StateDraft, facts: BlockFacts): void {
  seatCandidates(draft, facts);
  // What was proposed for the trust set before is cancelled.
  if (trustSetOf(draft) !== trustSetOf(draft.base)) settleAll({ ...facts, draft });
}

function applyAction(turn: Turn, action: Action): Refusal | undefined {
  switch (action.type) {
    case 'entry':
      return take(entry, turn, action);
    case 'invite':
      return take(invite, turn, action);
    case 'revoke-invite':
      return take(revokeInvite, turn, action);
    case 'join':
      return take(join, turn, action);
    case 'request-role':
      return take(requestRole, turn, action);
    case 'approve':
      return take(approve, turn, action);
    case 'reject':
      return take(reject, turn, action);
    case 'leave':
      return take(leave, turn, action);
    case 'propose':
      return take(propose, turn, action);
    case 'erase-body':
      return take(eraseBody, turn, action);
    case 'ready':
      return take(ready, turn, action);
    case 'register-vote-key':
      return take(registerVoteKey, turn, action);
    case 'rotate-key':
      return take(rotateKey, turn, action);
    case 'link-device':
      return linkDevice(turn, action);
    case 'evidence':
      return take(evidence, turn, action);
    case 'relay-receipts':
      return take(relayReceipts, turn, action);
    case 'spend-token':
      return take(spendToken, turn, action);
    case 'recover':
      return take(recover, turn, action);
    default:
      return unreachable(action);
  }
}
