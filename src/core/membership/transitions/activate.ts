/** A planned protocol version comes into force at its height, if a quorum of the validators runs it; else it lapses (DESIGN §5, *Upgrade*). */
import { quorumOf } from '../../policy/quorum.ts';
import { chainFactsOf, trustSetOf } from '../facts.ts';
import { officeOf } from '../seats.ts';
import { SINGLETON, type StateDraft, type StateReader } from '../state.ts';

export function activateProtocol(draft: StateDraft, height: number): void {
  const planned = draft.get('activation', SINGLETON);
  if (planned === undefined || height < planned.height) return;
  draft.delete('activation', SINGLETON);
  if (quorumRuns(draft, planned.version)) draft.put('chain', SINGLETON, { ...chainFactsOf(draft), protocol: planned.version });
}

/** By the last word of each. */
function quorumRuns(state: StateReader, version: number): boolean {
  const { seats } = trustSetOf(state);
  const able = seats.filter(({ member }) => officeOf(state, member)?.versions.includes(version) === true);
  return able.length >= quorumOf(seats.length);
}
