/** `spend-token`: a relay gives its joining token back, and may ask to validate from now on. Whether it does is for others to say, and where for nobody. */
import { ELIGIBILITY_LIFETIME_MS } from '../../base/limits.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import { loseToken, makeEligible } from '../awards.ts';
import { senderHoldsToken, senderRelays } from '../checks/receipts.ts';
import { fromMember } from './verb.ts';

export const spendToken = fromMember<ActionOf<'spend-token'>>([senderRelays, senderHoldsToken], ({ draft, time }, { id }) => {
  loseToken(draft, id);
  makeEligible(draft, id, time, time + ELIGIBILITY_LIFETIME_MS);
});
