/** A request that was approved takes effect: somebody joins, or a member has one more role. */
import type { Hash } from '../../base/hash.ts';
import { asPublicKey } from '../../base/key.ts';
import { invariant } from '../../base/result.ts';
import type { RequestRecord } from '../../codec/records.ts';
import type { ChangeTurn } from '../changes/change.ts';
import { memberOf } from '../facts.ts';
import type { StateDraft } from '../state.ts';
import { admit } from './admit.ts';
import { gainRole, loseRole } from './roles.ts';

/** The sequence of who asked to join: nothing else by its key can have come before. */
const FIRST_SEQUENCE = 0;

export function grantRequest({ draft, chain, time }: ChangeTurn, id: Hash, request: RequestRecord): void {
  const { kind, subject, role, name, nextKey, operator, invitation } = request;
  if (kind !== 'role') {
    const key = asPublicKey(subject);
    invariant(key !== undefined, 'who asks to join is known by its node key');
    return admit(draft, chain, time, { key, sequence: FIRST_SEQUENCE, role, name, nextKey, operator, invitation, request: id });
  }
  draft.put('member', subject, { ...memberOf(draft, subject), operator });
  gainRole(draft, subject, role);
  if (role === 'validator') promote(draft, subject);
}

/** Who has earned it by relaying leaves its place to the next: a relay does not vote. */
function promote(draft: StateDraft, id: Hash): void {
  if (draft.get('eligibility', id) !== undefined) loseRole(draft, id, 'relay');
}
