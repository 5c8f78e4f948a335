/** Requests: who asks for what, who decides, and what comes of it, exact by the order of the chain. */
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { BLOCK_EXPIRIES_MAX, CLOSED_REQUEST_KEPT_MS, DAY_MS, REQUESTS_OPEN_MAX, SECOND_MS } from '../../src/core/base/limits.ts';
import { trustSetOf } from '../../src/core/membership/facts.ts';
import { stateKeyHash } from '../../src/core/membership/state.ts';
import { consortiumRules, membersApproveRules } from '../../src/core/policy/templates.ts';
import { approvals, Group, INVITATION, NEVER, OPERATOR, twoApprove } from '../support/group.ts';
import { hashOf, keyOf, refOf } from '../support/world.ts';
import { fillRequests, fillRequestsOf } from './membership-refusals-asking.ts';

/** Zoe asks by a link of alice's to be a writer. */
function zoeAsks(group = Group.of()) {
  group.invite('alice', 'link', { uses: 3 });
  return { group, id: group.asks('zoe', 'link') };
}

describe('a link that reached a whole town', () => {
  test('keeps nobody out whom another member invites', () => {
    const group = Group.of();
    fillRequestsOf('alice')(group);
    group.invite('alice', 'one more');
    group.invite('bob', 'of bob');
    expect(group.join('zoe', 'one more')).toBe('too-many-pending');
    expect(group.join('zoe', 'of bob')).toBe('ok');
  });
});

describe('who joins where two must approve', () => {
  test('waits, uses the link, and is in with the second approval', () => {
    const { group, id } = zoeAsks();
    expect(group.member('zoe')).toBeUndefined();
    expect(group.request(id)).toMatchObject({ kind: 'join', role: 'writer', status: 'pending', invitation: group.idOfLink('link') });
    expect(group.invitation('link')).toMatchObject({ used: 1, descendants: 1, status: 'live' });
    expect(group.entry('zoe')).toBe('unknown-sender');
    expect(group.approve('bob', id)).toBe('ok');
    expect(group.member('zoe')).toBeUndefined();
    const leaf = group.leaves;
    expect(group.approve('cid', id)).toBe('ok');
    expect(group.member('zoe')).toMatchObject({ roles: ['writer'], since: group.time, request: id, invitation: group.idOfLink('link') });
    expect(group.request(id)).toMatchObject({ status: 'approved', ended: group.time });
    expect(group.request(id)?.yes).toEqual([
      { member: group.idOf('bob'), leaf: leaf - 1, time: group.time - SECOND_MS },
      { member: group.idOf('cid'), leaf, time: group.time },
    ]);
    expect(group.agenda.requests).toEqual([]);
    expect(group.entry('zoe')).toBe('ok');
    expect(group.census?.members).toBe(7);
  });

  test('is not in by two devices of one member, nor by one twice', () => {
    const { group, id } = zoeAsks();
    group.addDevice('bob', 'bob’s phone');
    expect(group.approve('bob', id)).toBe('ok');
    expect(group.approve('bob’s phone', id)).toBe('already-decided');
    expect(group.approve('bob', id)).toBe('already-decided');
    expect(group.reject('bob’s phone', id)).toBe('already-decided');
    expect(group.request(id)?.yes).toHaveLength(1);
  });

  test('is turned away when two of three say no: approvals cannot be reached', () => {
    const { group, id } = zoeAsks();
    expect(group.reject('alice', id)).toBe('ok');
    expect(group.request(id)?.status).toBe('pending');
    expect(group.reject('bob', id)).toBe('ok');
    expect(group.request(id)).toMatchObject({ status: 'rejected', ended: group.time });
    expect(group.invitation('link')).toMatchObject({ used: 1, descendants: 0 });
    expect(group.approve('cid', id)).toBe('request-rejected');
  });

  test('cannot open one request twice', () => {
    const group = Group.of();
    group.invite('alice', 'link', { uses: 3 });
    const join = group.transaction('zoe', group.joinAction('zoe', 'link'));
    expect(group.block(join, join)).toEqual(['ok', 'duplicate']);
    group.reject('alice', join.id);
    group.reject('bob', join.id);
    expect(group.submit(join)).toBe('duplicate');
    expect(group.invitation('link')?.used).toBe(1);
    expect(group.join('zoe', 'link')).toBe('ok');
    expect(group.join('zoe', 'link')).toBe('request-pending');
  });

  test('has waited long enough after 14 days', () => {
    const { group, id } = zoeAsks();
    group.approve('bob', id);
    group.pass(14 * DAY_MS);
    expect(group.request(id)).toMatchObject({ status: 'expired', ended: group.time });
    expect(group.agenda.requests).toEqual([]);
    expect(group.approve('cid', id)).toBe('request-expired');
    group.pass(CLOSED_REQUEST_KEPT_MS);
    expect(group.request(id)).toBeUndefined();
    expect(group.approve('cid', id)).toBe('request-unknown');
  });

  test('has waited too long even where more run out than one block closes', () => {
    const group = Group.of();
    fillRequests(group);
    // Those last in key order are closed last.
    const byKey = (id: Hash) => toHex(stateKeyHash('request', id));
    const last = [...group.agenda.requests].sort((a, b) => (byKey(a) < byKey(b) ? -1 : 1)).at(-1) ?? group.chain;
    group.time += 15 * DAY_MS;
    expect(group.approve('alice', last)).toBe('request-expired');
    expect(group.request(last)?.status).toBe('pending');
    expect(group.agenda.requests).toHaveLength(REQUESTS_OPEN_MAX - BLOCK_EXPIRIES_MAX);
  });

  test('stays a member of whom the chain says why, for good', () => {
    const { group, id } = zoeAsks();
    group.approve('bob', id);
    group.approve('cid', id);
    group.pass(1000 * DAY_MS);
    expect(group.request(id)).toMatchObject({ status: 'approved' });
  });
});

