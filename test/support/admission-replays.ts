/** Everything that was right once, or somewhere else, and is tried again. */
import { expect } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/core/base/limits.ts';
import type { Rules } from '../../src/core/codec/rules.ts';
import { type AdmissionCase, act, named, prepared, type Step } from './admission-case.ts';
import { approveKnock, rejectKnock } from './admission-keys.ts';
import { admitted, agreed, approved } from './admission-rights.ts';
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
  withdraw,
} from './admission-scene.ts';
import { hashOf } from './world.ts';

const ELSEWHERE = { chain: hashOf('another chain') };

function withGateways(count: number): Rules {
  const rules = assemblyRules();
  return { ...rules, roles: rules.roles.map((one) => (one.role === 'gateway' ? { ...one, rule: approvals(count) } : one)) };
}

const wendyAsks: readonly Step[] = [...admitted('wendy'), named('request', 'wendy', requestRole('gateway'))];
const isNoGateway: Step = { holds: (scene) => expect(rolesIn(scene, 'wendy')).not.toContain('gateway') };
const isGateway: Step = { holds: (scene) => expect(rolesIn(scene, 'wendy')).toContain('gateway') };

export const REPLAYS: readonly AdmissionCase[] = [
  {
    name: 'made for another chain',
    steps: [
      ...wendyAsks,
      act('ada', invite('link')),
      act('wendy', entry(), 'wrong-chain', ELSEWHERE),
      act('zoe', join('zoe', 'link'), 'wrong-chain', ELSEWHERE),
      act('ada', approve('request'), 'wrong-chain', ELSEWHERE),
      act('ada', propose(remove('wendy')), 'wrong-chain', ELSEWHERE),
      act('wendy', requestRole('relay'), 'wrong-chain', ELSEWHERE),
    ],
  },
  {
    name: 'the same bytes once more',
    steps: [
      ...wendyAsks,
      named('entry', 'wendy', entry()),
      { again: 'entry', gives: 'stale-sequence' },
      { again: 'request', gives: 'stale-sequence' },
      named('approval', 'ada', approve('request')),
      { again: 'approval', gives: 'stale-sequence' },
      act('bob', approve('request')),
      { again: 'approval', gives: 'stale-sequence' },
      isGateway,
      named('link', 'ada', invite('link', { uses: 5 })),
      { again: 'link', gives: 'stale-sequence' },
      named('join', 'zoe', join('zoe', 'link')),
      { again: 'join', gives: 'already-member' },
      named('departure', 'zoe', leave),
      { again: 'departure', gives: 'key-retired' },
      { again: 'join', gives: 'key-retired' },
      { holds: (scene) => expect(memberIn(scene, 'zoe')?.left).toBe(true) },
    ],
  },
  {
    name: 'a second approval by the same member, signed anew',
    steps: [
      ...wendyAsks,
      act('ada', approve('request')),
      act('ada', approve('request'), 'already-decided'),
      act('ada', reject('request'), 'already-decided'),
      isNoGateway,
    ],
  },
  {
    name: 'a request to join that was rejected, by its own bytes and by another link',
    steps: [
      act('ada', invite('to relay', { role: 'relay', uses: 5 })),
      named('request', 'zoe', join('zoe', 'to relay')),
      { again: 'request', gives: 'duplicate' },
      act('zoe', join('zoe', 'to relay'), 'request-pending'),
      ...['ada', 'bob', 'cleo'].map((name) => act(name, reject('request'))),
      act('dan', reject('request')),
      { again: 'request', gives: 'duplicate' },
      act('ada', approve('request'), 'request-rejected'),
      named('second', 'zoe', join('zoe', 'to relay')),
      act('ada', approve('second')),
      { holds: (scene) => expect(rolesIn(scene, 'zoe')).toEqual(['relay']) },
    ],
  },
  {
    name: 'an approval of another request, role or proposal',
    steps: [
      ...wendyAsks,
      ...admitted('olga', 'observer'),
      act('ada', invite('to relay', { role: 'relay' })),
      named('relay', 'zoe', join('zoe', 'to relay')),
      named('proposal', 'ada', propose(grant('olga', 'writer'))),
      act('bob', approve('request', 'relay'), 'rule-changed'),
      act('bob', approve('relay', 'request'), 'rule-changed'),
      act('bob', approve('proposal', 'request'), 'rule-changed'),
      act('bob', approve('request', 'proposal'), 'rule-changed'),
      named('entry', 'wendy', entry()),
      act('bob', approve('entry', 'request'), 'request-unknown'),
      isNoGateway,
      { holds: (scene) => expect([memberIn(scene, 'zoe'), rolesIn(scene, 'olga')]).toEqual([undefined, ['observer']]) },
    ],
  },
  {
    name: 'an approval under a rule that is no longer in force',
    steps: [
      ...wendyAsks,
      act('dan', approve('request')),
      prepared('late', 'cleo', approve('request')),
      named('rules', 'ada', propose(changeRules(withGateways(3)))),
      ...approved('rules', 'bob', 'dan'),
      { again: 'late', gives: 'rule-changed' },
      // The approval of before counts no more, and who gave it may give it again.
      ...approved('request', 'ada', 'dan'),
      isNoGateway,
      act('cleo', approve('request')),
      isGateway,
    ],
  },
  {
    name: 'a request that another rule admits needs no more approvals',
    steps: [
      ...wendyAsks,
      act('dan', approve('request')),
      ...agreed('rules', propose(changeRules(withGateways(1)))),
      isNoGateway,
      act('dan', approve('request')),
      isGateway,
    ],
  },
  {
    name: 'rules that one alone may change: what waits is judged by the new ones at once',
    rules: assemblyRules({ governance: [{ kind: 5, approvals: 1 }] }),
    steps: [
      ...wendyAsks,
      prepared('late', 'cleo', approve('request')),
      act('ada', propose(changeRules(withGateways(1)))),
      { again: 'late', gives: 'rule-changed' },
      act('dan', approve('request')),
      isGateway,
    ],
  },
  {
    name: 'a proposal previewed under a trust set of before',
    steps: [
      ...admitted('wendy'),
      prepared('late', 'dan', propose(remove('wendy'))),
      named('seat', 'bob', propose(grant('wendy', 'validator'))),
      named('other', 'bob', propose(grant('wendy', 'federation'))),
      ...agreed('otto goes', propose(withdraw('otto', 'auditor'))),
      { again: 'late', gives: 'trust-changed' },
      act('dan', approve('seat'), 'request-cancelled'),
      // What touches no seat goes on.
      ...approved('other', 'ada', 'dan'),
      { holds: (scene) => expect([rolesIn(scene, 'wendy'), rolesIn(scene, 'otto')]).toEqual([['writer', 'federation'], []]) },
    ],
  },
  {
    name: 'what has expired: a transaction, a link, a request, a proposal',
    steps: [
      ...wendyAsks,
      ...admitted('olga', 'observer'),
      named('proposal', 'ada', propose(remove('olga'))),
      act('ada', invite('link', { lifeMs: HOUR_MS })),
      prepared('late', 'olga', leave, { lifeMs: 5 * MINUTE_MS }),
      act('wendy', entry(), 'expiry-too-far', { lifeMs: 2 * DAY_MS }),
      { passes: 2 * HOUR_MS },
      { again: 'late', gives: 'expired' },
      act('zoe', join('zoe', 'link'), 'invitation-expired'),
      act('bob', approve('proposal')),
      act('bob', approve('request')),
      { passes: 15 * DAY_MS },
      act('cleo', approve('proposal'), 'request-expired'),
      act('cleo', approve('request'), 'request-expired'),
      isNoGateway,
      { holds: (scene) => expect(memberIn(scene, 'olga')?.left).toBe(false) },
    ],
  },
  {
    name: 'a link that is spent, revoked, or never was',
    steps: [
      ...admitted('wendy'),
      act('zoe', join('zoe', 'to wendy'), 'invitation-used'),
      act('ada', invite('link')),
      act('ada', revoke('link')),
      act('ada', revoke('link'), 'invitation-revoked'),
      act('zoe', join('zoe', 'link'), 'invitation-revoked'),
      act('ada', invite('link'), 'duplicate'),
      act('ada', revoke('no link'), 'invitation-unknown'),
    ],
  },
  {
    name: 'a knock that was decided, that is late, and that is anybody’s',
    steps: [
      act('wendy', approveKnock('kim', 'gateway'), 'unknown-sender'),
      act('ada', rejectKnock('kim', 'gateway')),
      act('bob', rejectKnock('kim', 'gateway')),
      act('cleo', rejectKnock('kim', 'gateway')),
      act('dan', approveKnock('kim', 'gateway'), 'request-rejected'),
      act('ada', approveKnock('lou', 'gateway')),
      act('ada', approveKnock('lou', 'gateway'), 'already-decided'),
      act('bob', approveKnock('lou', 'gateway')),
      act('cleo', approveKnock('lou', 'gateway'), 'request-closed'),
      act('ada', approveKnock('max', 'writer'), 'not-allowed'),
      { passes: 11 * DAY_MS },
      act('ada', approveKnock('late', 'gateway'), 'expired'),
      { holds: (scene) => expect([memberIn(scene, 'kim'), rolesIn(scene, 'lou')]).toEqual([undefined, ['gateway']]) },
    ],
  },
];
