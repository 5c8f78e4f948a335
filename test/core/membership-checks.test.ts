/** Every named check refuses what it names, where everything else is in order: delete one and a line here fails. */
import { describe, expect, test } from 'vitest';
import {
  BODY_BYTES_MAX,
  INVITATION_LIFETIME_MS_MAX,
  MEMBERS_MAX,
  NAME_BODY_BYTES_MAX,
  SECOND_MS,
  TRANSACTION_HORIZON_MS,
} from '../../src/core/base/limits.ts';
import type { RefusalCode } from '../../src/core/base/result.ts';
import type { Action } from '../../src/core/codec/transaction.ts';
import { type Overrides, refOf, type World } from '../support/world.ts';
import { type Case, census, entry, join, leave, rulesWith, SENDING_AND_INVITING, setup, WEAK_KEY } from './membership-refusals.ts';
import { ASKING, groupSetup } from './membership-refusals-asking.ts';
import { DECIDING } from './membership-refusals-deciding.ts';
import { ERASING } from './membership-refusals-erasing.ts';
import { GOVERNING } from './membership-refusals-governing.ts';
import { JOINING_AND_LEAVING } from './membership-refusals-joining.ts';
import { KEYS, keysSetup } from './membership-refusals-keys.ts';
import { RECOVERING } from './membership-refusals-recovery.ts';
import { RELAYING, relaySetup } from './membership-refusals-relaying.ts';

describe('refused', () => {
  refuses(setup, [...SENDING_AND_INVITING, ...JOINING_AND_LEAVING]);
  refuses(groupSetup, [...ASKING, ...DECIDING, ...GOVERNING, ...ERASING]);
  refuses(keysSetup, [...KEYS, ...RECOVERING]);
  refuses(relaySetup, RELAYING);
});

function refuses<W extends World>(make: () => W, cases: readonly Case<W>[]): void {
  test.each(cases.map((one) => [one.check, one.what, one] as const))(
    '%s: %s',
    (_, __, { code, sender, action, overrides = {}, before }) => {
      const world = make();
      before?.(world);
      const root = world.state.root;
      const made = typeof action === 'function' ? action(world) : action;
      const given = typeof overrides === 'function' ? overrides(world) : overrides;
      const transaction = world.transaction(sender, made, given);
      expect(world.submit(transaction)).toBe(code);
      // A refused transaction leaves no trace: an empty block would have given the same.
      if (!isTimeDriven(code)) expect(world.state.root).toEqual(root);
    },
  );
}

/** What expires at the start of the block is written, whatever becomes of the transaction. */
function isTimeDriven(code: RefusalCode): boolean {
  return code === 'invitation-expired' || code === 'request-expired';
}

test('a weak key joins nowhere', () => {
  const world = setup();
  const { unsigned, signatures, ...rest } = world.transaction('zoe', world.joinAction('zoe', 'link'));
  expect(world.submit({ ...rest, signatures, unsigned: { ...unsigned, sender: WEAK_KEY } })).toBe('bad-key');
});

describe('allowed, at the very edge', () => {
  test.each<[string, string, Action | ((world: World) => Action), Overrides | ((world: World) => Overrides)]>([
    ['an entry that expires just after the block', 'ben', entry, (world) => ({ expiry: world.time + SECOND_MS + 1 })],
    ['an entry at the horizon', 'ben', entry, (world) => ({ expiry: world.time + SECOND_MS + TRANSACTION_HORIZON_MS })],
    ['an entry of the largest size', 'ben', { type: 'entry', body: refOf('entry', BODY_BYTES_MAX) }, {}],
    ['an entry by a federation member who is no writer', 'alice', entry, {}],
    [
      'a link for a year',
      'alice',
      (world) => world.inviteAction('new', { expiry: world.time + SECOND_MS + INVITATION_LIFETIME_MS_MAX }),
      {},
    ],
    ['a link for the next millisecond', 'alice', (world) => world.inviteAction('new', { expiry: world.time + SECOND_MS + 1 }), {}],
    ['a closed link for one', 'alice', (world) => world.inviteAction('new', { shared: false }), {}],
    ['a writer inviting an observer', 'ben', (world) => world.inviteAction('new', { role: 'observer' }), {}],
    ['the federation inviting to any role', 'alice', (world) => world.inviteAction('new', { role: 'gateway' }), {}],
    ['a relay joining', 'zoe', (world) => world.joinAction('zoe', 'relays'), {}],
    ['a name of the largest size', 'zoe', join({ name: refOf('zoe', NAME_BODY_BYTES_MAX) }), {}],
    ['one of two federation members leaving', 'bob', leave, {}],
    ['a join with sequence 0', 'zoe', join({}), { sequence: 0 }],
  ])('%s', (_, sender, action, overrides) => {
    const world = setup();
    const given = typeof overrides === 'function' ? overrides(world) : overrides;
    expect(world.act(sender, typeof action === 'function' ? action(world) : action, given)).toBe('ok');
  });

  test('the last place of a role, and the last of the chain', () => {
    const world = setup();
    rulesWith('writer', { cap: 2 })(world);
    census(world, { members: MEMBERS_MAX - 1 });
    expect(world.join('zoe', 'link')).toBe('ok');
  });
});

test('whatever the rules say, no link alone makes a federation member, validator, auditor or gateway', () => {
  for (const role of ['federation', 'validator', 'auditor', 'gateway'] as const) {
    const world = setup();
    rulesWith(role, { rule: { type: 'invitation' } })(world);
    world.invite('alice', `to ${role}`, { role });
    expect(world.join('zoe', `to ${role}`)).toBe('ok');
    expect(world.member('zoe')).toBeUndefined();
    expect(world.state.get('request', world.last)).toMatchObject({ status: 'pending', role });
  }
});
