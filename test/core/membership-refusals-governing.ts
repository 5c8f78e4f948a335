/** What proposals must be refused for, where everything else is in order: a line for each named check of each kind of change. */
import { utf8 } from '../../src/core/base/bytes.ts';
import { NAME_BODY_BYTES_MAX, PROPOSALS_OPEN_MAX, PROPOSALS_PER_MEMBER_MAX } from '../../src/core/base/limits.ts';
import type { Change } from '../../src/core/codec/governance.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import type { ActionOf } from '../../src/core/codec/transaction.ts';
import { approvals, type Group, OPERATOR, twoApprove } from '../support/group.ts';
import { hashOf, refOf } from '../support/world.ts';
import type { Case } from './membership-refusals.ts';
import { rulesOf } from './membership-refusals-asking.ts';

type Make = (group: Group) => Change;
const propose =
  (make: Make, changes: Partial<ActionOf<'propose'>> = {}) =>
  (group: Group) =>
    group.proposal(make(group), changes);
const grant =
  (name: string, role: Role): Make =>
  (group) => ({ type: 'grant', member: group.idOf(name), role });
const withdraw =
  (name: string, role: Role): Make =>
  (group) => ({ type: 'withdraw', member: group.idOf(name), role });
const all =
  (type: 'remove' | 'suspend', ...names: readonly string[]): Make =>
  (group) => ({ type, members: names.map((name) => group.idOf(name)) });
const newRules =
  (...changes: Parameters<typeof twoApprove>): Make =>
  () => ({ type: 'rules', rules: twoApprove(...changes) });
const endpoints =
  (name: string, ...texts: readonly string[]): Make =>
  (group) => ({ type: 'endpoints', member: group.idOf(name), endpoints: texts.map(utf8) });

const gone = (name: string) => (group: Group) => void group.leave(name);
const suspended = (name: string) => (group: Group) => group.agree({ type: 'suspend', members: [group.idOf(name)] }, 'alice', 'bob');
const alice = (check: string, what: string, code: Case['code'], make: Make, before?: (group: Group) => void): Case<Group> => ({
  check,
  what,
  code,
  sender: 'alice',
  action: propose(make),
  ...(before === undefined ? {} : { before }),
});

export const GOVERNING: readonly Case<Group>[] = [
  { check: 'senderIsFederation', what: 'a writer proposing', code: 'not-allowed', sender: 'ben', action: propose(grant('olga', 'writer')) },
  {
    check: 'trustIsCurrent',
    what: 'a proposal that was previewed under other validators',
    code: 'trust-changed',
    sender: 'alice',
    action: propose(grant('olga', 'writer'), { trust: hashOf('other validators') }),
  },
  {
    check: 'reasonIsWithinCap',
    what: 'a reason for a proposal as long as a book',
    code: 'too-large',
    sender: 'alice',
    action: propose(grant('olga', 'writer'), { reason: refOf('why', NAME_BODY_BYTES_MAX + 1) }),
  },
  alice('senderHasFewProposals', 'one proposal too many of one member', 'too-many-pending', grant('olga', 'writer'), (group) =>
    group.fillProposals('alice', PROPOSALS_PER_MEMBER_MAX),
  ),
  alice('proposalsHaveRoom', 'one proposal too many of all', 'too-many-pending', grant('olga', 'writer'), (group) =>
    group.fillProposals('bob', PROPOSALS_OPEN_MAX),
  ),

  alice('memberIsHere', 'a role for a stranger', 'member-unknown', grant('zoe', 'writer')),
  alice('memberIsHere', 'a role for who left', 'member-unknown', grant('olga', 'writer'), gone('olga')),
  alice('memberIsNotSuspended', 'a role for who is suspended', 'suspended', grant('olga', 'writer'), suspended('olga')),
  alice('memberLacksRole', 'a role that it has', 'role-held', grant('olga', 'observer')),
  alice('grantedRoleFits', 'an auditor to validate', 'role-conflict', grant('aud', 'validator')),
  alice('grantedRoleFits', 'a validator to audit', 'role-conflict', grant('val', 'auditor')),
  alice('grantedRoleHasRoom', 'a role that is full', 'role-full', grant('olga', 'writer'), rulesOf({}, { writer: { cap: 1 } })),
  alice(
    'operatorHasTold',
    'a relay of which nothing is known',
    'operator-missing',
    grant('olga', 'relay'),
    rulesOf({}, { relay: { operatorMask: 2 } }),
  ),
  alice('operatorHasTold', 'a relay on software not approved', 'software-not-approved', grant('olga', 'relay'), (group) => {
    rulesOf({ approvedSoftware: [1] }, { relay: { operatorMask: 8 } })(group);
    group.tells('olga', OPERATOR);
  }),

  alice('memberIsHere', 'withdrawing from a stranger', 'member-unknown', withdraw('zoe', 'writer')),
  alice('memberHoldsRole', 'withdrawing what it has not', 'role-not-held', withdraw('olga', 'writer')),
  alice('withdrawalLeavesASeat', 'withdrawing the last validator', 'last-validator', withdraw('alice', 'validator'), gone('val')),
  alice('withdrawalLeavesFederation', 'withdrawing one who is needed', 'last-federation', withdraw('bob', 'federation'), (group) => {
    group.leave('cid');
  }),

  alice('membersAreKnown', 'removing a stranger', 'member-unknown', all('remove', 'ben', 'zoe')),
  alice('membersAreDistinct', 'removing one twice', 'duplicate', all('remove', 'ben', 'ben')),
  alice('someoneIsHere', 'removing who left', 'member-unknown', all('remove', 'ben'), gone('ben')),
  alice('membersLeaveASeat', 'removing all validators', 'last-validator', all('remove', 'alice', 'val')),
  alice('removalLeavesFederation', 'removing two of three who decide', 'last-federation', all('remove', 'bob', 'cid')),

  alice('membersAreKnown', 'suspending a stranger', 'member-unknown', all('suspend', 'ben', 'zoe')),
  alice('membersAreDistinct', 'suspending one twice', 'duplicate', all('suspend', 'ben', 'ben')),
  alice('someoneIsHere', 'suspending who left', 'member-unknown', all('suspend', 'ben'), gone('ben')),
  alice('membersLeaveASeat', 'suspending all validators', 'last-validator', all('suspend', 'alice', 'val')),
  alice('suspensionLeavesFederation', 'suspending two of three who decide', 'last-federation', all('suspend', 'bob', 'cid')),

  alice('newRulesAreSound', 'rules that nobody could meet', 'rules-unsatisfiable', newRules({}, { writer: { rule: approvals(4) } })),
  alice('newRulesFitMembers', 'a cap below the members there are', 'rules-unsatisfiable', newRules({}, { federation: { cap: 2 } })),
  alice(
    'newRulesFitMembers',
    'a network key out of nowhere',
    'rules-unsatisfiable',
    newRules({ networkKeyHashes: [hashOf('a'), hashOf('b')] }),
  ),
  alice(
    'federationCanMeetNewRules',
    'approvals of three while one of them is suspended',
    'rules-unsatisfiable',
    newRules({}, { writer: { rule: approvals(3) } }),
    suspended('cid'),
  ),

  alice('memberIsHere', 'an address for a stranger', 'member-unknown', endpoints('zoe', '/ip4/192.0.2.1/tcp/1/ws')),
  alice('memberHasOffice', 'an address for who has registered no keys', 'not-ready', endpoints('ben', '/ip4/192.0.2.1/tcp/1/ws')),
  alice('endpointsAreAddresses', 'an address that is none', 'malformed', endpoints('val', 'https://example.org')),
];
