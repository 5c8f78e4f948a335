import { expect, test } from 'vitest';
import { DAY_MS } from '../../src/core/base/limits.ts';
import { CHANGE_KINDS } from '../../src/core/codec/governance.ts';
import { rulesProblem } from '../../src/core/policy/soundness.ts';
import { membersApproveRules, openLinkRules } from '../../src/core/policy/templates.ts';
import { CANNOT_UNDO, consequenceSentences, progressWords } from '../../src/ui/governance-words.ts';
import { numbersIn, roleFields, shapesFor, withGovernance, withOther, withRole, withTemplate } from '../../src/ui/rules-form.ts';
import { rulesDifferences } from '../../src/ui/rules-words.ts';
import { requestView } from './fake-views.ts';

const BALANCE = { members: 9, federation: 3, validators: 4, quorum: 3, faultsTolerated: 1 };
const after = (change: Partial<typeof BALANCE>) =>
  consequenceSentences({ before: BALANCE, after: { ...BALANCE, ...change }, problem: undefined });

test('a consequence is said in whole sentences, with what may fail', () => {
  expect(after({ validators: 3, quorum: 3, faultsTolerated: 0 })).toEqual(['After this all 3 validators must agree: none may fail.']);
  expect(after({ validators: 7, quorum: 5, faultsTolerated: 2 })).toEqual(['After this 5 of 7 validators must agree: 2 may fail.']);
  expect(after({ validators: 1, quorum: 1, faultsTolerated: 0 })[0]).toMatch(/one validator attests everything alone/);
  expect(after({ members: 8, federation: 2 })).toEqual([
    'After this the federation has 2 members; now it has 3.',
    'After this the chain has 8 members; now it has 9.',
  ]);
  expect(after({})).toHaveLength(1);
});

test('how far a decision has come, and what is missing', () => {
  const by = { id: 'a', name: 'Ada', you: false };
  const [yes, no] = [true, false].map((one) => ({ by, yes: one, at: 0, reason: undefined }));
  if (yes === undefined || no === undefined) throw new Error('two decisions');
  expect(progressWords(requestView({ needed: 3 }))).toBe('0 of 3 approvals; 3 more are needed.');
  expect(progressWords(requestView({ needed: 3, decisions: [yes, no, yes] }))).toBe('2 of 3 approvals, 1 against; 1 more is needed.');
  expect(progressWords(requestView({ needed: 1, decisions: [yes], status: 'approved' }))).toBe('1 of 1 approval.');
  expect(progressWords(requestView({ needed: 0, decisions: [no], status: 'rejected' }))).toBe('0 approvals, 1 against.');
});

test('each kind of change says whether it can be undone', () => {
  for (const kind of CHANGE_KINDS) expect(CANNOT_UNDO[kind], kind).toMatch(/again|cannot be undone|for good|worth nothing/);
});

test('a rule goes into the form and comes out of it as it was, and may only be what the protocol allows for its role', () => {
  for (const rules of [openLinkRules(), membersApproveRules(2)]) {
    for (const one of rules.roles) expect(withRole(rules, one.role, roleFields(one)), one.role).toEqual(rules);
  }
  const validator = openLinkRules().roles.find(({ role }) => role === 'validator');
  expect(validator !== undefined && shapesFor(validator)).not.toContain('invitation');
  const odd = { role: 'writer', rule: { type: 'token' }, cap: 0, operatorMask: 0, inviters: 8 } as const;
  const rules = { ...openLinkRules(), roles: [odd] };
  expect(withRole(rules, 'writer', roleFields(odd)).roles[0]?.rule).toEqual({ type: 'token' });
});

test('whatever the form can make of a template is sound for a federation that is large enough', () => {
  for (const template of ['open-link', 'members-approve', 'consortium'] as const)
    expect(rulesProblem(withTemplate(openLinkRules(), template, 3), 3), template).toBeUndefined();
  expect(rulesProblem(withTemplate(openLinkRules(), 'members-approve', 3), 2)).toBeDefined();
});

test('numbers of approvals are set by kind, and an empty box is the majority again', () => {
  const rules = withGovernance(openLinkRules(), new Map([['remove', 3] as const, ['suspend', 0] as const]));
  expect(rules.governance).toEqual([{ kind: 3, approvals: 3 }]);
  expect(withGovernance(rules, new Map()).governance).toEqual([]);
});

test('a difference of rules is shown line by line, a new network key too, and nothing else', () => {
  const before = membersApproveRules(1);
  const changed = withOther(before, {
    knocks: false,
    publicRead: before.publicRead,
    limits: new Map([['suspensionMs', 3 * DAY_MS]]),
    bodyBytes: before.limits.bodyBytes,
    approvedSoftware: before.approvedSoftware,
    auditorsQuorum: 0,
  });
  expect(rulesDifferences(before, changed, 1).map(({ about, becomes }) => [about, becomes])).toEqual([
    ['Asking without a link', 'Not allowed. People come in by a link only.'],
    ['Suspension', 'Lasts 3 days.'],
  ]);
  expect(changed.limits).toEqual({ ...before.limits, suspensionMs: 3 * DAY_MS });
  expect(rulesDifferences(before, before, 1)).toEqual([]);
});

test('versions are numbers with commas or spaces between them, or nothing is taken', () => {
  expect(numbersIn('3, 4 12')).toEqual([3, 4, 12]);
  expect(numbersIn('')).toEqual([]);
  expect(numbersIn('3, four')).toBeUndefined();
});
