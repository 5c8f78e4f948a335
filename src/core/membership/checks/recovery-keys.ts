/** What recovery keys must be, whether a genesis, governance or a recovery names them. */
import { toHex } from '../../base/bytes.ts';
import { RULE_TIME_MS_MAX } from '../../base/limits.ts';
import type { Recovery } from '../../codec/genesis.ts';
import type { ChangeOf } from '../../codec/governance.ts';
import type { ChangeCheck } from '../changes/change.ts';
import { SINGLETON } from '../state.ts';
import { no } from './check.ts';

/** What is wrong with them, in words; `undefined` if they can recover a chain, or if there are none. */
export function recoveryKeysProblem({ threshold, delayMs, keys }: Recovery): string | undefined {
  if (new Set(keys.map(toHex)).size < keys.length) return 'a recovery key is named twice';
  const none = keys.length === 0 && threshold === 0 && delayMs === 0;
  const able = threshold >= 1 && threshold <= keys.length && delayMs >= 1 && delayMs <= RULE_TIME_MS_MAX;
  return none || able ? undefined : 'the recovery keys cannot recover anything';
}

export const newRecoveryKeysAreSound: ChangeCheck<ChangeOf<'recovery-keys'>> = (_, { recovery }) => {
  const problem = recoveryKeysProblem(recovery);
  return problem === undefined ? undefined : no('recovery-refused', problem);
};

export const recoveryWaits: ChangeCheck<ChangeOf<'cancel-recovery'>> = ({ state }, { number }) =>
  state.get('recovery', SINGLETON)?.pending?.plan.number === number
    ? undefined
    : no('recovery-refused', `no recovery of number ${number} waits`);
