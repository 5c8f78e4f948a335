/**
 * What a verb is: the checks that must hold, in order, and the transition that follows. One verb, one file; all of them
 * are listed in `apply.ts`. All checks come before the first write, so a refused transaction leaves the draft as it was.
 */
import { invariant, type Refusal } from '../../base/result.ts';
import type { Transaction } from '../../codec/transaction.ts';
import type { BlockFacts, Check } from '../checks/check.ts';
import {
  expiresWithinHorizon,
  hasSignatures,
  isForThisChain,
  isNotExpired,
  joinerIsNew,
  joinerKeyIsAdmissible,
  senderIsMember,
  senderIsNotRetired,
  sequenceAdvances,
} from '../checks/sender.ts';
import { type Actor, actorOf } from '../facts.ts';
import type { StateDraft } from '../state.ts';

/** A transaction's turn in a block. */
export interface Turn extends BlockFacts {
  readonly draft: StateDraft;
  readonly leaf: number;
  readonly transaction: Transaction;
}

export interface Verb<A> {
  readonly checks: readonly Check<A>[];
  readonly transition: (turn: Turn, action: A) => void;
}

const EVERY: readonly Check[] = [isForThisChain, isNotExpired, expiresWithinHorizon];
const FROM_MEMBER: readonly Check[] = [...EVERY, hasSignatures(1), senderIsMember, sequenceAdvances];
const FROM_NEW_KEY: readonly Check[] = [...EVERY, joinerIsNew, joinerKeyIsAdmissible];

/** A verb of members: their device's sequence moves on with it. */
export function fromMember<A>(checks: readonly Check<A>[], transition: (turn: Turn, actor: Actor, action: A) => void): Verb<A> {
  return {
    checks: [...FROM_MEMBER, ...checks],
    transition: (turn, action) => {
      const { sender, sequence } = turn.transaction.unsigned;
      const actor = actorOf(turn.draft, sender);
      invariant(actor !== undefined, 'checks let only members pass');
      turn.draft.put('device', sender, { ...actor.device, sequence });
      transition(turn, actor, action);
    },
  };
}

/** A verb by which a key that is nobody's yet comes in, with so many signatures under it. */
export function fromNewKey<A>(signatures: number, checks: readonly Check<A>[], transition: (turn: Turn, action: A) => void): Verb<A> {
  return { checks: [...FROM_NEW_KEY, hasSignatures(signatures), ...checks], transition };
}

/** A verb whose authority is in what it carries: whoever sends it need be no member. The sequence of one who is moves on. */
export function fromAnybody<A>(checks: readonly Check<A>[], transition: (turn: Turn, action: A) => void): Verb<A> {
  return {
    checks: [...EVERY, hasSignatures(1), senderIsNotRetired, sequenceAdvances, ...checks],
    transition: (turn, action) => {
      const { sender, sequence } = turn.transaction.unsigned;
      transition(turn, action);
      // It may be a member by this very transaction.
      const device = turn.draft.get('device', sender);
      if (device !== undefined) turn.draft.put('device', sender, { ...device, sequence });
    },
  };
}

/** Takes a verb's turn, or says why it gets none. */
export function take<A>(verb: Verb<A>, turn: Turn, action: A): Refusal | undefined {
  const context = { ...turn, state: turn.draft, before: turn.draft.base };
  for (const check of verb.checks) {
    const refusal = check(context, action);
    if (refusal !== undefined) return refusal;
  }
  verb.transition(turn, action);
  return undefined;
}
