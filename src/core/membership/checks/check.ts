/**
 * What a named check is. Each says in its name what must hold before a transition; it reads state and never changes it. A
 * transaction is refused by the first that fails, in the order of its verb's list in `verbs/`.
 */
import type { Hash } from '../../base/hash.ts';
import { invariant, type Refusal, type RefusalCode } from '../../base/result.ts';
import type { Recovery } from '../../codec/genesis.ts';
import type { Transaction } from '../../codec/transaction.ts';
import { type Actor, actorOf } from '../facts.ts';
import type { StateReader } from '../state.ts';

/** What a block gives its transactions. `time` is the block's, in ms; no clock ever enters. `parent` is the id of the block before. */
export interface BlockFacts {
  readonly chain: Hash;
  readonly time: number;
  readonly height: number;
  readonly parent: Hash;
  /** Recovery keys that the genesis names: in force until governance, or a recovery, names others. */
  readonly recovery?: Recovery;
}

/** What a check may look at. `leaf` is the place that the transaction would have in the log. */
export interface CheckContext extends BlockFacts {
  readonly state: StateReader;
  /** The state that the block began with: votes are by the seats of then. */
  readonly before: StateReader;
  readonly leaf: number;
  readonly transaction: Transaction;
}

export type Check<A = unknown> = (context: CheckContext, action: A) => Refusal | undefined;

export function no(code: RefusalCode, detail: string): Refusal {
  return { code, detail };
}

/** The member who sends; only after `senderIsMember`. */
export function senderOf({ state, transaction }: CheckContext): Actor {
  const found = actorOf(state, transaction.unsigned.sender);
  invariant(found !== undefined, 'senderIsMember comes first');
  return found;
}
