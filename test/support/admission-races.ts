/** Two decisions that meet: in either order each is right or refused with a reason, and what comes of it is what the order says. */
import { expect } from 'vitest';
import type { Role } from '../../src/core/codec/primitives.ts';
import type { Rule, Rules } from '../../src/core/codec/rules.ts';
import { trustSetOf } from '../../src/core/membership/facts.ts';
import { type AdmissionCase, act, named, type Step } from './admission-case.ts';
import { approveKnock } from './admission-keys.ts';
import { admitted, approved } from './admission-rights.ts';
import {
  approvals,
  approve,
  assemblyRules,
  changeRules,
  entry,
  grant,
  invite,
  join,
  leave,
  memberIn,
  propose,
  reject,
  remove,
  requestRole,
  revoke,
  rolesIn,
  suspend,
  withdraw,
} from './admission-scene.ts';

function withRule(role: Role, rule: Rule, changes: Partial<Rules> = {}): Rules {
  const rules = assemblyRules(changes);
  return { ...rules, roles: rules.roles.map((one) => (one.role === role ? { ...one, rule } : one)) };
}

const wendyAsks: readonly Step[] = [...admitted('wendy'), named('request', 'wendy', requestRole('gateway'))];
const asksForThree: Rules = withRule('gateway', approvals(3));

