/** A body is erased: the state says so, and whoever holds the body forgets it. */
import type { Hash } from '../../base/hash.ts';
import type { ErasureRecord } from '../../codec/records.ts';
import { erasureCount } from '../facts.ts';
import { SINGLETON, type StateDraft } from '../state.ts';

export function eraseEntry(draft: StateDraft, entry: Hash, record: ErasureRecord): void {
  draft.put('erasure', entry, record);
  draft.put('erasure-count', SINGLETON, { count: erasureCount(draft) + 1 });
}
