/**
 * What a change by governance is (DESIGN §5): named checks that must hold, and the effect that follows. One kind, one
 * file; all of them are listed in `governed.ts`.
 *
 * The checks are asked twice: when the change is proposed, which is refused by the first that fails, and again when enough
 * have approved it. If one fails then, the proposal closes as `cancelled` and nothing else happens: a guard that blocks
 * today may have let it pass when it was proposed, and whoever approved saw another chain. All checks come before the effect.
 */
import type { Refusal } from '../../base/result.ts';
import type { Change, ChangeKind, ChangeOf } from '../../codec/governance.ts';
import type { BlockFacts } from '../checks/check.ts';
import type { StateDraft, StateReader } from '../state.ts';

/** What a check of a change may look at: the state, and the block's facts. Those of a transaction are among them. */
export interface ChangeContext extends BlockFacts {
  readonly state: StateReader;
}

/** Why the change cannot be made; `undefined` if nothing speaks against it. */
export type ChangeCheck<C = Change> = (context: ChangeContext, change: C) => Refusal | undefined;

/** A draft in the block whose facts these are. */
export interface ChangeTurn extends BlockFacts {
  readonly draft: StateDraft;
}

export interface Governed<K extends ChangeKind> {
  readonly checks: readonly ChangeCheck<ChangeOf<K>>[];
  readonly effect: (turn: ChangeTurn, change: ChangeOf<K>) => void;
}
