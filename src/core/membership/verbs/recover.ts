/**
 * `recover`: the recovery keys say that others take over (DESIGN §5, *Broken chain*). Whoever sends it, the certificate
 * is what counts. A later certificate takes the place of one that waits.
 *
 * On a live chain it waits for the delay, and governance may cancel it. On a dead one it opens the first block after the
 * base, which those whom it appoints finalise: `recoverAtOnce`.
 */
import { TIME_MS_MAX } from '../../base/limits.ts';
import { invariant } from '../../base/result.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import {
  certificateBaseIsParent,
  certificateBaseIsPast,
  certificateIsForThisChain,
  certificateIsNext,
  enoughRecoveryKeysSigned,
  planAppointsValidators,
  planCanTakeEffect,
} from '../checks/recovery.ts';
import { chainFactsOf, trustSetOf } from '../facts.ts';
import { SINGLETON, type StateReader } from '../state.ts';
import { takeOver } from '../transitions/recovery.ts';
import { fromAnybody } from './verb.ts';

type Recover = ActionOf<'recover'>;

export const recover = fromAnybody<Recover>(
  [certificateIsForThisChain, certificateIsNext, enoughRecoveryKeysSigned, certificateBaseIsPast, planCanTakeEffect],
  ({ draft, time }, { certificate: { plan } }) => {
    const record = recordOf(draft);
    const effective = Math.min(time + record.keys.delayMs, TIME_MS_MAX);
    draft.put('recovery', SINGLETON, { ...record, number: plan.number, pending: { plan, effective } });
  },
);

/** The trust set that it leaves is that of the block itself, in an epoch that no block has closed the one before for. */
export const recoverAtOnce = fromAnybody<Recover>(
  [
    certificateIsForThisChain,
    certificateIsNext,
    enoughRecoveryKeysSigned,
    certificateBaseIsParent,
    planAppointsValidators,
    planCanTakeEffect,
  ],
  (turn, { certificate: { plan } }) => {
    const { draft, parent } = turn;
    const epoch = trustSetOf(draft).epoch + 1;
    draft.put('recovery', SINGLETON, { ...recordOf(draft), number: plan.number, pending: undefined });
    takeOver(turn, plan);
    draft.put('trust', SINGLETON, { ...trustSetOf(draft), epoch, base: parent });
    draft.put('chain', SINGLETON, { ...chainFactsOf(draft), epoch });
  },
);

function recordOf(state: StateReader) {
  const record = state.get('recovery', SINGLETON);
  invariant(record !== undefined, 'enoughRecoveryKeysSigned comes first');
  return record;
}