describe('two decisions that race', () => {
  test('two that would each be enough: the first is, the second comes too late', () => {
    for (const [type, late, status] of [
      ['approve', 'request-closed', 'approved'],
      ['reject', 'request-rejected', 'rejected'],
    ] as const) {
      for (const order of [
        ['bob', 'cid'],
        ['cid', 'bob'],
      ]) {
        const { group, id } = zoeAsks();
        group.act('alice', group.decision(type, id));
        const both = order.map((name) => group.transaction(name, group.decision(type, id)));
        expect(group.block(...both)).toEqual(['ok', late]);
        expect(group.request(id)?.status).toBe(status);
      }
    }
  });

  test('a yes and a no of one member by two devices: the first decides', () => {
    for (const [first, second, late, status] of [
      ['approve', 'reject', 'request-closed', 'approved'],
      ['reject', 'approve', 'request-rejected', 'rejected'],
    ] as const) {
      const { group, id } = zoeAsks();
      group.addDevice('cid', 'cid’s phone');
      group.approve('alice', id);
      group.reject('bob', id);
      const one = group.transaction('cid', group.decision(first, id));
      const other = group.transaction('cid’s phone', group.decision(second, id));
      expect(group.block(one, other)).toEqual(['ok', late]);
      expect(group.request(id)?.status).toBe(status);
    }
  });

  test('an approval and the leaving of who gave the other: by their order', () => {
    for (const order of ['leave first', 'approval first']) {
      const { group, id } = zoeAsks();
      group.approve('bob', id);
      const leave = group.transaction('bob', { type: 'leave' });
      const approval = group.transaction('cid', group.decision('approve', id));
      const outcomes = group.block(...(order === 'leave first' ? [leave, approval] : [approval, leave]));
      expect(outcomes).toEqual(['ok', 'ok']);
      expect(group.request(id)?.status, order).toBe(order === 'leave first' ? 'pending' : 'approved');
    }
  });
});

describe('a decision counts for nothing', () => {
  test('on another chain, about another request, for another role, under another rule, or too late', () => {
    const { group, id } = zoeAsks();
    const other = group.asks('yan', 'link');
    const decision = group.decision('approve', id);
    expect(group.act('bob', decision, { chain: hashOf('another chain') })).toBe('wrong-chain');
    expect(group.act('bob', decision, { expiry: group.time })).toBe('expired');
    expect(group.act('bob', { ...decision, basis: hashOf('another rule') } as typeof decision)).toBe('rule-changed');
    expect(group.act('bob', { ...decision, subject: hashOf('nothing') } as typeof decision)).toBe('request-unknown');
    expect(group.approve('bob', other)).toBe('ok');
    expect(group.request(id)?.yes).toEqual([]);
  });

  test('by anybody but the federation', () => {
    const { group, id } = zoeAsks();
    for (const name of ['val', 'ben', 'olga']) expect(group.approve(name, id)).toBe('not-allowed');
    for (const name of ['val', 'ben', 'olga']) expect(group.reject(name, id)).toBe('not-allowed');
    expect(group.approve('zoe', id)).toBe('unknown-sender');
    group.addDevice('bob', 'bob’s reader', 0b110);
    expect(group.approve('bob’s reader', id)).toBe('not-allowed');
  });
});

