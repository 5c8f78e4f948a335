/** Governance: changes that federation members propose and approve, what follows from them, and what they can never do. */
import { describe, expect, test } from 'vitest';
import { CLOSED_REQUEST_KEPT_MS, DAY_MS, SECOND_MS } from '../../src/core/base/limits.ts';
import { CHANGE_NUMBERS, type Change, type ChangeKind } from '../../src/core/codec/governance.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import { trustSetOf } from '../../src/core/membership/facts.ts';
import { federationOf } from '../../src/core/membership/federation.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';
import { approvals, Group, INVITATION, NEVER, OPERATOR, twoApprove } from '../support/group.ts';
import { openLink, planOf, recovering, recoveryOf } from '../support/keys-world.ts';
import { founderOf, genesisOf, hashOf, keyOf, World } from '../support/world.ts';

const DAN: readonly (readonly [string, readonly Role[]])[] = [['dan', ['federation']]];

/** Rules by which so many must approve these kinds of change. */
function governed(kinds: { readonly [K in ChangeKind]?: number }, changes: Parameters<typeof twoApprove>[0] = {}) {
  const governance = Object.entries(kinds).map(([kind, count]) => ({ kind: CHANGE_NUMBERS[kind as ChangeKind], approvals: count }));
  return twoApprove({ governance, ...changes });
}

const ids = (group: Group, ...names: readonly string[]) => names.map((name) => group.idOf(name));

describe('a change', () => {
  test('takes effect in the block of the approval that makes the majority', () => {
    const group = Group.of();
    const id = group.proposed('alice', { type: 'grant', member: group.idOf('ben'), role: 'federation' });
    expect(group.proposalOf(id)).toMatchObject({
      status: 'pending',
      proposer: group.idOf('alice'),
      yes: [{ member: group.idOf('alice') }],
    });
    expect(group.member('ben')?.roles).toEqual(['writer']);
    expect(group.approve('alice', id)).toBe('already-decided');
    expect(group.approve('bob', id)).toBe('ok');
    expect(group.member('ben')?.roles).toEqual(['writer', 'federation']);
    expect(group.proposalOf(id)).toMatchObject({ status: 'approved', ended: group.time });
    expect(group.agenda.proposals).toEqual([]);
    expect(group.approve('cid', id)).toBe('request-closed');
  });

  test('takes effect at once where one approval is enough', () => {
    const group = Group.of(governed({ grant: 1 }));
    const id = group.proposed('alice', { type: 'grant', member: group.idOf('ben'), role: 'gateway' });
    expect(group.proposalOf(id)?.status).toBe('approved');
    expect(group.member('ben')?.roles).toEqual(['writer', 'gateway']);
  });

  test('is off when too many say no, and when nobody decides for 14 days', () => {
    const group = Group.of();
    const change: Change = { type: 'remove', members: ids(group, 'olga') };
    const rejected = group.proposed('alice', change);
    group.reject('bob', rejected);
    expect(group.proposalOf(rejected)?.status).toBe('pending');
    group.reject('cid', rejected);
    expect(group.proposalOf(rejected)?.status).toBe('rejected');
    const expired = group.proposed('alice', change);
    group.pass(14 * DAY_MS);
    expect(group.proposalOf(expired)?.status).toBe('expired');
    expect(group.approve('bob', expired)).toBe('request-expired');
    expect(group.member('olga')?.left).toBe(false);
    group.pass(CLOSED_REQUEST_KEPT_MS);
    expect(group.proposalOf(expired)).toBeUndefined();
  });

  test('that gave a role is kept for good: it says why a member has it', () => {
    const group = Group.of();
    group.agree({ type: 'grant', member: group.idOf('ben'), role: 'gateway' }, 'alice', 'bob');
    const granted = group.last;
    expect(granted).toBeDefined();
    group.agree({ type: 'remove', members: ids(group, 'olga') }, 'alice', 'bob');
    group.pass(400 * DAY_MS);
    expect([...group.state.all('proposal')].map(({ value }) => value.change.type)).toEqual(['grant']);
  });

  test('is nobody’s to propose or approve but the federation’s', () => {
    const group = Group.of();
    const change: Change = { type: 'suspend', members: ids(group, 'bob') };
    for (const name of ['val', 'ben', 'olga']) expect(group.propose(name, change)).toBe('not-allowed');
    const id = group.proposed('alice', change);
    for (const name of ['val', 'ben', 'olga']) expect(group.approve(name, id)).toBe('not-allowed');
  });
});

