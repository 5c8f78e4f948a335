/** Admission rules and roles: what is judged, with which words, and what this version never admits by. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CLOSED_REQUEST_KEPT_MS,
  DECISIONS_MAX,
  FEDERATION_MAX,
  REQUEST_LIFETIME_MS_MIN,
  TRANSACTION_HORIZON_MS_MIN,
} from '../../src/core/base/limits.ts';
import { CHANGE_KINDS, CHANGE_NUMBERS } from '../../src/core/codec/governance.ts';
import { ROLE_NUMBERS, ROLES, type Role } from '../../src/core/codec/primitives.ts';
import type { Rule, Rules } from '../../src/core/codec/rules.ts';
import { type AdmissionFacts, approvalsNeeded, evaluate, STRANGER } from '../../src/core/policy/admission.ts';
import { approvalsFor, configuredApprovals, isHopeless, majorityOf } from '../../src/core/policy/governance.ts';
import {
  CHECKLIST_COMPLETE,
  isOperatorMask,
  OPERATOR_FACT_NAMES,
  OPERATOR_FACTS,
  operatorProblem,
} from '../../src/core/policy/operator.ts';
import { isInMask, mayInviteTo, mayWrite, ROLES_BY_INVITATION, roleMask, ruleFor } from '../../src/core/policy/roles.ts';
import { federationNeeded, rulesProblem } from '../../src/core/policy/soundness.ts';
import { consortiumRules, membersApproveRules, openLinkRules, rulesOfTemplate, TEMPLATES } from '../../src/core/policy/templates.ts';

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

const facts = (invited: boolean, approvals = 0) => ({ ...STRANGER, invited, approvals });
const days = (count: number, percent: number) => new Array<number>(count).fill(percent);
/** The mean of the latest days, said once more. */
function isServed(rule: { readonly days: number; readonly percent: number }, attested: readonly number[]): boolean {
  if (attested.length < rule.days) return false;
  return attested.filter((_, i) => i < rule.days).reduce((sum, one) => sum + one - rule.percent, 0) >= 0;
}
const token: Rule = { type: 'token' };
const service: Rule = { type: 'service', days: 30, percent: 95 };

