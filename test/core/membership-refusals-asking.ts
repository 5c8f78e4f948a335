/** What those who ask to join or for a role must be refused for, where everything else is in order. */
import { REQUESTS_OPEN_MAX, REQUESTS_PER_ISSUER_MAX } from '../../src/core/base/limits.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import type { RoleRule, Rules } from '../../src/core/codec/rules.ts';
import type { Action } from '../../src/core/codec/transaction.ts';
import { openRequest, requestOfKnock } from '../../src/core/membership/transitions/open-request.ts';
import { Group, INVITATION, NEVER, OPERATOR, twoApprove } from '../support/group.ts';
import { READS_AND_WRITES } from '../support/keys-world.ts';
import { hashOf } from '../support/world.ts';
import type { Case } from './membership-refusals.ts';

/** Two of alice, bob and cid approve whatever is asked; aud audits. `link` asks for a writer's role, twice; `relays` for a relay's. */
export function groupSetup(): Group {
  const group = Group.of(twoApprove(), [['aud', ['auditor']]]);
  group.invite('alice', 'link', { uses: 2 });
  group.invite('alice', 'relays', { role: 'relay', uses: 2 });
  return group;
}

/** Other rules, however they came to be in force. */
export const rulesOf =
  (changes: Partial<Rules>, roles: { readonly [R in Role]?: Partial<RoleRule> } = {}) =>
  (group: Group) =>
    group.rules(twoApprove(changes, roles));

/** As many requests wait as may. */
export function fillRequests(group: Group): void {
  const { knock } = group.knockOf('zoe', { work: 0 });
  group.tamper((draft) => {
    for (let i = 0; i < REQUESTS_OPEN_MAX; i++)
      openRequest(draft, hashOf(`request ${i}`), requestOfKnock(draft, group.time, { ...knock, key: group.keyOf(`asker ${i}`) }));
  });
}

/** As many of those whom one member invites wait as may; those of others still find room. */
export function fillRequestsOf(issuer: string): (group: Group) => void {
  return (group) => {
    group.invite(issuer, 'to the town', { uses: 0 });
    const { knock } = group.knockOf('zoe', { work: 0 });
    const invitation = group.idOfLink('to the town');
    group.tamper((draft) => {
      for (let i = 0; i < REQUESTS_PER_ISSUER_MAX; i++) {
        const record = {
          ...requestOfKnock(draft, group.time, { ...knock, key: group.keyOf(`townsman ${i}`) }),
          kind: 'join',
          invitation,
        } as const;
        openRequest(draft, hashOf(`request ${i}`), record);
      }
    });
  };
}

const ask = (role: Role, told: Partial<typeof OPERATOR> | undefined = undefined): Action => ({
  type: 'request-role',
  role,
  operator: told === undefined ? undefined : { ...OPERATOR, ...told },
});
const joinBy =
  (link: string, changes: object = {}) =>
  (group: Group) =>
    ({ ...group.joinAction('zoe', link), ...changes }) as Action;