describe('removal', () => {
  test('takes a member out for good, with its key, links, requests and approvals', () => {
    const group = Group.of(twoApprove(), DAN);
    group.invite('ben', 'never allowed');
    group.invite('bob', 'link of bob', { uses: 2 });
    group.invite('alice', 'link');
    const zoe = group.asks('zoe', 'link');
    group.approve('bob', zoe);
    const proposal = group.proposed('alice', { type: 'grant', member: group.idOf('ben'), role: 'gateway' });
    group.approve('bob', proposal);
    const own = group.proposed('bob', { type: 'remove', members: ids(group, 'olga') });
    group.requestRole('bob', 'relay');
    const asked = group.last;

    group.agree({ type: 'remove', members: ids(group, 'bob') }, 'alice', 'cid', 'dan');

    expect(group.member('bob')).toMatchObject({ left: true, roles: [], devices: [] });
    expect(group.state.get('retired', keyOf('bob'))).toBeDefined();
    expect(group.invitation('link of bob')).toMatchObject({ status: 'revoked' });
    expect(group.request(zoe)).toMatchObject({ status: 'pending', yes: [] });
    expect(group.request(asked)?.status).toBe('cancelled');
    expect(group.proposalOf(own)?.status).toBe('cancelled');
    // Of three two are more than half now; alice's is the one approval left.
    expect(group.proposalOf(proposal)).toMatchObject({ status: 'pending', yes: [{ member: group.idOf('alice') }] });
    expect(group.entry('bob')).toBe('key-retired');
    expect(group.join('yan', 'link of bob')).toBe('invitation-revoked');
    group.approve('cid', zoe);
    expect(group.request(zoe)?.status).toBe('pending');
  });

  test('of a leaked link’s people takes out all who are listed and still here', () => {
    const group = Group.of(openLinkRules());
    group.invite('ben', 'leaked', { uses: 0 });
    for (const name of ['zoe', 'yan', 'dan']) expect(group.join(name, 'leaked')).toBe('ok');
    const listed = [...group.state.all('member')].filter(({ value }) => value.invitation !== undefined).length;
    expect(listed).toBe(3);
    const id = group.proposed('alice', { type: 'remove', members: ids(group, 'zoe', 'yan', 'dan') });
    expect(group.leave('dan')).toBe('ok');
    group.approve('bob', id);
    expect(group.proposalOf(id)?.status).toBe('approved');
    for (const name of ['zoe', 'yan', 'dan']) expect(group.member(name)).toMatchObject({ left: true });
    expect(group.invitation('leaked')).toMatchObject({ status: 'live', descendants: 0 });
    expect(group.census).toMatchObject({ members: 6, liveInvitations: 1 });
  });

  test('of people who have all left meanwhile is cancelled', () => {
    const group = Group.of();
    const id = group.proposed('alice', { type: 'remove', members: ids(group, 'olga') });
    group.leave('olga');
    group.approve('bob', id);
    expect(group.proposalOf(id)?.status).toBe('cancelled');
  });

  test('of a validator frees its seat', () => {
    const group = Group.of();
    expect(group.seats.toSorted()).toEqual(['alice', 'val']);
    group.agree({ type: 'remove', members: ids(group, 'val') }, 'alice', 'bob');
    expect(group.seats).toEqual(['alice']);
    expect(group.state.get('office', group.idOf('val'))).toBeUndefined();
  });

  test('of a decider who approved its own removal still holds', () => {
    const group = Group.of(twoApprove({ governance: [{ kind: CHANGE_NUMBERS.remove, approvals: 2 }] }));
    const id = group.proposed('bob', { type: 'remove', members: ids(group, 'bob') });
    group.approve('alice', id);
    expect(group.proposalOf(id)?.status).toBe('approved');
    expect(group.member('bob')?.left).toBe(true);
  });
});

