/** Guards: each of these tries to leave a chain without validators, or with nobody who could decide, or to decide on what was not shown. */
import { describe, expect, test } from 'vitest';
import type { Hash } from '../../src/core/base/hash.ts';
import { DAY_MS } from '../../src/core/base/limits.ts';
import { CHANGE_NUMBERS, type Change, type ChangeKind } from '../../src/core/codec/governance.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import { activeFederation, federationOf } from '../../src/core/membership/federation.ts';
import { approvals, Group, twoApprove } from '../support/group.ts';

const people = (...names: readonly string[]): readonly (readonly [string, readonly Role[]])[] =>
  names.map((name) => [name, ['federation']]);
const ids = (group: Group, ...names: readonly string[]) => names.map((name) => group.idOf(name));
const remove = (group: Group, ...names: readonly string[]): Change => ({ type: 'remove', members: ids(group, ...names) });
const suspend = (group: Group, ...names: readonly string[]): Change => ({ type: 'suspend', members: ids(group, ...names) });
const asking = (kind: ChangeKind, count: number) => twoApprove({ governance: [{ kind: CHANGE_NUMBERS[kind], approvals: count }] });
const status = (group: Group, id: Hash) => group.proposalOf(id)?.status;

describe('never without validators', () => {
  test('one after the other leaves, and the last may not', () => {
    const group = Group.of();
    expect(group.leave('val')).toBe('ok');
    expect(group.seats).toEqual(['alice']);
    expect(group.leave('alice')).toBe('last-validator');
  });

  test('both at once are in no proposal, and two proposals do not do together what one may not', () => {
    for (const make of [remove, suspend]) {
      const group = Group.of();
      expect(group.propose('bob', make(group, 'alice', 'val'))).toBe('last-validator');
      const [first, second] = [group.proposed('bob', make(group, 'val')), group.proposed('bob', make(group, 'alice'))];
      const outcomes = group.block(...[first, second].map((id) => group.transaction('cid', group.decision('approve', id))));
      // The second is closed by the first in the same block: its approval comes too late, or finds other validators.
      expect(outcomes[0]).toBe('ok');
      expect([status(group, first), status(group, second)]).toEqual(['approved', 'cancelled']);
      expect(group.seats).toEqual(['alice']);
    }
  });

  test('a removal and the leaving of who would be left, in one block and in either order', () => {
    for (const order of ['removal', 'leaving']) {
      const group = Group.of();
      const id = group.proposed('bob', remove(group, 'alice'));
      const removal = group.transaction('cid', group.decision('approve', id));
      const leaving = group.transaction('val', { type: 'leave' });
      const outcomes = group.block(...(order === 'removal' ? [removal, leaving] : [leaving, removal]));
      expect(outcomes).toEqual(order === 'removal' ? ['ok', 'last-validator'] : ['ok', 'request-cancelled']);
      expect(group.seats).toHaveLength(1);
    }
  });

  test('the role is withdrawn from all but the last', () => {
    const group = Group.of();
    group.agree({ type: 'withdraw', member: group.idOf('alice'), role: 'validator' }, 'alice', 'bob');
    expect(group.propose('alice', { type: 'withdraw', member: group.idOf('val'), role: 'validator' })).toBe('last-validator');
    expect(group.propose('alice', remove(group, 'val'))).toBe('last-validator');
    expect(group.leave('val')).toBe('last-validator');
  });
});

