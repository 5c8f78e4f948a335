/** Every kind of change, its checks asked and its effect taken. */
import { type Refusal, unreachable } from '../../base/result.ts';
import type { Change, ChangeKind, ChangeOf } from '../../codec/governance.ts';
import { activate } from './activate.ts';
import { cancelRecovery } from './cancel-recovery.ts';
import type { ChangeContext, ChangeTurn, Governed } from './change.ts';
import { endpoints } from './endpoints.ts';
import { erase } from './erase.ts';
import { grant } from './grant.ts';
import { recoveryKeys } from './recovery-keys.ts';
import { remove } from './remove.ts';
import { rules } from './rules.ts';
import { suspend } from './suspend.ts';
import { withdraw } from './withdraw.ts';

/** Why the change cannot be made; `undefined` if it can. */
export function changeProblem(context: ChangeContext, change: Change): Refusal | undefined {
  return dispatch(change, ({ checks }, one) => {
    for (const check of checks) {
      const refusal = check(context, one);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  });
}

/** Makes a change that nothing speaks against. */
export function takeEffect(turn: ChangeTurn, change: Change): void {
  dispatch(change, ({ effect }, one) => effect(turn, one));
}

function dispatch<T>(change: Change, use: <K extends ChangeKind>(governed: Governed<K>, change: ChangeOf<K>) => T): T {
  switch (change.type) {
    case 'grant':
      return use(grant, change);
    case 'withdraw':
      return use(withdraw, change);
    case 'remove':
      return use(remove, change);
    case 'suspend':
      return use(suspend, change);
    case 'rules':
      return use(rules, change);
    case 'activate':
      return use(activate, change);
    case 'endpoints':
      return use(endpoints, change);
    case 'erase':
      return use(erase, change);
    case 'recovery-keys':
      return use(recoveryKeys, change);
    case 'cancel-recovery':
      return use(cancelRecovery, change);
    default:
      return unreachable(change);
  }
}