describe('suspension', () => {
  const suspended = () => {
    const group = Group.of(twoApprove(), [['aud', ['auditor']]]);
    group.agree({ type: 'suspend', members: ids(group, 'ben', 'val', 'aud') }, 'alice', 'bob');
    return group;
  };

  test('takes all rights for as long as the rules say, and ends by itself', () => {
    const group = suspended();
    expect(group.member('ben')).toMatchObject({ suspendedUntil: group.time + 7 * DAY_MS, roles: ['writer'], left: false });
    expect(group.entry('ben')).toBe('not-allowed');
    expect(group.requestRole('ben', 'relay')).toBe('suspended');
    group.pass(7 * DAY_MS - 4 * SECOND_MS);
    expect(group.entry('ben')).toBe('not-allowed');
    expect(group.entry('ben')).toBe('ok');
    expect(group.member('ben')?.suspendedUntil).toBeUndefined();
  });

  test('frees a seat and takes an auditor off the list; afterwards the one is a candidate and the other listed again', () => {
    const group = suspended();
    expect(group.seats).toEqual(['alice']);
    expect(trustSetOf(group.state).auditors).toEqual([]);
    expect(group.agenda.candidates).toEqual([]);
    group.pass(7 * DAY_MS);
    expect(group.namesOf(group.agenda.candidates)).toEqual(['val']);
    expect(group.state.get('office', group.idOf('val'))).toMatchObject({ vote: keyOf('val, vote'), note: keyOf('val, note') });
    expect(trustSetOf(group.state).auditors).toEqual([{ member: group.idOf('aud'), note: keyOf('aud, note') }]);
  });

  test('cancels what was left open, and nothing of it comes back', () => {
    const group = Group.of(twoApprove(), DAN);
    group.invite('alice', 'link');
    group.invite('bob', 'link of bob', { uses: 2 });
    const zoe = group.asks('zoe', 'link');
    group.approve('bob', zoe);
    const own = group.proposed('bob', { type: 'remove', members: ids(group, 'olga') });
    group.agree({ type: 'suspend', members: ids(group, 'bob') }, 'alice', 'cid', 'dan');
    expect(group.request(zoe)?.yes).toEqual([]);
    expect(group.proposalOf(own)?.status).toBe('cancelled');
    expect(group.invitation('link of bob')?.status).toBe('revoked');
    expect(group.approve('bob', zoe)).toBe('not-allowed');
    group.pass(7 * DAY_MS);
    group.approve('alice', zoe);
    expect(group.request(zoe)?.status).toBe('pending');
    expect(group.approve('bob', zoe)).toBe('ok');
    expect(group.request(zoe)?.status).toBe('approved');
  });

  test('may be extended, and of who has left meanwhile is passed over', () => {
    const group = suspended();
    group.pass(6 * DAY_MS);
    group.agree({ type: 'suspend', members: ids(group, 'ben') }, 'alice', 'bob');
    expect(group.member('ben')?.suspendedUntil).toBe(group.time + 7 * DAY_MS);
    const id = group.proposed('alice', { type: 'suspend', members: ids(group, 'ben', 'olga') });
    expect(group.leave('olga')).toBe('ok');
    group.approve('bob', id);
    expect(group.member('olga')).toMatchObject({ left: true, suspendedUntil: undefined });
  });

  test('lets a member leave', () => {
    const group = suspended();
    expect(group.leave('ben')).toBe('ok');
    group.pass(30 * DAY_MS);
    expect(group.member('ben')).toMatchObject({ left: true, roles: [], suspendedUntil: undefined });
  });
});

