/** What waits: ids of open requests and proposals, and of members who may vote and have no seat. Each list is bounded. */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { invariant } from '../base/result.ts';
import type { Role } from '../codec/primitives.ts';
import type { Agenda, ProposalRecord, RequestRecord } from '../codec/records.ts';
import { SINGLETON, type StateDraft, type StateReader } from './state.ts';

const NOTHING: Agenda = { requests: [], proposals: [], candidates: [] };

export function agendaOf(state: StateReader): Agenda {
  return state.get('agenda', SINGLETON) ?? NOTHING;
}

/** Puts an id at the end of a list, unless it is there. */
export function addToAgenda(draft: StateDraft, list: keyof Agenda, id: Hash): void {
  const agenda = agendaOf(draft);
  if (agenda[list].some((one) => equal(one, id))) return;
  draft.put('agenda', SINGLETON, { ...agenda, [list]: [...agenda[list], id] });
}

/** Takes an id off a list, if it is there. */
export function takeOffAgenda(draft: StateDraft, list: keyof Agenda, id: Uint8Array): void {
  const agenda = agendaOf(draft);
  const left = agenda[list].filter((one) => !equal(one, id));
  if (left.length < agenda[list].length) draft.put('agenda', SINGLETON, { ...agenda, [list]: left });
}

/** The request of an id that the agenda, or a check before, has found. */
export function requestOf(state: StateReader, id: Uint8Array): RequestRecord {
  const record = state.get('request', id);
  invariant(record !== undefined, 'a request that waits is there');
  return record;
}

/** The proposal of an id that the agenda, or a check before, has found. */
export function proposalOf(state: StateReader, id: Uint8Array): ProposalRecord {
  const record = state.get('proposal', id);
  invariant(record !== undefined, 'a proposal that waits is there');
  return record;
}

/** Open requests of a joiner, by its node key, or of a member, by its id; `role` narrows them. */
export function openRequestsOf(state: StateReader, subject: Uint8Array, role?: Role): readonly Hash[] {
  return agendaOf(state).requests.filter((id) => {
    const record = requestOf(state, id);
    return equal(record.subject, subject) && (role === undefined || record.role === role);
  });
}
