/** Who came through an invitation, and still is here or waits, is counted in its record: it stays while anybody is. */
import { invariant } from '../../base/result.ts';
import type { StateDraft } from '../state.ts';

export function forgetDescendant(draft: StateDraft, invitation: Uint8Array): void {
  const record = draft.get('invitation', invitation);
  invariant(record !== undefined, 'an invitation stays while somebody who came through it is here');
  draft.put('invitation', invitation, { ...record, descendants: record.descendants - 1 });
}