export const RACES: readonly AdmissionCase[] = [
  {
    name: 'two who join by the last use of a link',
    steps: [
      act('ada', invite('link')),
      {
        race: [act('kim', join('kim', 'link')), act('lou', join('lou', 'link'))],
        gives: [
          ['ok', 'invitation-used'],
          ['ok', 'invitation-used'],
        ],
      },
      { holds: (scene) => expect(['kim', 'lou'].filter((name) => memberIn(scene, name) !== undefined).length).toBe(1) },
    ],
  },
  {
    name: 'a link that is revoked while somebody joins by it',
    steps: [
      act('ada', invite('link')),
      {
        race: [act('kim', join('kim', 'link')), act('bob', revoke('link'))],
        gives: [
          ['ok', 'invitation-used'],
          ['ok', 'invitation-revoked'],
        ],
      },
    ],
  },
  {
    name: 'the approval that is enough, and a rejection that is not',
    rules: asksForThree,
    steps: [
      ...wendyAsks,
      ...approved('request', 'ada', 'bob'),
      {
        race: [act('cleo', approve('request')), act('dan', reject('request'))],
        gives: [
          ['ok', 'request-closed'],
          ['ok', 'ok'],
        ],
      },
      { holds: (scene) => expect(rolesIn(scene, 'wendy')).toContain('gateway') },
    ],
  },
  {
    name: 'an approval that is not enough, and the rejection that is',
    rules: asksForThree,
    steps: [
      ...wendyAsks,
      act('ada', approve('request')),
      act('bob', reject('request')),
      {
        race: [act('cleo', approve('request')), act('dan', reject('request'))],
        gives: [
          ['ok', 'ok'],
          ['ok', 'request-rejected'],
        ],
      },
      { holds: (scene) => expect(rolesIn(scene, 'wendy')).toEqual(['writer']) },
    ],
  },
  {
    name: 'two approvals, of which one is enough',
    steps: [
      ...wendyAsks,
      act('ada', approve('request')),
      {
        race: [act('bob', approve('request')), act('cleo', approve('request'))],
        gives: [
          ['ok', 'request-closed'],
          ['ok', 'request-closed'],
        ],
      },
      { holds: (scene) => expect(rolesIn(scene, 'wendy')).toEqual(['writer', 'gateway']) },
    ],
  },
  {
    name: 'who asked leaves while the last approval is on its way',
    steps: [
      ...wendyAsks,
      act('ada', approve('request')),
      {
        race: [act('bob', approve('request')), act('wendy', leave)],
        gives: [
          ['ok', 'ok'],
          ['ok', 'request-cancelled'],
        ],
      },
      { holds: (scene) => expect(memberIn(scene, 'wendy')).toMatchObject({ left: true, roles: [] }) },
    ],
  },
  {
    name: 'a federation member approves while it is removed',
    steps: [
      ...wendyAsks,
      act('ada', approve('request')),
      named('removal', 'ada', propose(remove('dan'))),
      act('bob', approve('removal')),
      {
        race: [act('cleo', approve('removal')), act('dan', approve('request'))],
        gives: [
          ['ok', 'key-retired'],
          ['ok', 'ok'],
        ],
      },
      { holds: (scene) => expect(memberIn(scene, 'dan')?.left).toBe(true) },
    ],
  },
  {
    name: 'the approval of one who is removed counts no more',
    steps: [
      ...wendyAsks,
      act('dan', approve('request')),
      named('removal', 'ada', propose(remove('dan'))),
      ...approved('removal', 'bob', 'cleo'),
      act('ada', approve('request')),
      { holds: (scene) => expect(rolesIn(scene, 'wendy')).toEqual(['writer']) },
      act('bob', approve('request')),
      { holds: (scene) => expect(rolesIn(scene, 'wendy')).toEqual(['writer', 'gateway']) },
    ],
  },
  {
    // Whoever of them goes first, of the three who are left two have approved that the other goes too.
    name: 'two who remove each other in a federation where more than half decide',
    seats: ['ada'],
    steps: [
      named('without dan', 'ada', propose(remove('dan'))),
      named('without cleo', 'ada', propose(remove('cleo'))),
      ...approved('without dan', 'bob'),
      ...approved('without cleo', 'bob'),
      {
        race: [act('cleo', approve('without dan')), act('dan', approve('without cleo'))],
        gives: [
          ['ok', 'key-retired'],
          ['ok', 'key-retired'],
        ],
      },
      { holds: (scene) => expect(['cleo', 'dan'].filter((name) => memberIn(scene, name)?.left === true).length).toBe(2) },
    ],
  },
  {
    name: 'two who leave a federation that can spare one',
    rules: asksForThree,
    steps: [
      {
        race: [act('cleo', leave), act('dan', leave)],
        gives: [
          ['ok', 'last-federation'],
          ['ok', 'last-federation'],
        ],
      },
      { holds: (scene) => expect(['cleo', 'dan'].filter((name) => memberIn(scene, name)?.left === true).length).toBe(1) },
    ],
  },
  {
    name: 'one leaves and another is removed, where the federation can spare one',
    rules: asksForThree,
    steps: [
      named('removal', 'ada', propose(remove('dan'))),
      act('bob', approve('removal')),
      // Whoever left first, the proposal that would take one more takes no effect.
      {
        race: [act('cleo', approve('removal')), act('dan', leave)],
        gives: [
          ['ok', 'key-retired'],
          ['ok', 'request-cancelled'],
        ],
      },
      act('cleo', leave, 'last-federation'),
    ],
  },
  {
    name: 'the rule changes while somebody approves under the old one',
    steps: [
      ...wendyAsks,
      act('ada', approve('request')),
      named('rules', 'ada', propose(changeRules(asksForThree))),
      act('bob', approve('rules')),
      {
        race: [act('cleo', approve('rules')), act('dan', approve('request'))],
        gives: [
          ['ok', 'rule-changed'],
          ['ok', 'ok'],
        ],
      },
    ],
  },
  {
    name: 'a role that is granted and asked for at once is held once',
    steps: [
      ...wendyAsks,
      act('ada', approve('request')),
      named('grant', 'ada', propose(grant('wendy', 'gateway'))),
      act('bob', approve('grant')),
      {
        race: [act('cleo', approve('grant')), act('dan', approve('request'))],
        gives: [
          ['ok', 'ok'],
          ['ok', 'ok'],
        ],
      },
      { holds: (scene) => expect(rolesIn(scene, 'wendy')).toEqual(['writer', 'gateway']) },
    ],
  },
  {
    name: 'a member writes while it is suspended',
    steps: [
      ...admitted('wendy'),
      named('suspension', 'ada', propose(suspend('wendy'))),
      {
        race: [act('bob', approve('suspension')), act('wendy', entry())],
        gives: [
          ['ok', 'not-allowed'],
          ['ok', 'ok'],
        ],
      },
      act('wendy', entry(), 'not-allowed'),
    ],
  },
  {
    name: 'a federation member approves while it is suspended: what it approved before counts no more',
    steps: [
      ...wendyAsks,
      named('suspension', 'ada', propose(suspend('dan'))),
      {
        race: [act('bob', approve('suspension')), act('dan', approve('request'))],
        gives: [
          ['ok', 'not-allowed'],
          ['ok', 'ok'],
        ],
      },
      act('ada', approve('request')),
      { holds: (scene) => expect(rolesIn(scene, 'wendy')).toEqual(['writer']) },
    ],
  },
  {
    name: 'a knock that two carry in',
    steps: [
      {
        race: [act('ada', approveKnock('kim', 'gateway')), act('bob', approveKnock('kim', 'gateway'))],
        gives: [
          ['ok', 'ok'],
          ['ok', 'ok'],
        ],
      },
      { holds: (scene) => expect(rolesIn(scene, 'kim')).toEqual(['gateway']) },
    ],
  },
  {
    name: 'a knock that one approves while the knocker joins by a link',
    rules: withRule('observer', { type: 'anyOf', rules: [{ type: 'invitation' }, approvals(1)] }),
    steps: [
      act('ada', invite('link')),
      {
        race: [act('kim', join('kim', 'link')), act('bob', approveKnock('kim', 'observer'))],
        gives: [
          ['ok', 'already-member'],
          ['ok', 'already-member'],
        ],
      },
      { holds: (scene) => expect(rolesIn(scene, 'kim').length).toBe(1) },
    ],
  },
  {
    name: 'two proposals to suspend, of one whose suspension would leave too few',
    rules: asksForThree,
    seats: ['ada'],
    steps: [
      named('dan out', 'ada', propose(suspend('dan'))),
      named('cleo out', 'bob', propose(suspend('cleo'))),
      {
        race: [act('bob', approve('dan out')), act('ada', approve('cleo out'))],
        gives: [
          ['ok', 'ok'],
          ['ok', 'ok'],
        ],
      },
      { holds: (scene) => expect(['cleo', 'dan'].filter((name) => memberIn(scene, name)?.suspendedUntil !== undefined).length).toBe(1) },
    ],
  },
  {
    name: 'two who withdraw each other’s seat, where there are two',
    seats: ['cleo', 'dan'],
    steps: [
      named('without dan', 'ada', propose(withdraw('dan', 'validator'))),
      named('without cleo', 'ada', propose(withdraw('cleo', 'validator'))),
      ...approved('without dan', 'bob'),
      ...approved('without cleo', 'bob'),
      {
        race: [act('cleo', approve('without dan')), act('dan', approve('without cleo'))],
        gives: [
          ['ok', 'request-cancelled'],
          ['ok', 'request-cancelled'],
        ],
      },
      { holds: (scene) => expect(trustSetOf(scene.state)).toMatchObject({ epoch: 1, seats: [{}] }) },
      act('bob', propose(withdraw('cleo', 'federation'))),
    ],
  },
  {
    name: 'two who remove each other, and hold seats: whoever is left was previewed under another trust set',
    seats: ['ada', 'bob', 'cleo', 'dan'],
    steps: [
      named('without dan', 'ada', propose(remove('dan'))),
      named('without cleo', 'ada', propose(remove('cleo'))),
      ...approved('without dan', 'bob'),
      ...approved('without cleo', 'bob'),
      {
        race: [act('cleo', approve('without dan')), act('dan', approve('without cleo'))],
        gives: [
          ['ok', 'key-retired'],
          ['ok', 'key-retired'],
        ],
      },
      { holds: (scene) => expect(['cleo', 'dan'].filter((name) => memberIn(scene, name)?.left === true).length).toBe(1) },
    ],
  },
];