describe('a rule', () => {
  test.each<[string, Rule, boolean, boolean, string]>([
    ['never', never, false, false, 'nobody is admitted to this role'],
    ['invitation', invitation, false, true, 'an invitation is required'],
    ['approvals', approvals(2), false, false, '2 federation members must approve'],
    ['approval', approvals(1), false, false, '1 federation member must approve'],
    ['token', token, false, false, 'a joining token is required, which members earn by relaying'],
    ['service', service, false, false, '95 % attested uptime over 30 days is required, which members earn by relaying'],
    [
      'service of a day',
      { type: 'service', days: 1, percent: 50 },
      false,
      false,
      '50 % attested uptime over 1 day is required, which members earn by relaying',
    ],
    [
      'all of',
      { type: 'allOf', rules: [invitation, approvals(1)] },
      false,
      false,
      'an invitation is required; 1 federation member must approve',
    ],
    [
      'any of',
      { type: 'anyOf', rules: [approvals(1), invitation] },
      false,
      true,
      '1 federation member must approve, or an invitation is required',
    ],
    [
      'all of what an invitation gives',
      { type: 'allOf', rules: [invitation, invitation] },
      false,
      true,
      'an invitation is required; an invitation is required',
    ],
  ])('%s admits as it says, and says why not', (_, rule, uninvited, invited, reason) => {
    expect(evaluate(rule, facts(false))).toMatchObject({ admits: uninvited, reason });
    expect(evaluate(rule, facts(true)).admits).toBe(invited);
  });

  test('that admits says by what', () => {
    const reasonOf = (rule: Rule, given = facts(true, 2)) => evaluate(rule, given).reason;
    expect(reasonOf({ type: 'anyOf', rules: [never, invitation] })).toBe('holds a live invitation');
    expect(reasonOf({ type: 'allOf', rules: [invitation, approvals(2)] })).toBe('holds a live invitation; 2 federation members approved');
    expect(reasonOf({ type: 'allOf', rules: [invitation, never] })).toBe('nobody is admitted to this role');
    expect(reasonOf(token, { ...STRANGER, token: true })).toBe('spent a joining token');
    expect(reasonOf(service, { ...STRANGER, service: days(30, 95) })).toBe('95 % attested uptime over 30 days');
  });

  test('says how many approvals are still missing, and how many it asks for in all', () => {
    expect(evaluate(approvals(3), facts(false, 1))).toEqual({
      admits: false,
      reason: '3 federation members must approve, 2 more',
      approvals: 3,
    });
    expect(evaluate({ type: 'allOf', rules: [approvals(1), approvals(3)] }, facts(false)).approvals).toBe(3);
    expect(evaluate({ type: 'anyOf', rules: [approvals(1), approvals(3)] }, facts(false)).approvals).toBe(1);
    expect(evaluate({ type: 'anyOf', rules: [approvals(1), invitation] }, facts(true)).approvals).toBe(0);
    expect(evaluate({ type: 'allOf', rules: [approvals(1), invitation] }, facts(false)).approvals).toBe(Number.POSITIVE_INFINITY);
  });

  test('counts service by its days and by its share', () => {
    for (const [attested, admits] of [
      [days(30, 95), true],
      [days(31, 100), true],
      [days(29, 100), false],
      [days(365, 94), false],
      [[0, ...days(365, 97)], false],
      [[0, ...days(365, 99)], true],
      [[...days(30, 95), 0], true],
    ] as const) {
      expect(evaluate(service, { ...STRANGER, service: attested }).admits).toBe(admits);
    }
  });

  test('admits exactly as its truth table has it, from the approvals on that it says, and a fact more never does harm', () => {
    const holds = (rule: Rule, given: AdmissionFacts): boolean => {
      if (rule.type === 'allOf') return rule.rules.every((one) => holds(one, given));
      if (rule.type === 'anyOf') return rule.rules.some((one) => holds(one, given));
      if (rule.type === 'approvals') return given.approvals >= rule.approvals;
      if (rule.type === 'service') return isServed(rule, given.service);
      return rule.type === 'invitation' ? given.invited : rule.type === 'token' && given.token;
    };
    const anyFacts = fc.record({
      invited: fc.boolean(),
      approvals: fc.nat({ max: 5 }),
      token: fc.boolean(),
      service: fc.array(fc.nat({ max: 4 }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(anyRule, anyFacts, (rule, given) => {
        const { admits, approvals: needed } = evaluate(rule, given);
        expect(admits).toBe(holds(rule, given));
        expect(admits).toBe(given.approvals >= needed);
        if (admits) expect(evaluate(rule, { ...given, invited: true, approvals: given.approvals + 1 }).admits).toBe(true);
      }),
      { seed: 31, numRuns: 800 },
    );
  });

  test('or not, roles beyond observer, writer and relay need an approval', () => {
    for (const role of ROLES) {
      const open = ROLES_BY_INVITATION.includes(role);
      expect(approvalsNeeded(role, invitation, facts(true))).toBe(open ? 0 : 1);
      expect(approvalsNeeded(role, approvals(2), facts(true))).toBe(2);
    }
  });
});

describe('sound rules', () => {
  const withRule = (role: Role, rule: Rule): Rules => ({
    ...openLinkRules(),
    roles: [{ role, rule, cap: 0, operatorMask: 0, inviters: 0 }],
  });

  const withMask = (role: Role, operatorMask: number): Rules => ({
    ...openLinkRules(),
    roles: openLinkRules().roles.map((one) => (one.role === role ? { ...one, operatorMask } : one)),
  });

  test('ask for no more approvals than the federation has members, however deep', () => {
    const deepest = (rule: Rule): number =>
      rule.type === 'approvals' ? rule.approvals : 'rules' in rule ? Math.max(...rule.rules.map(deepest)) : 0;
    fc.assert(
      fc.property(anyRule, fc.integer({ min: 1, max: 5 }), (rule, federation) => {
        const rules = withRule('writer', rule);
        const needed = Math.max(Math.floor(federation / 2) + 1, deepest(rule));
        expect(federationNeeded(rules, federation)).toBe(needed);
        if (federation < needed) expect(rulesProblem(rules, federation)).toContain('cannot give');
      }),
      { seed: 32, numRuns: 500 },
    );
  });

  test('ask for more than half of the federation only where a kind of change is left to it', () => {
    const governance = CHANGE_KINDS.map((kind) => ({ kind: CHANGE_NUMBERS[kind], approvals: 2 }));
    expect(federationNeeded({ ...openLinkRules(), governance }, 9)).toBe(2);
    expect(federationNeeded({ ...openLinkRules(), governance: governance.slice(1) }, 9)).toBe(5);
    expect(federationNeeded(openLinkRules(), 0)).toBe(1);
    expect(rulesProblem(openLinkRules(), 0)).toContain('cannot give');
  });

  test.each<[string, Rules, string]>([
    [
      'a role by nothing but a token',
      withRule('writer', token),
      'nobody could become writer: a joining token is required, which members earn by relaying',
    ],
    [
      'a writer by a token, which opens the way to a seat',
      withRule('writer', { type: 'allOf', rules: [invitation, token] }),
      'writer: a joining',
    ],
    ['a token besides', withRule('relay', { type: 'allOf', rules: [invitation, token] }), 'nobody could become relay'],
    ['operator facts that there are not', withMask('relay', 32), 'facts that there are not'],
    ['operator facts of who runs nothing', withMask('writer', 1), 'runs nothing'],
    ['operator facts of who decides', withMask('federation', 1), 'runs nothing'],
    ['approved software, of which there is none', withMask('relay', 8), 'none is approved'],
    [
      'more approvals to suspend than to remove',
      {
        ...openLinkRules(),
        governance: [
          { kind: CHANGE_NUMBERS.suspend, approvals: 3 },
          { kind: CHANGE_NUMBERS.remove, approvals: 2 },
        ],
      },
      'suspend',
    ],
    [
      'a majority to suspend, and fewer to remove',
      { ...openLinkRules(), governance: [{ kind: CHANGE_NUMBERS.remove, approvals: 2 }] },
      'suspend',
    ],
    [
      'transactions that outlive the memory of requests',
      { ...openLinkRules(), limits: { ...openLinkRules().limits, transactionHorizonMs: CLOSED_REQUEST_KEPT_MS + 1 } },
      'come again',
    ],
    [
      'transactions that nobody makes so short-lived',
      { ...openLinkRules(), limits: { ...openLinkRules().limits, transactionHorizonMs: TRANSACTION_HORIZON_MS_MIN - 1 } },
      'half a day',
    ],
    [
      'no time to decide',
      { ...openLinkRules(), limits: { ...openLinkRules().limits, requestLifetimeMs: REQUEST_LIFETIME_MS_MIN - 1 } },
      'before anybody could decide',
    ],
  ])('are not: %s', (_, rules, problem) => {
    expect(rulesProblem(rules, 5)).toContain(problem);
  });

  test.each<[string, Rules]>([
    ['a token or an invitation', withRule('writer', { type: 'anyOf', rules: [token, invitation] })],
    ['every operator fact of every role that runs something', { ...withMask('validator', 31), approvedSoftware: [1] }],
    ['fewer approvals to suspend than to remove', { ...openLinkRules(), governance: [{ kind: CHANGE_NUMBERS.suspend, approvals: 1 }] }],
    ['as many', { ...openLinkRules(), governance: [{ kind: CHANGE_NUMBERS.suspend, approvals: 3 }] }],
    [
      'transactions that live as long as requests are remembered',
      { ...openLinkRules(), limits: { ...openLinkRules().limits, transactionHorizonMs: CLOSED_REQUEST_KEPT_MS } },
    ],
    [
      'the shortest that transactions, requests and proposals may live',
      {
        ...openLinkRules(),
        limits: {
          ...openLinkRules().limits,
          transactionHorizonMs: TRANSACTION_HORIZON_MS_MIN,
          requestLifetimeMs: REQUEST_LIFETIME_MS_MIN,
        },
      },
    ],
  ])('are: %s', (_, rules) => {
    expect(rulesProblem(rules, 5)).toBeUndefined();
  });

  test('come from a template by its name', () => {
    expect(TEMPLATES.map((template) => rulesOfTemplate(template, 2))).toEqual([
      openLinkRules(),
      membersApproveRules(2),
      consortiumRules(2),
    ]);
  });

  test('are those of the templates, as soon as there are members enough', () => {
    for (const [template, most] of [
      [membersApproveRules(3), 3],
      [consortiumRules(3), 3],
      [consortiumRules(1), 1],
    ] as const) {
      expect(template.roles.map(({ role }) => role)).toEqual(ROLES);
      expect(rulesProblem(template, most)).toBeUndefined();
      if (most > 1) expect(rulesProblem(template, most - 1)).toContain(`cannot give ${most}`);
    }
    expect(approvalsFor(consortiumRules(3), 'suspend', 9)).toBe(2);
    expect(approvalsFor(consortiumRules(3), 'remove', 9)).toBe(3);
    expect(approvalsFor(consortiumRules(1), 'suspend', 9)).toBe(1);
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

describe('a decision', () => {
  test('takes more than half where the rules say nothing', () => {
    expect([0, 1, 2, 3, 4, 5, FEDERATION_MAX].map(majorityOf)).toEqual([1, 1, 2, 2, 3, 3, DECISIONS_MAX]);
    expect(approvalsFor(openLinkRules(), 'grant', 5)).toBe(3);
    expect(approvalsFor({ ...openLinkRules(), governance: [{ kind: 1, approvals: 1 }] }, 'grant', 5)).toBe(1);
    expect(configuredApprovals(openLinkRules(), 'grant')).toBe(0);
  });

  test('can no longer be a yes when too many have said no, or as many as are kept', () => {
    expect(isHopeless(2, 3, 1)).toBe(false);
    expect(isHopeless(2, 3, 2)).toBe(true);
    expect(isHopeless(1, FEDERATION_MAX, DECISIONS_MAX - 1)).toBe(false);
    expect(isHopeless(1, FEDERATION_MAX, DECISIONS_MAX)).toBe(true);
  });
});

describe('operator information', () => {
  const told = { operatorId: Uint8Array.of(1), region: 276, kbps: 1000, software: 2, checklist: CHECKLIST_COMPLETE };

  test.each([
    ['operatorId', { operatorId: new Uint8Array(0) }],
    ['region', { region: 0 }],
    ['kbps', { kbps: 0 }],
    ['software', { software: 0 }],
    ['checklist', { checklist: 5 }],
  ] as const)('is missing where %s is asked and not told', (fact, changes) => {
    const mask = OPERATOR_FACTS[fact];
    expect(operatorProblem(mask, [2], { ...told, ...changes })).toMatchObject({
      code: 'operator-missing',
      detail: expect.stringContaining(fact),
    });
    expect(operatorProblem(mask, [2], undefined)?.code).toBe('operator-missing');
    expect(operatorProblem(31 & ~mask, [2], { ...told, ...changes })).toBeUndefined();
  });

  test('names software that must be approved where it is asked', () => {
    expect(operatorProblem(31, [2], told)).toBeUndefined();
    expect(operatorProblem(8, [3], told)?.code).toBe('software-not-approved');
    expect(operatorProblem(7, [3], told)).toBeUndefined();
    expect(operatorProblem(0, [], undefined)).toBeUndefined();
  });

  test('is asked by bits that stand for something', () => {
    expect(Object.keys(OPERATOR_FACTS)).toEqual(OPERATOR_FACT_NAMES);
    expect(isOperatorMask(31)).toBe(true);
    expect(isOperatorMask(32)).toBe(false);
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
