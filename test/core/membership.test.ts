/** Who is in, by whom and for how long: stories about invitations, joining and leaving, exact by the order of the chain. */
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import {
  BLOCK_EXPIRIES_MAX,
  DAY_MS,
  HOUR_MS,
  INVITATIONS_PER_MEMBER_MAX,
  SECOND_MS,
  SPENT_INVITATION_KEPT_MS,
  USES_MAX,
  USES_UNLIMITED,
} from '../../src/core/base/limits.ts';
import { ROLES } from '../../src/core/codec/primitives.ts';
import { memberIdOf } from '../../src/core/codec/records.ts';
import { censusOf, countOf } from '../../src/core/membership/facts.ts';
import { stateKeyHash } from '../../src/core/membership/state.ts';
import { founderOf, genesisOf, keyOf, World } from '../support/world.ts';

describe('a one-time invitation', () => {
  test('lets one in, and is used from then on', () => {
    const world = new World();
    world.invite('alice', 'link');
    expect(world.join('ben', 'link')).toBe('ok');
    expect(world.member('ben')).toMatchObject({ roles: ['writer'], invitation: world.idOfLink('link'), left: false, since: world.time });
    expect(world.invitation('link')).toMatchObject({ status: 'used', used: 1, descendants: 1, ended: world.time });
    expect(world.join('cara', 'link')).toBe('invitation-used');
  });

  test('lets in exactly one of fifty who race for it in one block: the first in the order of the chain', () => {
    const world = new World();
    world.invite('alice', 'link');
    const racers = Array.from({ length: 50 }, (_, i) => `racer ${i}`);
    const outcomes = world.block(...racers.map((name) => world.transaction(name, world.joinAction(name, 'link'))));
    expect(outcomes).toEqual(['ok', ...Array<string>(49).fill('invitation-used')]);
    expect(racers.filter((name) => world.member(name) !== undefined)).toEqual(['racer 0']);
  });
});

test('an invitation for three lets in three, one for as many as come all who come', () => {
  const world = new World();
  world.invite('alice', 'three', { uses: 3 });
  world.invite('alice', 'open', { uses: USES_UNLIMITED });
  const names = ['a', 'b', 'c', 'd', 'e'];
  expect(names.map((name) => world.join(`${name} by three`, 'three'))).toEqual(['ok', 'ok', 'ok', 'invitation-used', 'invitation-used']);
  expect(names.map((name) => world.join(`${name} by open`, 'open'))).toEqual(Array<string>(5).fill('ok'));
  expect(world.invitation('open')).toMatchObject({ status: 'live', used: 5, descendants: 5 });
});

test('even an unlimited invitation ends where its uses can no longer be counted', () => {
  const world = new World();
  world.invite('alice', 'open', { uses: USES_UNLIMITED });
  const record = world.invitation('open') ?? expect.fail('no invitation');
  world.tamper((draft) => draft.put('invitation', world.idOfLink('open'), { ...record, used: USES_MAX - 2 }));
  expect(['a', 'b', 'c'].map((name) => world.join(name, 'open'))).toEqual(['ok', 'ok', 'invitation-used']);
});

describe('an invitation that expires', () => {
  test('is good until just before, by the time of the block', () => {
    const world = new World();
    world.invite('alice', 'link', { uses: 2, expiry: world.time + HOUR_MS });
    world.pass(HOUR_MS - 3 * SECOND_MS);
    // The next block comes a second before the end, the one after it at the very end.
    expect(world.join('ben', 'link')).toBe('ok');
    expect(world.join('cara', 'link')).toBe('invitation-expired');
    expect(world.invitation('link')).toMatchObject({ status: 'expired', used: 1 });
  });

  test('closes by itself at the start of the first block after, also an empty one', () => {
    const world = new World();
    world.invite('alice', 'link');
    expect(world.census?.liveInvitations).toBe(1);
    world.pass(DAY_MS);
    expect(world.invitation('link')).toMatchObject({ status: 'expired', ended: world.time });
    expect(world.census?.liveInvitations).toBe(0);
    expect(world.member('alice')?.invitations).toBe(0);
  });

  test('is refused from then on even while more expire than one block may close', () => {
    const world = new World(
      genesisOf([founderOf('alice', ['federation', 'validator']), founderOf('bob', ['writer']), founderOf('cid', ['writer'])]),
    );
    const expiry = world.time + DAY_MS;
    for (const issuer of ['alice', 'bob', 'cid']) {
      const links = Array.from({ length: 100 }, (_, i) => `${issuer}’s link ${i}`);
      world.block(...links.map((link) => world.transaction(issuer, world.inviteAction(link, { expiry }))));
    }
    expect(world.census?.liveInvitations).toBe(300);
    // Those last in key order are closed last.
    const byKey = (link: string) => toHex(stateKeyHash('invitation', world.idOfLink(link)));
    const all = ['alice', 'bob', 'cid'].flatMap((issuer) => Array.from({ length: 100 }, (_, i) => `${issuer}’s link ${i}`));
    const last = all.sort((a, b) => (byKey(a) < byKey(b) ? -1 : 1)).at(-1) ?? '';
    world.time += 2 * DAY_MS;
    expect(world.join('ben', last)).toBe('invitation-expired');
    expect(world.invitation(last)?.status).toBe('live');
    expect(world.census?.liveInvitations).toBe(300 - BLOCK_EXPIRIES_MAX);
    expect(world.join('ben', last)).toBe('invitation-expired');
    expect(world.census?.liveInvitations).toBe(0);
  });
});