describe('never fewer who decide than anything asks for', () => {
  test('neither by leaving, nor by withdrawal, nor by removal of several at once', () => {
    const group = Group.of(twoApprove(), people('dan'));
    expect(group.propose('alice', remove(group, 'bob', 'cid', 'dan'))).toBe('last-federation');
    expect(group.propose('alice', remove(group, 'bob', 'cid', 'dan', 'ben'))).toBe('last-federation');
    expect(group.leave('dan')).toBe('ok');
    expect(group.leave('cid')).toBe('ok');
    expect(group.leave('bob')).toBe('last-federation');
    expect(group.propose('alice', { type: 'withdraw', member: group.idOf('bob'), role: 'federation' })).toBe('last-federation');
    expect(federationOf(group.state)).toBe(2);
  });

  test('nor by two proposals that each leave enough', () => {
    const group = Group.of(twoApprove({}, { writer: { rule: approvals(3) } }), people('dan'));
    const [first, second] = [group.proposed('alice', remove(group, 'cid')), group.proposed('alice', remove(group, 'dan'))];
    for (const id of [first, second]) group.approve('bob', id);
    const outcomes = group.block(
      group.transaction('dan', group.decision('approve', first)),
      group.transaction('cid', group.decision('approve', second)),
    );
    expect(outcomes).toEqual(['ok', 'key-retired']);
    // Of the three that are left two are more than half, so the second was due as well, and met the guard.
    expect([status(group, first), status(group, second)]).toEqual(['approved', 'cancelled']);
    expect(federationOf(group.state)).toBe(3);
  });

  test('by approvals of M for a role, of M for a change, or more than half where nothing is said', () => {
    const byRole = Group.of(twoApprove({}, { gateway: { rule: { type: 'anyOf', rules: [approvals(1), approvals(3)] } } }));
    expect(byRole.leave('cid')).toBe('last-federation');
    const byKind = Group.of(asking('rules', 3));
    expect(byKind.leave('cid')).toBe('last-federation');
    const suspended = Group.of();
    suspended.agree(suspend(suspended, 'cid'), 'alice', 'bob');
    expect(suspended.leave('bob')).toBe('last-federation');
    expect(suspended.propose('alice', suspend(suspended, 'bob'))).toBe('last-federation');
    expect(suspended.leave('cid')).toBe('ok');
    suspended.pass(DAY_MS);
    expect(suspended.propose('alice', remove(suspended, 'bob'))).toBe('last-federation');
  });

  test('so that few who may suspend do not make themselves the majority', () => {
    const group = Group.of(asking('suspend', 1), people('dan', 'vera'));
    for (const name of ['bob', 'cid', 'dan', 'vera']) group.propose('alice', suspend(group, name));
    expect(activeFederation(group.state)).toBe(3);
    expect(group.propose('alice', suspend(group, 'dan', 'vera'))).toBe('last-federation');
    const takeover = group.proposed('alice', { type: 'rules', rules: asking('rules', 1) });
    expect(status(group, takeover)).toBe('pending');
  });

  test('and rules that ask for more than there are, or than can decide, are not taken', () => {
    const group = Group.of();
    expect(group.propose('alice', { type: 'rules', rules: asking('remove', 4) })).toBe('rules-unsatisfiable');
    const waiting = group.proposed('alice', { type: 'rules', rules: asking('rules', 3) });
    expect(group.leave('cid')).toBe('ok');
    // Of two both must approve. What three would have to is cancelled when it is its turn.
    expect(group.approve('bob', waiting)).toBe('ok');
    expect(status(group, waiting)).toBe('cancelled');
    expect(group.propose('alice', { type: 'rules', rules: asking('rules', 2) })).toBe('ok');
  });
});

describe('who leaves takes decisions along, and what waits is judged anew', () => {
  test('a majority that shrinks lets take effect what has it, and what follows from that', () => {
    const group = Group.of(twoApprove(), people('dan'));
    const [first, second] = [group.proposed('alice', remove(group, 'cid')), group.proposed('alice', remove(group, 'olga'))];
    for (const id of [first, second]) group.approve('bob', id);
    expect([status(group, first), status(group, second)]).toEqual(['pending', 'pending']);
    expect(group.leave('dan')).toBe('ok');
    expect([status(group, first), status(group, second)]).toEqual(['approved', 'approved']);
    expect(group.member('cid')?.left).toBe(true);
    expect(group.member('olga')?.left).toBe(true);
  });

  test('approvals that can no longer be reached end a proposal, and a request', () => {
    const group = Group.of(
      twoApprove({ governance: [{ kind: CHANGE_NUMBERS.grant, approvals: 3 }] }, { relay: { rule: approvals(3) } }),
      people('dan'),
    );
    const id = group.proposed('alice', { type: 'grant', member: group.idOf('ben'), role: 'gateway' });
    group.requestRole('olga', 'relay');
    const asked = group.last;
    group.reject('bob', id);
    group.reject('bob', asked);
    expect(group.leave('dan')).toBe('ok');
    expect(status(group, id)).toBe('rejected');
    expect(group.request(asked)?.status).toBe('rejected');
  });
});

