/** The preview of a decision is what the decision does: compared with it, change by change. */
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import type { Change } from '../../src/core/codec/governance.ts';
import { consequenceOfChange, consequenceOfRequest } from '../../src/core/membership/consequence.ts';
import { requestOfKnock } from '../../src/core/membership/transitions/open-request.ts';
import { Group, twoApprove } from '../support/group.ts';

const group = () =>
  Group.of(twoApprove(), [
    ['dan', ['validator']],
    ['vera', ['validator']],
  ]);

describe('before a vote one sees', () => {
  test('how many validators would be left, and how many of them may fail', () => {
    const world = group();
    const change: Change = { type: 'remove', members: [world.idOf('val'), world.idOf('ben')] };
    expect(consequenceOfChange(world.state, world.facts, change)).toEqual({
      before: { members: 8, federation: 3, validators: 4, quorum: 3, faultsTolerated: 1 },
      after: { members: 6, federation: 3, validators: 3, quorum: 3, faultsTolerated: 0 },
      affected: change.members,
      problem: undefined,
    });
    const root = toHex(world.state.root);
    expect(root).toBe(toHex(group().state.root));
    world.agree(change, 'alice', 'bob');
    expect(world.seats).toHaveLength(3);
    expect(world.census?.members).toBe(6);
  });

  test('a validator to be as if it were ready', () => {
    const world = group();
    const change: Change = { type: 'grant', member: world.idOf('ben'), role: 'validator' };
    expect(consequenceOfChange(world.state, world.facts, change).after).toMatchObject({ validators: 5, quorum: 4, faultsTolerated: 1 });
    world.agree(change, 'alice', 'bob');
    const again: Change = { type: 'grant', member: world.idOf('olga'), role: 'validator' };
    expect(consequenceOfChange(world.state, world.facts, again)).toMatchObject({ before: { validators: 4 }, after: { validators: 5 } });
  });

  test('who could decide while somebody is suspended', () => {
    const world = group();
    const change: Change = { type: 'suspend', members: [world.idOf('cid')] };
    expect(consequenceOfChange(world.state, world.facts, change)).toMatchObject({
      before: { federation: 3, members: 8 },
      after: { federation: 2, members: 8 },
    });
  });

  test('the refusal that it would meet, and then nothing changes', () => {
    const world = group();
    const all = ['alice', 'val', 'dan', 'vera'].map((name) => world.idOf(name));
    const { before, after, problem } = consequenceOfChange(world.state, world.facts, { type: 'remove', members: all });
    expect(problem?.code).toBe('last-validator');
    expect(after).toEqual(before);
  });

  test.each<[string, (world: Group) => Change, number]>([
    ['rules', () => ({ type: 'rules', rules: twoApprove({ knocks: false }) }), 0],
    ['withdraw', (world) => ({ type: 'withdraw', member: world.idOf('ben'), role: 'writer' }), 1],
    ['endpoints', (world) => ({ type: 'endpoints', member: world.idOf('val'), endpoints: [] }), 1],
    ['activate', () => ({ type: 'activate', version: 1, height: 1 }), 0],
    ['recovery-keys', () => ({ type: 'recovery-keys', recovery: { threshold: 0, delayMs: 0, keys: [] } }), 0],
    ['erase', (world) => ({ type: 'erase', leaf: 1, entry: world.chain }), 0],
    ['cancel-recovery', () => ({ type: 'cancel-recovery', number: 1 }), 0],
  ])('whom it is about: %s', (_, change, affected) => {
    const world = group();
    expect(consequenceOfChange(world.state, world.facts, change(world)).affected).toHaveLength(affected);
  });
});

describe('before a request is granted one sees', () => {
  test('one member more, by a link, by a knock; or the same member with more to say', () => {
    const world = group();
    world.invite('alice', 'link');
    const id = world.asks('zoe', 'link');
    const request = world.request(id) ?? expect.fail('no request');
    const shown = consequenceOfRequest(world.state, world.facts, id, request);
    expect(shown).toMatchObject({ before: { members: 8 }, after: { members: 9 }, affected: [world.idOf('zoe')] });
    const knock = world.knockOf('yan');
    const asked = requestOfKnock(world.state, world.time, knock.knock);
    expect(consequenceOfRequest(world.state, world.facts, world.knockId(knock), asked).after.members).toBe(9);
    world.requestRole('ben', 'federation');
    const role = world.request(world.last) ?? expect.fail('no request');
    expect(consequenceOfRequest(world.state, world.facts, world.last, role)).toMatchObject({
      before: { members: 8, federation: 3 },
      after: { members: 8, federation: 4 },
      affected: [world.idOf('ben')],
      problem: undefined,
    });
  });

  test('why it could not be', () => {
    const world = Group.of(twoApprove({}, { writer: { cap: 1 } }));
    const knock = world.knockOf('yan');
    const asked = requestOfKnock(world.state, world.time, knock.knock);
    const shown = consequenceOfRequest(world.state, world.facts, world.knockId(knock), asked);
    expect(shown.problem?.code).toBe('role-full');
    expect(shown.after).toEqual(shown.before);
  });
});