describe('a revoked invitation', () => {
  test('lets nobody in any more; who came before stays', () => {
    const world = new World();
    world.invite('alice', 'link', { uses: 5 });
    world.join('ben', 'link');
    expect(world.revoke('alice', 'link')).toBe('ok');
    expect(world.join('cara', 'link')).toBe('invitation-revoked');
    expect(world.entry('ben')).toBe('ok');
  });

  test('was revoked before or after a join by nothing but their order in the block', () => {
    for (const [first, second] of [
      ['join', 'revoke'],
      ['revoke', 'join'],
    ]) {
      const world = new World();
      world.invite('alice', 'link', { uses: 2 });
      const join = world.transaction('ben', world.joinAction('ben', 'link'));
      const revoke = world.transaction('alice', { type: 'revoke-invite', invitation: world.idOfLink('link') });
      const outcomes = world.block(...(first === 'join' ? [join, revoke] : [revoke, join]));
      expect(outcomes, `${first}, then ${second}`).toEqual(first === 'join' ? ['ok', 'ok'] : ['ok', 'invitation-revoked']);
      expect(world.member('ben') !== undefined).toBe(first === 'join');
    }
  });

  test('can be revoked by its issuer and by a federation member, and once', () => {
    const world = new World();
    world.admit('ben');
    world.admit('cara');
    world.invite('ben', 'ben’s');
    world.invite('ben', 'ben’s second');
    expect(world.revoke('cara', 'ben’s')).toBe('not-allowed');
    expect(world.revoke('ben', 'ben’s')).toBe('ok');
    expect(world.revoke('ben', 'ben’s')).toBe('invitation-revoked');
    expect(world.revoke('alice', 'ben’s second')).toBe('ok');
  });
});

describe('what is left of a spent invitation', () => {
  test('stays while somebody who came through it is a member', () => {
    const world = new World();
    world.admit('ben');
    world.pass(SPENT_INVITATION_KEPT_MS + DAY_MS);
    expect(world.invitation('link of ben')).toMatchObject({ status: 'used', descendants: 1 });
    expect(world.leave('ben')).toBe('ok');
    expect(world.invitation('link of ben')).toMatchObject({ descendants: 0 });
    world.pass(SECOND_MS);
    expect(world.invitation('link of ben')).toBeUndefined();
  });

  test('is kept for 90 days where nobody did', () => {
    const world = new World();
    world.invite('alice', 'link');
    world.revoke('alice', 'link');
    world.pass(SPENT_INVITATION_KEPT_MS - 2 * SECOND_MS);
    expect(world.join('ben', 'link')).toBe('invitation-revoked');
    world.pass(SECOND_MS);
    expect(world.invitation('link')).toBeUndefined();
    expect(world.join('ben', 'link')).toBe('invitation-unknown');
  });
});

describe('leaving', () => {
  test('takes the rights, closes the links, and leaves tombstones', () => {
    const world = new World();
    world.admit('ben');
    world.invite('ben', 'open', { uses: 5 });
    world.invite('ben', 'second');
    world.revoke('ben', 'second');
    expect(world.leave('ben')).toBe('ok');
    expect(world.member('ben')).toMatchObject({ roles: [], devices: [], left: true, invitations: 0 });
    expect(world.invitation('open')).toMatchObject({ status: 'revoked', ended: world.time });
    expect(world.invitation('second')?.ended).toBeLessThan(world.time);
    expect(world.state.get('device', keyOf('ben'))).toBeUndefined();
    expect(world.state.get('retired', keyOf('ben'))).toEqual({ member: memberIdOf(world.chain, keyOf('ben')), since: world.time });
    expect(world.join('cara', 'open')).toBe('invitation-revoked');
  });

  test('is for good: the key neither acts nor joins again, by whatever link', () => {
    const world = new World();
    world.admit('ben');
    world.leave('ben');
    world.invite('alice', 'another');
    expect(world.entry('ben')).toBe('key-retired');
    expect(world.leave('ben')).toBe('key-retired');
    expect(world.join('ben', 'another')).toBe('key-retired');
    expect(world.invitation('another')).toMatchObject({ status: 'live', used: 0 });
  });

  test('retires every device of the member, and closes nobody else’s links', () => {
    const world = new World();
    world.admit('ben');
    world.invite('alice', 'alice’s');
    world.tamper((draft) => {
      const id = memberIdOf(world.chain, keyOf('ben'));
      const ben = draft.get('member', id) ?? expect.fail('no ben');
      draft.put('member', id, { ...ben, devices: [...ben.devices, keyOf('ben’s telephone')] });
      draft.put('device', keyOf('ben’s telephone'), { member: id, sequence: 0, roleMask: 255, added: world.time });
    });
    expect(world.entry('ben’s telephone')).toBe('ok');
    expect(world.leave('ben’s telephone')).toBe('ok');
    for (const device of ['ben', 'ben’s telephone']) expect(world.entry(device)).toBe('key-retired');
    expect(world.invitation('alice’s')?.status).toBe('live');
  });

  test('is refused to whoever holds a seat or whom the federation needs', () => {
    const world = new World(
      genesisOf([founderOf('alice', ['federation', 'validator']), founderOf('bob', ['federation']), founderOf('cid', ['federation'])]),
    );
    expect(world.leave('alice')).toBe('last-validator');
    expect(world.leave('bob')).toBe('ok');
    world.rules({ governance: [{ kind: 1, approvals: 2 }] });
    expect(world.leave('cid')).toBe('last-federation');
    world.rules({});
    expect(world.leave('cid')).toBe('ok');
  });
});

