/** Joining tokens that are about: who has one, who has spent one and does not validate yet, and what waits for its draw. */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import type { Awards } from '../codec/records.ts';
import { SINGLETON, type StateDraft, type StateReader } from './state.ts';

const NONE: Awards = { lots: [], tokens: [], eligible: [] };

export function awardsOf(state: StateReader): Awards {
  return state.get('awards', SINGLETON) ?? NONE;
}

export function putAwards(draft: StateDraft, change: Partial<Awards>): void {
  draft.put('awards', SINGLETON, { ...awardsOf(draft), ...change });
}

function takeOff(draft: StateDraft, list: 'tokens' | 'eligible', id: Uint8Array): void {
  putAwards(draft, { [list]: awardsOf(draft)[list].filter((one) => !equal(one, id)) });
}

export function giveToken(draft: StateDraft, id: Hash, since: number, until: number): void {
  draft.put('token', id, { since, until });
  putAwards(draft, { tokens: [...awardsOf(draft).tokens, id] });
}

/** It goes back into the pool. */
export function loseToken(draft: StateDraft, id: Uint8Array): void {
  if (draft.get('token', id) === undefined) return;
  draft.delete('token', id);
  takeOff(draft, 'tokens', id);
}

export function makeEligible(draft: StateDraft, id: Hash, since: number, until: number): void {
  draft.put('eligibility', id, { since, until });
  putAwards(draft, { eligible: [...awardsOf(draft).eligible, id] });
}

/** Who validates by it keeps it as long. */
export function useEligibility(draft: StateDraft, id: Uint8Array): void {
  const record = draft.get('eligibility', id);
  if (record === undefined) return;
  draft.put('eligibility', id, { ...record, until: undefined });
  takeOff(draft, 'eligible', id);
}

export function loseEligibility(draft: StateDraft, id: Uint8Array): void {
  if (draft.get('eligibility', id) === undefined) return;
  draft.delete('eligibility', id);
  takeOff(draft, 'eligible', id);
}

/** Who relays no more has earned nothing that it could still spend. Who validates by what it spent goes on. */
export function loseEarned(draft: StateDraft, id: Uint8Array): void {
  loseToken(draft, id);
  if (draft.get('eligibility', id)?.until !== undefined) loseEligibility(draft, id);
}
