/** A request begins to wait for approvals. */
import { asHash, type Hash } from '../../base/hash.ts';
import { invariant } from '../../base/result.ts';
import type { Knock } from '../../codec/knock.ts';
import type { RequestRecord } from '../../codec/records.ts';
import { addToAgenda } from '../agenda.ts';
import { firstRole, ruleHashOf } from '../asking.ts';
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

/** The request that a knock opens. */
export function requestOfKnock(state: StateReader, time: number, { key, role: wanted, name, nextKey, operator }: Knock): RequestRecord {
  const role = firstRole(state, wanted, false);
  return newRequest(state, time, { kind: 'knock', subject: subjectOfKey(key), role, invitation: undefined, name, nextKey, operator });
}

/** A node key as the subject of a request. */
export function subjectOfKey(key: Uint8Array): Hash {
  const subject = asHash(key);
  invariant(subject !== undefined, 'a key has as many bytes as a hash');
  return subject;
}

export function openRequest(draft: StateDraft, id: Hash, request: RequestRecord): void {
  draft.put('request', id, request);
  addToAgenda(draft, 'requests', id);
}