describe('a closed invitation for several', () => {
  const open = () => {
    const group = Group.of(twoApprove({}, { writer: { rule: INVITATION, inviters: 0b1100 } }));
    expect(group.invite('ben', 'closed', { uses: 3, shared: false })).toBe('ok');
    return { group, id: group.asks('zoe', 'closed') };
  };

  test('asks its issuer at each join, and nobody else', () => {
    const { group, id } = open();
    expect(group.request(id)?.status).toBe('pending');
    expect(group.approve('olga', id)).toBe('not-allowed');
    expect(group.approve('bob', id)).toBe('ok');
    expect(group.approve('ben', id)).toBe('ok');
    expect(group.member('zoe')).toMatchObject({ roles: ['writer'], left: false });
  });

  test('is not answered by a device of its issuer that may not invite', () => {
    const { group, id } = open();
    group.addDevice('ben', 'ben’s reader', 0b10);
    expect(group.approve('ben’s reader', id)).toBe('not-allowed');
  });

  test('lets nobody in to whom the issuer says no', () => {
    const { group, id } = open();
    expect(group.reject('ben', id)).toBe('ok');
    expect(group.request(id)?.status).toBe('rejected');
  });

  test('asks the rule’s approvals besides, among which the issuer counts only if it decides', () => {
    const group = Group.of();
    group.invite('alice', 'closed', { uses: 3, shared: false });
    const id = group.asks('zoe', 'closed');
    group.approve('bob', id);
    group.approve('cid', id);
    expect(group.request(id)?.status).toBe('pending');
    expect(group.approve('alice', id)).toBe('ok');
    expect(group.request(id)?.status).toBe('approved');
    const second = group.asks('yan', 'closed');
    group.approve('alice', second);
    expect(group.request(second)?.status).toBe('pending');
    group.approve('bob', second);
    expect(group.request(second)?.status).toBe('approved');

    const byWriter = Group.of(twoApprove({}, { writer: { inviters: 0b1100 } }));
    byWriter.invite('ben', 'closed', { uses: 3, shared: false });
    const third = byWriter.asks('zoe', 'closed');
    byWriter.approve('ben', third);
    byWriter.approve('bob', third);
    expect(byWriter.request(third)).toMatchObject({ status: 'pending', yes: [{}, {}] });
    byWriter.approve('cid', third);
    expect(byWriter.request(third)?.status).toBe('approved');
  });

  test('closes to those who wait when its issuer goes, is suspended, or may invite no longer', () => {
    const gone = open();
    gone.group.leave('ben');
    expect(gone.group.request(gone.id)?.status).toBe('cancelled');
    const suspended = open();
    suspended.group.agree({ type: 'suspend', members: [suspended.group.idOf('ben')] }, 'alice', 'bob');
    expect(suspended.group.request(suspended.id)?.status).toBe('cancelled');
    const demoted = open();
    demoted.group.agree({ type: 'withdraw', member: demoted.group.idOf('ben'), role: 'writer' }, 'alice', 'bob');
    expect(demoted.group.request(demoted.id)?.status).toBe('cancelled');
    expect(demoted.group.invitation('closed')?.status).toBe('revoked');
  });

  test('for one lets in whoever holds it', () => {
    const { group } = open();
    group.invite('ben', 'for one', { shared: false });
    expect(group.join('yan', 'for one')).toBe('ok');
    expect(group.member('yan')).toBeDefined();
  });
});

describe('a member asks for a role', () => {
  test('and has it besides its others when two approve', () => {
    const group = Group.of();
    expect(group.requestRole('ben', 'gateway', OPERATOR)).toBe('ok');
    const id = group.last;
    group.approve('alice', id);
    group.approve('cid', id);
    expect(group.member('ben')).toMatchObject({ roles: ['writer', 'gateway'], operator: OPERATOR });
    expect(group.request(id)).toMatchObject({ kind: 'role', subject: group.idOf('ben'), status: 'approved' });
    expect(group.requestRole('ben', 'gateway')).toBe('role-held');
  });

  test('a validator waits as a candidate for its seat, an auditor is listed with its note key', () => {
    const group = Group.of();
    group.requestRole('ben', 'validator');
    const id = group.last;
    group.approve('alice', id);
    group.approve('cid', id);
    expect(group.namesOf(group.agenda.candidates)).toEqual(['ben']);
    expect(group.seats).not.toContain('ben');
    group.tamper((draft) =>
      draft.put('office', group.idOf('olga'), {
        node: keyOf('olga'),
        vote: undefined,
        note: keyOf('olga, note'),
        versions: [1],
        ready: group.time,
        endpoints: [],
      }),
    );
    group.requestRole('olga', 'auditor');
    const audit = group.last;
    group.approve('alice', audit);
    group.approve('cid', audit);
    expect(trustSetOf(group.state).auditors).toEqual([{ member: group.idOf('olga'), note: keyOf('olga, note') }]);
  });

  test('and is refused at once what nobody could approve', () => {
    const group = Group.of(twoApprove({}, { gateway: { rule: NEVER }, relay: { rule: INVITATION } }));
    expect(group.requestRole('ben', 'gateway')).toBe('not-allowed');
    expect(group.requestRole('ben', 'relay')).toBe('not-allowed');
  });

  test('which is cancelled where something stands against it when it is approved', () => {
    const group = Group.of(twoApprove({}, { relay: { cap: 1 } }));
    group.requestRole('ben', 'relay');
    const ben = group.last;
    group.requestRole('olga', 'relay');
    const olga = group.last;
    for (const id of [ben, olga]) group.approve('alice', id);
    expect(group.approve('bob', ben)).toBe('ok');
    expect(group.approve('bob', olga)).toBe('ok');
    expect([group.request(ben)?.status, group.request(olga)?.status]).toEqual(['approved', 'cancelled']);
    expect(group.member('olga')?.roles).toEqual(['observer']);
  });
});