export const ASKING: readonly Case<Group>[] = [
  {
    check: 'joinerToldOperator',
    what: 'a relay that tells nothing',
    code: 'operator-missing',
    sender: 'zoe',
    action: joinBy('relays'),
    before: rulesOf({}, { relay: { operatorMask: 1 } }),
  },
  {
    check: 'joinerToldOperator',
    what: 'a relay on software that is not approved',
    code: 'software-not-approved',
    sender: 'zoe',
    action: joinBy('relays', { operator: OPERATOR }),
    before: rulesOf({ approvedSoftware: [1] }, { relay: { operatorMask: 8 } }),
  },
  {
    check: 'joinerAsksOnce',
    what: 'asking while one waits',
    code: 'request-pending',
    sender: 'zoe',
    action: joinBy('relays'),
    before: (group) => group.join('zoe', 'link'),
  },
  {
    check: 'requestsHaveRoomForJoin',
    what: 'one request too many by a link',
    code: 'too-many-pending',
    sender: 'zoe',
    action: joinBy('link'),
    before: fillRequests,
  },
  {
    check: 'requestsOfIssuerHaveRoom',
    what: 'one request too many by links of one member',
    code: 'too-many-pending',
    sender: 'zoe',
    action: joinBy('link'),
    before: fillRequestsOf('alice'),
  },

  {
    check: 'senderIsNotSuspended',
    what: 'a suspended member asking for a role',
    code: 'suspended',
    sender: 'ben',
    action: ask('relay'),
    before: (group) => group.agree({ type: 'suspend', members: [group.idOf('ben')] }, 'alice', 'bob'),
  },
  {
    check: 'senderMayRevoke',
    what: 'closing one’s own link without a role',
    code: 'not-allowed',
    sender: 'ben',
    action: (group) => ({ type: 'revoke-invite', invitation: group.idOfLink('of ben') }),
    before: (group) => {
      group.rules(twoApprove({}, { writer: { inviters: 12 } }));
      group.invite('ben', 'of ben');
      group.agree({ type: 'withdraw', member: group.idOf('ben'), role: 'writer' }, 'alice', 'bob');
    },
  },
  {
    check: 'askerHasRoles',
    what: 'asking for a role without any',
    code: 'no-roles',
    sender: 'ben',
    action: ask('relay'),
    before: (group) => group.agree({ type: 'withdraw', member: group.idOf('ben'), role: 'writer' }, 'alice', 'bob'),
  },
  {
    check: 'askerActsInRole',
    what: 'a linked device asking for more than it may be',
    code: 'not-allowed',
    sender: 'tablet',
    action: ask('relay'),
    before: (group) => group.addDevice('ben', 'tablet', READS_AND_WRITES),
    overrides: { sequence: 9 },
  },
  { check: 'askerLacksRole', what: 'a role that one has', code: 'role-held', sender: 'ben', action: ask('writer') },
  { check: 'askedRoleFits', what: 'a validator who would audit', code: 'role-conflict', sender: 'val', action: ask('auditor') },
  { check: 'askedRoleFits', what: 'an auditor who would validate', code: 'role-conflict', sender: 'aud', action: ask('validator') },
  {
    check: 'ruleCanGrant',
    what: 'a role to which nobody is admitted',
    code: 'not-allowed',
    sender: 'ben',
    action: ask('relay'),
    before: rulesOf({}, { relay: { rule: NEVER } }),
  },
  {
    check: 'ruleCanGrant',
    what: 'a role by invitation alone',
    code: 'not-allowed',
    sender: 'ben',
    action: ask('relay'),
    before: rulesOf({}, { relay: { rule: INVITATION } }),
  },
  {
    check: 'ruleCanGrant',
    what: 'a role without a rule',
    code: 'not-allowed',
    sender: 'ben',
    action: ask('relay'),
    before: rulesOf({ roles: [] }),
  },
  {
    check: 'askedRoleHasRoom',
    what: 'a role that is full',
    code: 'role-full',
    sender: 'ben',
    action: ask('federation'),
    before: rulesOf({}, { federation: { cap: 3 } }),
  },
  {
    check: 'askerToldOperator',
    what: 'a relay that tells half',
    code: 'operator-missing',
    sender: 'ben',
    action: ask('relay', { region: 0 }),
    before: rulesOf({}, { relay: { operatorMask: 3 } }),
  },
  {
    check: 'askerAsksOnce',
    what: 'the same role twice',
    code: 'request-pending',
    sender: 'ben',
    action: ask('relay'),
    before: (group) => group.requestRole('ben', 'relay'),
  },
  {
    check: 'requestsHaveRoom',
    what: 'one request too many for a role',
    code: 'too-many-pending',
    sender: 'ben',
    action: ask('relay'),
    before: fillRequests,
  },
];
