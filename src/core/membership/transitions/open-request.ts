/** A request begins to wait for approvals. */
import type { Hash } from '../../base/hash.ts';
import type { RequestRecord } from '../../codec/records.ts';
import { addToAgenda } from '../agenda.ts';
import { ruleHashOf } from '../asking.ts';
import { rulesOf } from '../facts.ts';
import type { StateDraft, StateReader } from '../state.ts';

export type Question = Pick<RequestRecord, 'kind' | 'subject' | 'role' | 'invitation' | 'name' | 'operator' | 'nextKey'>;

/** The record of a request that is opened at `time`. */
export function newRequest(state: StateReader, time: number, question: Question): RequestRecord {
  return {
    ...question,
    ruleHash: ruleHashOf(state, question.role),
    opened: time,
    until: time + rulesOf(state).limits.requestLifetimeMs,
    yes: [],
    no: [],
    status: 'pending',
    ended: 0,
  };
}

export function openRequest(draft: StateDraft, id: Hash, request: RequestRecord): void {
  draft.put('request', id, request);
  addToAgenda(draft, 'requests', id);
}
