/** What waits stops waiting: it leaves the agenda, and its record says how and when. */
import type { Hash } from '../../base/hash.ts';
import { invariant } from '../../base/result.ts';
import type { RequestStatus } from '../../codec/records.ts';
import { takeOffAgenda } from '../agenda.ts';
import type { StateDraft } from '../state.ts';
import { forgetDescendant } from './descendants.ts';

type Outcome = Exclude<RequestStatus, 'pending'>;

/** Who waits is counted among the descendants of the invitation that it came by, so that this stays; unless admitted it no longer is. */
export function closeRequest(draft: StateDraft, id: Hash, status: Outcome, time: number): void {
  const record = draft.get('request', id);
  invariant(record?.status === 'pending', 'a request ends once');
  draft.put('request', id, { ...record, status, ended: time });
  takeOffAgenda(draft, 'requests', id);
  if (status !== 'approved' && record.invitation !== undefined) forgetDescendant(draft, record.invitation);
}

export function closeProposal(draft: StateDraft, id: Hash, status: Outcome, time: number): void {
  const record = draft.get('proposal', id);
  invariant(record?.status === 'pending', 'a proposal ends once');
  draft.put('proposal', id, { ...record, status, ended: time });
  takeOffAgenda(draft, 'proposals', id);
}