describe('a device may do what its member may, within its mask', () => {
  test('a masked role does not count, a suspended member has none', () => {
    const world = new World(genesisOf([founderOf('alice', ['federation', 'validator']), founderOf('bob', ['federation', 'writer'])]));
    const bob = memberIdOf(world.chain, keyOf('bob'));
    const masked = (roleMask: number) =>
      world.tamper((draft) => draft.put('device', keyOf('bob'), { member: bob, sequence: 9, roleMask, added: 0 }));
    masked(1 << 2); // writer alone
    expect(world.act('bob', world.inviteAction('relay’s', { role: 'relay' }), { sequence: 10 })).toBe('not-allowed');
    expect(world.act('bob', { type: 'entry', body: { hash: world.chain, length: 9 } }, { sequence: 11 })).toBe('ok');
    masked(1 << 1); // observer, which bob is not
    expect(world.act('bob', { type: 'entry', body: { hash: world.chain, length: 9 } }, { sequence: 12 })).toBe('not-allowed');
    masked(255);
    world.tamper((draft) => {
      const member = draft.get('member', bob) ?? expect.fail('no bob');
      draft.put('member', bob, { ...member, suspendedUntil: world.time + DAY_MS });
    });
    expect(world.act('bob', { type: 'entry', body: { hash: world.chain, length: 9 } }, { sequence: 13 })).toBe('not-allowed');
  });
});

describe('the census', () => {
  test('counts members by role and live invitations, whatever happens', () => {
    const world = new World(genesisOf([founderOf('alice', ['federation', 'validator', 'writer'])]));
    world.admit('ben');
    world.admit('cara', 'observer');
    world.invite('ben', 'by ben', { uses: 3 });
    world.join('dora', 'by ben');
    world.leave('cara');
    world.leave('ben');
    world.pass(2 * DAY_MS);
    expect(censusOf(world.state)).toEqual(recount(world));
    expect(ROLES.map((role) => countOf(censusOf(world.state), role))).toEqual([0, 2, 1, 1, 0, 0, 0]);
  });

  function recount(world: World) {
    const members = [...world.state.all('member')].filter(({ value }) => !value.left);
    return {
      members: members.length,
      byRole: ROLES.map((role) => members.filter(({ value }) => value.roles.includes(role)).length),
      liveInvitations: [...world.state.all('invitation')].filter(({ value }) => value.status === 'live').length,
    };
  }
});

test('one member has at most so many live links; one that ends makes room', () => {
  const world = new World();
  const links = Array.from({ length: INVITATIONS_PER_MEMBER_MAX + 1 }, (_, i) => `link ${i}`);
  const outcomes = world.block(
    ...links.map((link) => world.transaction('alice', world.inviteAction(link, { expiry: world.time + 3 * DAY_MS }))),
  );
  expect(outcomes).toEqual([...Array<string>(INVITATIONS_PER_MEMBER_MAX).fill('ok'), 'too-many-pending']);
  expect(world.member('alice')?.invitations).toBe(INVITATIONS_PER_MEMBER_MAX);
  expect(world.join('ben', 'link 0')).toBe('ok');
  expect(world.invite('alice', 'one more')).toBe('ok');
});

test('an action enters once: the same sequence never again, a gap is fine', () => {
  const world = new World();
  const entry = world.transaction('alice', { type: 'entry', body: { hash: world.chain, length: 5 } }, { sequence: 4 });
  expect(world.block(entry, entry)).toEqual(['ok', 'stale-sequence']);
  const renewed = world.transaction(
    'alice',
    { type: 'entry', body: { hash: world.chain, length: 5 } },
    { sequence: 4, expiry: world.time + 9000 },
  );
  expect(world.submit(renewed)).toBe('stale-sequence');
  expect(world.act('alice', { type: 'leave' }, { sequence: 3 })).toBe('stale-sequence');
  expect(world.act('alice', { type: 'entry', body: { hash: world.chain, length: 5 } }, { sequence: 400 })).toBe('ok');
});
