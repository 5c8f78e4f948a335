/** `erase-body`: an author takes back the body of an entry. The entry stays a leaf, and everything proved of it. */
import { type ActionOf, entryIdOf } from '../../codec/transaction.ts';
import { entryIsBefore, entryIsNotErased, entryIsOwn, erasuresHaveRoom } from '../checks/erasing.ts';
import { senderMayWrite } from '../checks/writing.ts';
import { eraseEntry } from '../transitions/erase.ts';
import { fromMember } from './verb.ts';

export const eraseBody = fromMember<ActionOf<'erase-body'>>(
  [senderMayWrite, entryIsOwn, entryIsBefore, entryIsNotErased, erasuresHaveRoom],
  ({ draft, chain, time }, { id }, { leaf, entry }) => eraseEntry(draft, entryIdOf(chain, entry), { leaf, member: id, time }),
);