describe('a proposal about who validates stands under the validators that were previewed', () => {
  const grant = (group: Group, name: string): Change => ({ type: 'grant', member: group.idOf(name), role: 'validator' });

  test('others, and it is cancelled at the end of the block that changed them; any other proposal stands', () => {
    const group = Group.of();
    const [bound, seat, free] = [
      group.proposed('alice', grant(group, 'ben')),
      group.proposed('alice', suspend(group, 'alice')),
      group.proposed('alice', remove(group, 'olga')),
    ];
    expect(group.leave('val')).toBe('ok');
    expect([bound, seat, free].map((id) => status(group, id))).toEqual(['cancelled', 'cancelled', 'pending']);
    expect(group.approve('bob', bound)).toBe('request-cancelled');
    expect(group.approve('bob', free)).toBe('ok');
    expect(status(group, free)).toBe('approved');
  });

  test('and none is proposed for others than those in force', () => {
    const group = Group.of();
    const trust = group.trust;
    group.leave('val');
    expect(group.act('alice', group.proposal(grant(group, 'ben'), { trust }))).toBe('trust-changed');
    const leaving = Group.of();
    const same = leaving.block(
      leaving.transaction('val', { type: 'leave' }),
      leaving.transaction('alice', leaving.proposal(grant(leaving, 'ben'))),
    );
    expect(same).toEqual(['ok', 'trust-changed']);
  });
});

describe('what stands against a change when its turn comes cancels it', () => {
  const grant = (group: Group): Change => ({ type: 'grant', member: group.idOf('ben'), role: 'gateway' });

  test.each<[string, (group: Group) => void]>([
    ['the member has left', (group) => group.leave('ben')],
    ['it is suspended', (group) => group.agree(suspend(group, 'ben'), 'alice', 'bob')],
    ['it has the role by now', (group) => group.agree(grant(group), 'bob', 'cid')],
    ['the role is full', (group) => group.agree({ type: 'grant', member: group.idOf('olga'), role: 'gateway' }, 'alice', 'bob')],
  ])('%s', (_, meanwhile) => {
    const group = Group.of(twoApprove({}, { gateway: { cap: 1 } }));
    const id = group.proposed('alice', grant(group));
    meanwhile(group);
    expect(group.approve('bob', id)).toBe('ok');
    expect(status(group, id)).toBe('cancelled');
  });

  test('of a request: who would join has joined, has left, or may be told nothing more', () => {
    const group = Group.of(twoApprove({}, { gateway: { cap: 0 } }));
    group.requestRole('ben', 'gateway');
    const asked = group.last;
    group.approve('alice', asked);
    group.agree(grant(group), 'alice', 'bob');
    group.approve('bob', asked);
    expect(group.request(asked)?.status).toBe('cancelled');
    group.requestRole('val', 'relay');
    const seat = group.last;
    group.approve('alice', seat);
    const other = group.requestRole('val', 'gateway');
    expect(other).toBe('ok');
    expect(group.leave('val')).toBe('ok');
    expect(group.request(seat)?.status).toBe('cancelled');
  });

  test('of a role that does not go with one gained meanwhile', () => {
    const group = Group.of();
    group.requestRole('ben', 'auditor');
    const asked = group.last;
    group.approve('alice', asked);
    group.agree({ type: 'grant', member: group.idOf('ben'), role: 'validator' }, 'alice', 'bob');
    group.approve('bob', asked);
    expect(group.request(asked)?.status).toBe('cancelled');
  });
});

test('a role without a rule is given by governance alone', () => {
  const group = Group.of(twoApprove({ roles: [] }));
  expect(group.requestRole('ben', 'gateway')).toBe('not-allowed');
  group.agree({ type: 'grant', member: group.idOf('ben'), role: 'gateway' }, 'alice', 'bob');
  expect(group.member('ben')?.roles).toContain('gateway');
});
