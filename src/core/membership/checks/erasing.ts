/**
 * Checks of erasures. The state knows no entries, so the author's erasure carries what the author signed, from which the
 * entry's id follows. That the log has this entry at this leaf is seen where signatures are checked (`node/erasing.ts`):
 * one that it has not erases nothing anywhere, since nodes erase only what has this id.
 */
import { equal } from '../../base/bytes.ts';
import type { Hash } from '../../base/hash.ts';
import { ERASURES_MAX } from '../../base/limits.ts';
import type { Refusal } from '../../base/result.ts';
import type { ChangeOf } from '../../codec/governance.ts';
import { type ActionOf, entryIdOf } from '../../codec/transaction.ts';
import type { ChangeCheck } from '../changes/change.ts';
import { erasureCount, memberOfKey } from '../facts.ts';
import type { StateReader } from '../state.ts';
import { type Check, no, senderOf } from './check.ts';

type Erase = ActionOf<'erase-body'>;

/** By whichever of the member's devices, and under keys that it has rotated since. */
export const entryIsOwn: Check<Erase> = (context, { entry }) => {
  const author = memberOfKey(context.state, entry.sender);
  return author !== undefined && equal(author, senderOf(context).id) ? undefined : no('not-allowed', 'the entry is not the sender’s own');
};

export const entryIsBefore: Check<Erase> = (context, { leaf }) =>
  leaf < context.leaf ? undefined : no('entry-unknown', `leaf ${leaf} is not in the log yet`);

export const entryIsNotErased: Check<Erase> = ({ state, chain }, { entry }) => erasedProblem(state, entryIdOf(chain, entry));

export const erasuresHaveRoom: Check = ({ state }) => roomProblem(state);

/** The same for a change by governance. */
export const changeErasesOnce: ChangeCheck<ChangeOf<'erase'>> = ({ state }, { entry }) => erasedProblem(state, entry);

export const changeHasRoom: ChangeCheck = ({ state }) => roomProblem(state);

function erasedProblem(state: StateReader, entry: Hash): Refusal | undefined {
  return state.get('erasure', entry) === undefined ? undefined : no('already-erased', 'the body of this entry is erased');
}

function roomProblem(state: StateReader): Refusal | undefined {
  const count = erasureCount(state);
  return count < ERASURES_MAX ? undefined : no('too-many-pending', `${count} bodies are erased, at most ${ERASURES_MAX} can be`);
}
