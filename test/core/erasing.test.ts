/** Erasure in the state: who may, what is kept of it, and for how long. */
import { describe, expect, test } from 'vitest';
import { DAY_MS } from '../../src/core/base/limits.ts';
import { entryIdOf } from '../../src/core/codec/transaction.ts';
import { SINGLETON } from '../../src/core/membership/state.ts';
import { Group } from '../support/group.ts';
import { eraseLast, written } from './membership-refusals-erasing.ts';

describe('an entry’s text', () => {
  test('is erased by its author, and the state says when and which', () => {
    const group = Group.of();
    const { leaf, entry } = written(group, 'ben');
    const id = group.last;
    expect(entryIdOf(group.chain, entry)).toEqual(id);
    expect(group.act('ben', { type: 'erase-body', leaf, entry })).toBe('ok');
    expect(group.state.get('erasure', id)).toEqual({ leaf, member: group.idOf('ben'), time: group.time });
    expect(group.state.get('erasure-count', SINGLETON)).toEqual({ count: 1 });
  });

  test('is erased by its author from another device, and once the key that signed it was left behind', () => {
    const group = Group.of();
    group.addDevice('ben', 'phone');
    const { leaf, entry } = written(group, 'ben');
    group.tamper((draft) => {
      draft.delete('device', group.keyOf('ben'));
      draft.put('retired', group.keyOf('ben'), { member: group.idOf('ben'), since: group.time });
    });
    expect(group.act('phone', { type: 'erase-body', leaf, entry })).toBe('ok');
  });

  test('is erased by the federation once enough have approved, whoever wrote it; its proposal stays', () => {
    const group = Group.of();
    const { leaf } = written(group, 'ben');
    const change = eraseLast(group);
    const id = group.last;
    const proposal = group.proposed('alice', change);
    expect(group.state.get('erasure', id)).toBeUndefined();
    expect(group.approve('bob', proposal)).toBe('ok');
    expect(group.state.get('erasure', id)).toEqual({ leaf, member: undefined, time: group.time });
    group.pass(400 * DAY_MS);
    expect(group.proposalOf(proposal)).toMatchObject({ status: 'approved', proposer: group.idOf('alice') });
  });

  test('of which its author thinks first is not erased again by a proposal that waits', () => {
    const group = Group.of();
    const { leaf, entry } = written(group, 'ben');
    const proposal = group.proposed('alice', eraseLast(group));
    expect(group.act('ben', { type: 'erase-body', leaf, entry })).toBe('ok');
    expect(group.approve('bob', proposal)).toBe('ok');
    expect(group.proposalOf(proposal)).toMatchObject({ status: 'cancelled' });
    expect(group.state.get('erasure-count', SINGLETON)).toEqual({ count: 1 });
  });
});
