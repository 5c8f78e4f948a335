/** What erasures must be refused for, where everything else is in order; and what those are that are taken. */
import { ERASURES_MAX } from '../../src/core/base/limits.ts';
import type { Change } from '../../src/core/codec/governance.ts';
import type { Action, SignedEntry } from '../../src/core/codec/transaction.ts';
import { SINGLETON } from '../../src/core/membership/state.ts';
import type { Group } from '../support/group.ts';
import { refOf, type World } from '../support/world.ts';
import type { Case } from './membership-refusals.ts';

/** Somebody writes an entry; gives what its author signed, and where it is. */
export function written(world: World, author: string): { readonly leaf: number; readonly entry: SignedEntry } {
  const { unsigned } = world.transaction(author, { type: 'entry', body: refOf(`by ${author}`) });
  const leaf = world.leaves;
  const outcome = world.act(author, unsigned.action, { sequence: unsigned.sequence, expiry: unsigned.expiry });
  if (outcome !== 'ok') throw new Error(`${author}: ${outcome}`);
  return { leaf, entry: { sender: unsigned.sender, sequence: unsigned.sequence, expiry: unsigned.expiry, body: refOf(`by ${author}`) } };
}

export const eraseBody = (world: World, author: string): Action => ({ type: 'erase-body', ...written(world, author) });

/** The change that erases the entry which was made last. */
export const eraseLast = (world: World): Change => ({ type: 'erase', leaf: world.leaves - 1, entry: world.last });

const full = (group: Group) => group.tamper((draft) => draft.put('erasure-count', SINGLETON, { count: ERASURES_MAX }));

const refused = (
  check: string,
  what: string,
  code: Case['code'],
  sender: string,
  action: Case<Group>['action'],
  before?: (group: Group) => void,
): Case<Group> => {
  return { check, what, code, sender, action, ...(before === undefined ? {} : { before }) };
};

let erased: Action | undefined;
let change: Change | undefined;
export const ERASING: readonly Case<Group>[] = [
  refused(
    'entryIsOwn',
    'a member erasing another’s entry',
    'not-allowed',
    'alice',
    () => erased ?? never(),
    (group) => {
      erased = eraseBody(group, 'ben');
    },
  ),
  refused(
    'entryIsOwn',
    'a member claiming the entry of a key that nobody has',
    'not-allowed',
    'ben',
    () => erased ?? never(),
    (group) => {
      const { leaf, entry } = written(group, 'ben');
      erased = { type: 'erase-body', leaf, entry: { ...entry, sender: group.keyOf('nobody') } };
    },
  ),
  refused(
    'senderMayWrite',
    'a member who may only read by now',
    'not-allowed',
    'ben',
    () => erased ?? never(),
    (group) => {
      erased = eraseBody(group, 'ben');
      const ben = group.member('ben') ?? never();
      group.tamper((draft) => draft.put('member', group.idOf('ben'), { ...ben, roles: ['observer'] }));
    },
  ),
  refused(
    'entryIsBefore',
    'an entry that is not in the log yet',
    'entry-unknown',
    'ben',
    () => erased ?? never(),
    (group) => {
      erased = { type: 'erase-body', ...written(group, 'ben'), leaf: group.leaves };
    },
  ),
  refused(
    'entryIsNotErased',
    'erasing twice',
    'already-erased',
    'ben',
    () => erased ?? never(),
    (group) => {
      erased = eraseBody(group, 'ben');
      group.act('ben', erased);
    },
  ),
  refused(
    'erasuresHaveRoom',
    'one erasure too many',
    'too-many-pending',
    'ben',
    () => erased ?? never(),
    (group) => {
      erased = eraseBody(group, 'ben');
      full(group);
    },
  ),
  refused(
    'changeErasesOnce',
    'proposing to erase what is erased',
    'already-erased',
    'alice',
    (group) => group.proposal(change ?? never()),
    (group) => {
      written(group, 'ben');
      change = eraseLast(group);
      group.agree(change, 'alice', 'bob');
    },
  ),
  refused(
    'changeHasRoom',
    'proposing one erasure too many',
    'too-many-pending',
    'alice',
    (group) => group.proposal(change ?? never()),
    (group) => {
      written(group, 'ben');
      change = eraseLast(group);
      full(group);
    },
  ),
];

function never(): never {
  throw new Error('what comes before makes it');
}