describe('roles', () => {
  test('are withdrawn one by one, down to none, and with them what they alone allowed', () => {
    const group = Group.of(openLinkRules());
    group.invite('ben', 'by ben', { uses: 2 });
    group.agree({ type: 'grant', member: group.idOf('ben'), role: 'gateway' }, 'alice', 'bob');
    group.agree({ type: 'withdraw', member: group.idOf('ben'), role: 'writer' }, 'alice', 'bob');
    expect(group.member('ben')?.roles).toEqual(['gateway']);
    expect(group.entry('ben')).toBe('not-allowed');
    expect(group.invitation('by ben')?.status).toBe('revoked');
    group.agree({ type: 'withdraw', member: group.idOf('ben'), role: 'gateway' }, 'alice', 'bob');
    expect(group.member('ben')).toMatchObject({ roles: [], left: false });
  });

  test('of the federation take their decisions with them', () => {
    const group = Group.of(twoApprove(), DAN);
    group.invite('alice', 'link');
    group.invite('bob', 'for a reader', { role: 'observer', uses: 2 });
    const zoe = group.asks('zoe', 'link');
    group.approve('bob', zoe);
    group.agree({ type: 'withdraw', member: group.idOf('bob'), role: 'federation' }, 'alice', 'cid', 'dan');
    expect(group.request(zoe)?.yes).toEqual([]);
    expect(group.approve('bob', zoe)).toBe('not-allowed');
    group.agree({ type: 'grant', member: group.idOf('bob'), role: 'federation' }, 'alice', 'cid');
    expect(group.request(zoe)?.yes).toEqual([]);
  });

  test('of a validator withdrawn free its seat at once; of a candidate, its place in the line', () => {
    const group = Group.of();
    group.agree({ type: 'withdraw', member: group.idOf('val'), role: 'validator' }, 'alice', 'bob');
    expect(group.seats).toEqual(['alice']);
    group.agree({ type: 'grant', member: group.idOf('val'), role: 'validator' }, 'alice', 'bob');
    expect(group.namesOf(group.agenda.candidates)).toEqual(['val']);
    expect(group.seats).toEqual(['alice']);
    group.agree({ type: 'withdraw', member: group.idOf('val'), role: 'validator' }, 'alice', 'bob');
    expect(group.agenda.candidates).toEqual([]);
  });

  test('that ask for operator information are granted to who has told it', () => {
    const group = Group.of(twoApprove({ approvedSoftware: [3] }, { relay: { operatorMask: 31 }, gateway: { operatorMask: 8 } }));
    const grant: Change = { type: 'grant', member: group.idOf('ben'), role: 'gateway' };
    expect(group.propose('alice', grant)).toBe('operator-missing');
    expect(group.requestRole('ben', 'relay', { ...OPERATOR, software: 4 })).toBe('software-not-approved');
    expect(group.requestRole('ben', 'relay', OPERATOR)).toBe('ok');
    const id = group.last;
    group.approve('alice', id);
    group.approve('bob', id);
    expect(group.propose('alice', grant)).toBe('ok');
    expect(group.requestRole('ben', 'validator')).toBe('ok');
  });
});

describe('where a member can be dialled', () => {
  test('is changed by governance for whoever has registered its keys', () => {
    const group = Group.of();
    const endpoints = [new TextEncoder().encode('/dns4/val.example/tcp/443/wss')];
    group.agree({ type: 'endpoints', member: group.idOf('val'), endpoints }, 'alice', 'bob');
    expect(group.state.get('office', group.idOf('val'))).toMatchObject({ endpoints, vote: keyOf('val, vote'), node: keyOf('val') });
    expect(group.seats).toContain('val');
    group.agree({ type: 'endpoints', member: group.idOf('val'), endpoints: [] }, 'alice', 'bob');
    expect(group.state.get('office', group.idOf('val'))?.endpoints).toEqual([]);
    expect(group.propose('alice', { type: 'endpoints', member: group.idOf('ben'), endpoints })).toBe('not-ready');
  });
});

