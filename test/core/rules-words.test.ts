/** The rules in plain sentences: everything that they settle is said, as it is judged. */
import { describe, expect, test } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/base/limits.ts';
import { CHANGE_KINDS, CHANGE_NUMBERS } from '../../src/core/codec/governance.ts';
import { ROLES, type Role } from '../../src/core/codec/primitives.ts';
import type { RoleRule, Rule, Rules } from '../../src/core/codec/rules.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';
import { CHANGE_NAMES, changeSentence, otherLines, ROLE_NAMES, roleSentence, rulesLines, ruleWords } from '../../src/core/policy/words.ts';
import { hashOf } from '../support/world.ts';

const invitation: Rule = { type: 'invitation' };
const approvals = (count: number): Rule => ({ type: 'approvals', approvals: count });
const roleRule = (role: Role, changes: Partial<RoleRule> = {}): RoleRule => ({
  role,
  rule: invitation,
  cap: 0,
  operatorMask: 0,
  inviters: 0b1100,
  ...changes,
});

test.each<[Rule, string]>([
  [{ type: 'never' }, 'nothing: nobody can ask for it, the federation gives it'],
  [invitation, 'an invitation'],
  [approvals(1), 'the approval of 1 federation member'],
  [approvals(2), 'the approval of 2 federation members'],
  [{ type: 'token' }, 'a joining token (none can be had yet)'],
  [{ type: 'service', days: 1, percent: 95 }, '95 % attested uptime over 1 day (none is attested yet)'],
  [{ type: 'allOf', rules: [invitation, approvals(2)] }, 'an invitation and the approval of 2 federation members'],
  [{ type: 'anyOf', rules: [invitation, approvals(2)] }, 'an invitation, or the approval of 2 federation members'],
])('%j asks for %s', (rule, words) => {
  expect(ruleWords(rule)).toBe(words);
});

test.each<[RoleRule, string]>([
  [roleRule('writer'), 'Takes an invitation. Writers and the federation may invite.'],
  [roleRule('writer', { inviters: 0b1000 }), 'Takes an invitation. The federation may invite.'],
  [roleRule('relay'), 'Takes an invitation. The federation may invite.'],
  [
    roleRule('relay', { cap: 2, operatorMask: 1 }),
    'Takes an invitation. The federation may invite. At most 2 members. Asks who runs the machine, and where.',
  ],
  [roleRule('gateway', { rule: { type: 'never' }, cap: 1 }), 'Only the federation gives this role, by a proposal. At most 1 member.'],
])('a role is gained as its rule says: %#', (rule, sentence) => {
  expect(roleSentence(rule)).toBe(sentence);
});

describe('a kind of change', () => {
  test('takes more than half where nothing is set, and says so', () => {
    expect(changeSentence(openLinkRules(), 'remove', 3)).toBe('Takes 2 of 3 federation members, more than half of the federation.');
    const rules = { ...openLinkRules(), governance: [{ kind: CHANGE_NUMBERS.remove, approvals: 3 }] };
    expect(changeSentence(rules, 'remove', 4)).toBe('Takes 3 of 4 federation members.');
  });
});

describe('everything else', () => {
  const said = (changes: Partial<Rules>) =>
    Object.fromEntries(otherLines({ ...openLinkRules(), ...changes }).map(({ about, holds }) => [about, holds]));

  test('is said for either case', () => {
    expect(said({})).toMatchObject({
      'Asking without a link': 'Not allowed. People come in by a link only.',
      Reading: 'Only members read the record.',
      'Network key': expect.stringContaining('None'),
      'Approved software': 'Any version.',
      Auditors: 'None are asked to countersign.',
    });
    expect(
      said({ knocks: true, publicRead: true, networkKeyHashes: [hashOf('key')], approvedSoftware: [1, 2], auditorsQuorum: 2 }),
    ).toMatchObject({
      'Asking without a link': 'Allowed. The federation decides about each.',
      Reading: 'Anybody may read the record.',
      'Network key': expect.stringContaining('Set'),
      'Approved software': 'Versions 1, 2 only.',
      Auditors:
        '2 must countersign before newcomers rely on anything, also once some have left. Until there are so many, all there have been.',
    });
    expect(said({ auditorsQuorum: 1 })).toMatchObject({
      Auditors: '1 must countersign before newcomers rely on anything, also once some have left. Until there is one, nobody waits.',
    });
  });

  test.each([
    [7 * DAY_MS, '7 days'],
    [DAY_MS, '24 hours'],
    [HOUR_MS, '1 hour'],
    [90 * SECOND_MS, '2 minutes'],
    [MINUTE_MS, '1 minute'],
    [1, '1 minute'],
  ])('%d ms is %s', (suspensionMs, words) => {
    const limits = { ...openLinkRules().limits, suspensionMs };
    expect(said({ limits })['Suspension']).toBe(`Lasts ${words}.`);
  });
});

test('each role and each kind of change has its line', () => {
  const lines = rulesLines(openLinkRules(), 3).map(({ about }) => about);
  expect(lines.slice(0, ROLES.length)).toEqual(ROLES.map((role) => ROLE_NAMES[role]));
  expect(lines.slice(ROLES.length, ROLES.length + CHANGE_KINDS.length)).toEqual(CHANGE_KINDS.map((kind) => CHANGE_NAMES[kind]));
  expect(new Set(lines).size).toBe(lines.length);
});
