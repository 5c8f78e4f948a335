/**
 * `recover`: the recovery keys say that others take over (DESIGN §5, *Broken chain*). Whoever sends it, the certificate
 * is what counts. A later certificate takes the place of one that waits.
 *
 * On a live chain it waits for the delay, and governance may cancel it. On a dead one it opens the first block after the
 * base, which those whom it appoints finalise: `recoverAtOnce`.
 */
import { TIME_MS_MAX } from '../../base/limits.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import {
  AT_ONCE,
  certificateBaseIsPast,
  certificateIsForThisChain,
  certificateIsNext,
  enoughRecoveryKeysSigned,
  planCanTakeEffect,
} from '../checks/recovery.ts';
import { recoveryOf } from '../recovery-state.ts';
import { SINGLETON } from '../state.ts';
import { takeOverAtOnce } from '../transitions/recovery.ts';
import { fromAnybody } from './verb.ts';

type Recover = ActionOf<'recover'>;

export const recover = fromAnybody<Recover>(
  [certificateIsForThisChain, certificateIsNext, enoughRecoveryKeysSigned, certificateBaseIsPast, planCanTakeEffect],
  ({ draft, time, recovery }, { certificate: { plan } }) => {
    const record = recoveryOf(draft, recovery);
    const effective = Math.min(time + record.keys.delayMs, TIME_MS_MAX);
    draft.put('recovery', SINGLETON, { ...record, number: plan.number, pending: { plan, effective } });
  },
);

export const recoverAtOnce = fromAnybody<Recover>(AT_ONCE, (turn, { certificate }) => takeOverAtOnce(turn, certificate.plan));
