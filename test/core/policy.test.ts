/** Admission rules and roles: what is judged, with which words, and what this version never admits by. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ROLE_NUMBERS, ROLES, type Role } from '../../src/core/codec/primitives.ts';
import type { Rule, Rules } from '../../src/core/codec/rules.ts';
import { evaluate } from '../../src/core/policy/admission.ts';
import { isInMask, mayInviteTo, mayWrite, ROLES_BY_INVITATION, roleMask, ruleFor } from '../../src/core/policy/roles.ts';
import { federationNeeded, rulesProblem } from '../../src/core/policy/soundness.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';

const invitation: Rule = { type: 'invitation' };
const never: Rule = { type: 'never' };
const approvals = (count: number): Rule => ({ type: 'approvals', approvals: count });

const { rule: anyRule } = fc.letrec<{ rule: Rule }>((tie) => ({
  rule: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'rule' },
    fc.constantFrom<Rule>(never, invitation, { type: 'token' }),
    fc.nat({ max: 4 }).map(approvals),
    fc.record({ type: fc.constant('service' as const), days: fc.nat({ max: 3 }), percent: fc.nat({ max: 3 }) }),
    fc.record({
      type: fc.constantFrom('allOf' as const, 'anyOf' as const),
      rules: fc.array(tie('rule'), { minLength: 1, maxLength: 3, depthIdentifier: 'rule' }),
    }),
  ),
}));

describe('a rule', () => {
  test.each<[string, Rule, boolean, boolean, string]>([
    ['never', never, false, false, 'nobody is admitted to this role'],
    ['invitation', invitation, false, true, 'an invitation is required'],
    ['approvals', approvals(2), false, false, '2 approvals are required'],
    ['token', { type: 'token' }, false, false, 'a joining token is required'],
    ['service', { type: 'service', days: 30, percent: 95 }, false, false, '95 % attested uptime over 30 days is required'],
    ['all of', { type: 'allOf', rules: [invitation, approvals(1)] }, false, false, 'an invitation is required; 1 approvals are required'],
    ['any of', { type: 'anyOf', rules: [approvals(1), invitation] }, false, true, '1 approvals are required, or an invitation is required'],
    [
      'all of what an invitation gives',
      { type: 'allOf', rules: [invitation, invitation] },
      false,
      true,
      'an invitation is required; an invitation is required',
    ],
  ])('%s admits as it says, and says why not', (_, rule, uninvited, invited, reason) => {
    expect(evaluate(rule, { invited: false })).toEqual({ admits: uninvited, reason });
    expect(evaluate(rule, { invited: true }).admits).toBe(invited);
  });

  test('that admits says by what', () => {
    expect(evaluate({ type: 'anyOf', rules: [never, invitation] }, { invited: true }).reason).toBe('holds a live invitation');
    expect(evaluate({ type: 'allOf', rules: [invitation, invitation] }, { invited: true }).reason).toBe(
      'holds a live invitation; holds a live invitation',
    );
    expect(evaluate({ type: 'allOf', rules: [invitation, never] }, { invited: true }).reason).toBe('nobody is admitted to this role');
  });

  test('admits exactly as its truth table has it, and an invitation never does harm', () => {
    const holds = (rule: Rule, invited: boolean): boolean => {
      if (rule.type === 'allOf') return rule.rules.every((one) => holds(one, invited));
      if (rule.type === 'anyOf') return rule.rules.some((one) => holds(one, invited));
      return rule.type === 'invitation' && invited;
    };
    fc.assert(
      fc.property(anyRule, (rule) => {
        for (const invited of [false, true]) expect(evaluate(rule, { invited }).admits).toBe(holds(rule, invited));
        expect(evaluate(rule, { invited: false }).admits).toBe(false);
      }),
      { seed: 31, numRuns: 500 },
    );
  });
});

describe('sound rules', () => {
  const withRule = (role: Role, rule: Rule): Rules => ({
    ...openLinkRules(),
    roles: [{ role, rule, cap: 0, operatorMask: 0, inviters: 0 }],
  });

  test('ask for no more approvals than the federation has members, however deep', () => {
    const deepest = (rule: Rule): number =>
      rule.type === 'approvals' ? rule.approvals : 'rules' in rule ? Math.max(...rule.rules.map(deepest)) : 0;
    fc.assert(
      fc.property(anyRule, fc.nat({ max: 5 }), (rule, federation) => {
        const rules = withRule('writer', rule);
        expect(federationNeeded(rules)).toBe(Math.max(1, deepest(rule)));
        if (federation < federationNeeded(rules)) expect(rulesProblem(rules, federation)).toContain('cannot give');
      }),
      { seed: 32, numRuns: 500 },
    );
  });

  test('let nobody into a role that needs approvals without one', () => {
    // Whoever has everything but approvals, invitation and token and service, is still outside.
    const withoutApprovals = (rule: Rule): boolean => {
      if (rule.type === 'allOf') return rule.rules.every(withoutApprovals);
      if (rule.type === 'anyOf') return rule.rules.some(withoutApprovals);
      return rule.type !== 'approvals' && rule.type !== 'never';
    };
    fc.assert(
      fc.property(anyRule, fc.constantFrom(...ROLES), (rule, role) => {
        const problem = rulesProblem(withRule(role, rule), 9);
        if (!ROLES_BY_INVITATION.includes(role) && withoutApprovals(rule)) expect(problem).toContain('needs approvals');
        if (problem === undefined && rule.type !== 'never') expect(JSON.stringify(rule)).not.toContain('never');
      }),
      { seed: 33, numRuns: 800 },
    );
  });
});

describe('roles', () => {
  test('of which only writer and federation write', () => {
    for (const role of ROLES) expect(mayWrite([role])).toBe(role === 'writer' || role === 'federation');
    expect(mayWrite([])).toBe(false);
    expect(mayWrite(['observer', 'writer'])).toBe(true);
  });

  test('stand in masks by their numbers', () => {
    expect(ROLES).toEqual(Object.keys(ROLE_NUMBERS));
    expect(roleMask([])).toBe(0);
    expect(roleMask(['observer'])).toBe(0b10);
    expect(roleMask(ROLES)).toBe(0b1111_1110);
    for (const role of ROLES) for (const other of ROLES) expect(isInMask(roleMask([role]), other)).toBe(role === other);
  });

  test('invite as the rules allow: the federation to all, writers to readers and writers, nobody else at all', () => {
    const rules = openLinkRules();
    for (const role of ROLES) {
      expect(mayInviteTo(rules, ['federation'], role)).toBe(true);
      expect(mayInviteTo(rules, ['writer'], role)).toBe(role === 'observer' || role === 'writer');
      for (const other of ROLES.filter((one) => one !== 'federation' && one !== 'writer'))
        expect(mayInviteTo(rules, [other], role)).toBe(false);
    }
    expect(mayInviteTo(rules, [], 'observer')).toBe(false);
    const closed = { ...rules, roles: rules.roles.map((one) => ({ ...one, inviters: 0 })) };
    expect(mayInviteTo(closed, ['writer'], 'observer')).toBe(false);
    expect(mayInviteTo(closed, ['federation'], 'observer')).toBe(true);
    // Whatever the mask says.
    const open = { ...rules, roles: rules.roles.map((one) => ({ ...one, inviters: 255 })) };
    expect(mayInviteTo(open, ['observer', 'relay'], 'observer')).toBe(false);
    expect(mayInviteTo(open, ['writer'], 'relay')).toBe(false);
  });

  test('without a rule are closed', () => {
    const rules = { ...openLinkRules(), roles: [] };
    expect(ruleFor(rules, 'writer')).toBeUndefined();
    expect(mayInviteTo(rules, ['federation'], 'writer')).toBe(false);
  });
});