describe('a knock', () => {
  test('comes in with the first approval, and lets in with the second', () => {
    const group = Group.of();
    const knock = group.knockOf('zoe');
    const id = group.knockId(knock);
    expect(group.approve('alice', id, { knock })).toBe('ok');
    expect(group.request(id)).toMatchObject({ kind: 'knock', status: 'pending', invitation: undefined, yes: [{}] });
    // Whoever carries it in again merely decides.
    expect(group.approve('bob', id, { knock })).toBe('ok');
    expect(group.member('zoe')).toMatchObject({ roles: ['writer'], invitation: undefined, request: id });
    expect(group.approve('cid', id, { knock })).toBe('request-closed');
  });

  test('may be turned away by those who would have to approve, and stays turned away', () => {
    const group = Group.of();
    const knock = group.knockOf('zoe');
    const id = group.knockId(knock);
    expect(group.reject('alice', id, { knock })).toBe('ok');
    expect(group.reject('bob', id)).toBe('ok');
    expect(group.request(id)?.status).toBe('rejected');
    expect(group.approve('cid', id, { knock })).toBe('request-rejected');
  });

  test('asks for one approval at least, and has nothing more to ask when its maker joins by a link', () => {
    const group = Group.of(twoApprove({}, { writer: { rule: { type: 'anyOf', rules: [INVITATION, approvals(1)] } } }));
    const knock = group.knockOf('zoe');
    expect(group.approve('alice', group.knockId(knock), { knock })).toBe('ok');
    expect(group.member('zoe')).toBeDefined();
    const second = group.knockOf('yan');
    group.reject('alice', group.knockId(second), { knock: second });
    group.invite('alice', 'link');
    expect(group.join('yan', 'link')).toBe('ok');
    expect(group.request(group.knockId(second))?.status).toBe('cancelled');
    expect(group.agenda.requests).toEqual([]);
  });
});

describe('the templates', () => {
  test('members approve: a link or a knock asks, M of the federation let in', () => {
    const group = Group.of(membersApproveRules(2));
    group.invite('alice', 'link');
    const id = group.asks('zoe', 'link');
    group.approve('alice', id);
    group.approve('bob', id);
    expect(group.member('zoe')).toBeDefined();
    expect(group.requestRole('ben', 'federation')).toBe('ok');
  });

  test('consortium: nobody without a link, infrastructure says what it runs, suspending is faster than removing', () => {
    const group = Group.of(consortiumRules(3));
    group.invite('alice', 'link');
    const id = group.asks('zoe', 'link');
    expect(group.approve('bob', id)).toBe('ok');
    expect(group.member('zoe')).toBeDefined();
    const knock = group.knockOf('yan');
    expect(group.approve('alice', group.knockId(knock), { knock })).toBe('knocks-closed');
    expect(group.requestRole('ben', 'relay')).toBe('operator-missing');
    expect(group.requestRole('ben', 'relay', { ...OPERATOR, checklist: 3 })).toBe('operator-missing');
    expect(group.requestRole('ben', 'relay', OPERATOR)).toBe('ok');
    const suspension = group.proposed('alice', { type: 'suspend', members: [group.idOf('olga')] });
    group.approve('bob', suspension);
    expect(group.proposalOf(suspension)?.status).toBe('approved');
    const removal = group.proposed('alice', { type: 'remove', members: [group.idOf('olga')] });
    group.approve('bob', removal);
    expect(group.proposalOf(removal)?.status).toBe('pending');
  });
});

test('a name that asks is kept with the request', () => {
  const { group, id } = zoeAsks();
  expect(group.request(id)?.name).toEqual(refOf('zoe'));
});