describe('new rules', () => {
  test('make what waits begin anew where its own rule changed, and only there', () => {
    const group = Group.of();
    group.invite('alice', 'link', { uses: 2 });
    group.invite('alice', 'to read', { role: 'observer' });
    const [writes, reads] = [group.asks('zoe', 'link'), group.asks('yan', 'to read')];
    for (const id of [writes, reads]) group.approve('bob', id);
    const old = group.basisOf(writes);
    group.agree({ type: 'rules', rules: twoApprove({}, { writer: { rule: approvals(3) } }) }, 'alice', 'bob');
    expect(group.request(writes)).toMatchObject({ status: 'pending', yes: [], no: [] });
    expect(group.request(reads)?.yes).toHaveLength(1);
    expect(group.approve('cid', writes, { basis: old })).toBe('rule-changed');
    for (const name of ['alice', 'bob', 'cid']) expect(group.approve(name, writes)).toBe('ok');
    expect(group.request(writes)?.status).toBe('approved');
  });

  test('that ask for nobody’s approval let in at once who waits, and rules that let nobody in end the wait', () => {
    const group = Group.of();
    group.invite('alice', 'link');
    group.invite('alice', 'to read', { role: 'observer' });
    const [writes, reads] = [group.asks('zoe', 'link'), group.asks('yan', 'to read')];
    group.agree({ type: 'rules', rules: twoApprove({}, { writer: { rule: INVITATION }, observer: { rule: NEVER } }) }, 'alice', 'bob');
    expect(group.request(writes)).toMatchObject({ status: 'approved', yes: [] });
    expect(group.member('zoe')?.roles).toEqual(['writer']);
    expect(group.request(reads)?.status).toBe('cancelled');
  });

  test('that ask for other approvals of a change make its proposals begin anew', () => {
    const group = Group.of();
    const remove = group.proposed('alice', { type: 'remove', members: ids(group, 'olga') });
    const grant = group.proposed('alice', { type: 'grant', member: group.idOf('ben'), role: 'gateway' });
    const old = group.basisOf(remove);
    group.agree({ type: 'rules', rules: governed({ remove: 3 }) }, 'alice', 'bob');
    expect(group.proposalOf(remove)).toMatchObject({ status: 'pending', yes: [] });
    expect(group.proposalOf(grant)?.yes).toHaveLength(1);
    expect(group.approve('bob', remove, { basis: old })).toBe('rule-changed');
    for (const name of ['alice', 'bob', 'cid']) expect(group.approve(name, remove)).toBe('ok');
    expect(group.member('olga')?.left).toBe(true);
  });

  test('hand on the network key: the one before must be the present one', () => {
    const [first, second, third] = [hashOf('first'), hashOf('second'), hashOf('third')];
    const withKeys = (...networkKeyHashes: readonly ReturnType<typeof hashOf>[]): Change => ({
      type: 'rules',
      rules: twoApprove({ networkKeyHashes }),
    });
    const group = Group.of(twoApprove({ networkKeyHashes: [first] }));
    for (const change of [withKeys(second), withKeys(second, third), withKeys(first, third)]) {
      expect(group.propose('alice', change)).toBe('rules-unsatisfiable');
    }
    group.agree(withKeys(second, first), 'alice', 'bob');
    expect(group.propose('alice', withKeys(second, third))).toBe('rules-unsatisfiable');
    expect(group.propose('alice', withKeys(second, first))).toBe('ok');
    group.agree(withKeys(second), 'alice', 'bob');
    group.agree(withKeys(), 'alice', 'bob');
    expect(group.propose('alice', withKeys(third, second))).toBe('rules-unsatisfiable');
    group.agree(withKeys(third), 'alice', 'bob');
  });

  test('that would not fit the members there are, or that nobody could meet, are refused', () => {
    const group = Group.of();
    const refused = (rules: ReturnType<typeof twoApprove>) =>
      expect(group.propose('alice', { type: 'rules', rules })).toBe('rules-unsatisfiable');
    refused(twoApprove({}, { federation: { cap: 2 } }));
    refused(twoApprove({}, { writer: { rule: approvals(4) } }));
    refused(twoApprove({}, { relay: { rule: { type: 'token' } } }));
    refused(twoApprove({}, { relay: { operatorMask: 8 } }));
    refused(governed({ remove: 4 }));
    refused(governed({ suspend: 3, remove: 2 }));
    expect(group.propose('alice', { type: 'rules', rules: twoApprove({}, { federation: { cap: 3 } }) })).toBe('ok');
  });
});

test('time takes each thing once, also where a recovery that is due with it has ended it already', () => {
  const names = Array.from({ length: 20 }, (_, i) => `founder ${i}`);
  const founders = [founderOf('val', ['validator']), ...names.map((name) => founderOf(name, ['federation']))];
  const world = new World(genesisOf(founders, { rules: twoApprove(), recovery: recoveryOf() }));
  expect(world.act('anybody', recovering(planOf(world, { federation: [keyOf('val'), keyOf('founder 0')] })))).toBe('ok');
  for (const name of names) {
    expect(world.act(name, openLink(world, `link of ${name}`))).toBe('ok');
    expect(world.act(name, { type: 'request-role', role: 'relay', operator: undefined })).toBe('ok');
  }
  world.pass(20 * DAY_MS);
  expect([...world.state.all('device-link')]).toEqual([]);
  const outcomes = [...world.state.all('request')].map(({ value }) => value.status);
  expect(new Set(outcomes)).toEqual(new Set(['expired', 'cancelled']));
  expect(federationOf(world.state)).toBe(2);
  expect(world.member('val')?.roles).toContain('federation');
});
