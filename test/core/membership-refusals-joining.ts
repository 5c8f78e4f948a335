/** What `join` and `leave` must be refused for, where everything else is in order: a line for each named check at least. */
import { nextKeyDigest } from '../../src/core/base/key.ts';
import { MEMBERS_MAX, NAME_BODY_BYTES_MAX } from '../../src/core/base/limits.ts';
import { hashOf, keyOf, refOf } from '../support/world.ts';
import { type Case, census, join, leave, rulesWith } from './membership-refusals.ts';

export const JOINING_AND_LEAVING: readonly Case[] = [
  {
    check: 'joinerIsNew',
    what: 'a member joining again',
    code: 'already-member',
    sender: 'ben',
    action: (world) => world.joinAction('ben', 'link'),
  },
  {
    check: 'joinerIsNew',
    what: 'a founder joining',
    code: 'already-member',
    sender: 'bob',
    action: (world) => world.joinAction('bob', 'link'),
  },
  {
    check: 'joinerIsNew',
    what: 'one who left joining',
    code: 'key-retired',
    sender: 'ben',
    action: (world) => world.joinAction('ben', 'link'),
    before: (world) => world.leave('ben'),
  },
  {
    check: 'invitationIsKnown',
    what: 'joining by a link that there is not',
    code: 'invitation-unknown',
    sender: 'zoe',
    action: join({ invitation: hashOf('none') }),
  },
  {
    check: 'invitationIsLive',
    what: 'joining by a used link',
    code: 'invitation-used',
    sender: 'zoe',
    action: (world) => world.joinAction('zoe', 'link of ben'),
  },
  {
    check: 'ruleCanAdmit',
    what: 'joining where nobody is admitted',
    code: 'not-allowed',
    sender: 'zoe',
    action: join({}),
    before: rulesWith('writer', { rule: { type: 'never' } }),
  },
  {
    check: 'ruleCanAdmit',
    what: 'joining a role without a rule',
    code: 'not-allowed',
    sender: 'zoe',
    action: join({}),
    before: (world) => world.rules({ roles: [] }),
  },
  {
    check: 'roleHasRoom',
    what: 'joining a full role',
    code: 'role-full',
    sender: 'zoe',
    action: join({}),
    before: rulesWith('writer', { cap: 1 }),
  },
  {
    check: 'membersHaveRoom',
    what: 'joining a full chain',
    code: 'role-full',
    sender: 'zoe',
    action: join({}),
    before: (world) => census(world, { members: MEMBERS_MAX }),
  },
  { check: 'nameIsWithinCap', what: 'a name without a body', code: 'too-large', sender: 'zoe', action: join({ name: refOf('zoe', 0) }) },
  {
    check: 'nameIsWithinCap',
    what: 'a name as long as a book',
    code: 'too-large',
    sender: 'zoe',
    action: join({ name: refOf('zoe', NAME_BODY_BYTES_MAX + 1) }),
  },
  {
    check: 'nextKeyIsAnother',
    what: 'a next key that is the present one',
    code: 'bad-key',
    sender: 'zoe',
    action: join({ nextKey: nextKeyDigest(keyOf('zoe')) }),
  },

  { check: 'leavesASeat', what: 'the last validator leaving', code: 'last-validator', sender: 'alice', action: leave },
  {
    check: 'leavesEnoughFederation',
    what: 'one leaving whose approval is needed',
    code: 'last-federation',
    sender: 'bob',
    action: leave,
    before: rulesWith('federation', { rule: { type: 'approvals', approvals: 2 } }),
  },
];
