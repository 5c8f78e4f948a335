/** A planned protocol version comes into force at its height, if a quorum of the validators runs it; else it lapses (DESIGN §5, *Upgrade*). */
import { quorumOf } from '../../policy/quorum.ts';
import { chainFactsOf, trustSetOf } from '../facts.ts';
import { officeOf } from '../seats.ts';
import { SINGLETON, type StateDraft, type StateReader } from '../state.ts';

export function activateProtocol(draft: StateDraft, height: number): void {
  const planned = draft.get('activation', SINGLETON);
  if (planned === undefined || height < planned.height) return;
  const protocol = protocolAt(draft, height);
  draft.delete('activation', SINGLETON);
  if (chainFactsOf(draft).protocol !== protocol) draft.put('chain', SINGLETON, { ...chainFactsOf(draft), protocol });
}

/** The protocol version of a block at this height, the next after this state: who lacks it stops before that block. */
export function protocolAt(state: StateReader, height: number): number {
  const planned = state.get('activation', SINGLETON);
  const isDue = planned !== undefined && height >= planned.height && quorumRuns(state, planned.version);
  return isDue ? planned.version : chainFactsOf(state).protocol;
}

/** By the last word of each. */
function quorumRuns(state: StateReader, version: number): boolean {
  const { seats } = trustSetOf(state);
  const able = seats.filter(({ member }) => officeOf(state, member)?.versions.includes(version) === true);
  return able.length >= quorumOf(seats.length);
}
