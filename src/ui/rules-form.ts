/** What a person may set of the rules, as plain fields: from the rules in force to fields, and from fields to new rules. */
import { DAY_MS, HOUR_MS } from '../core/base/limits.ts';
import { CHANGE_KINDS, CHANGE_NUMBERS, type ChangeKind } from '../core/codec/governance.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { RoleRule, Rule, Rules } from '../core/codec/rules.ts';
import { configuredApprovals } from '../core/policy/governance.ts';
import { isInMask, ROLES_BY_INVITATION, ROLES_WRITERS_INVITE_TO, roleMask } from '../core/policy/roles.ts';
import { rulesOfTemplate, type Template } from '../core/policy/templates.ts';

/** Shapes of a rule that the page offers. `kept`: another shape, which stays as it is. */
export type RuleShape = 'never' | 'invitation' | 'approvals' | 'both' | 'kept';

export interface RoleFields {
  readonly shape: RuleShape;
  readonly approvals: number;
  readonly writersInvite: boolean;
  /** 0: no cap. */
  readonly cap: number;
}

/** What the rule of a role is, in the terms of the form. */
export function roleFields({ rule, inviters, cap }: RoleRule): RoleFields {
  const { shape, approvals } = shapeOf(rule);
  return { shape, approvals, writersInvite: isInMask(inviters, 'writer'), cap };
}

function shapeOf(rule: Rule): { readonly shape: RuleShape; readonly approvals: number } {
  if (rule.type === 'never' || rule.type === 'invitation') return { shape: rule.type, approvals: 1 };
  if (rule.type === 'approvals') return { shape: 'approvals', approvals: rule.approvals };
  if (rule.type !== 'allOf') return { shape: 'kept', approvals: 1 };
  const [first, second] = rule.rules;
  const both = rule.rules.length === 2 && first?.type === 'invitation' && second?.type === 'approvals';
  return both ? { shape: 'both', approvals: second.approvals } : { shape: 'kept', approvals: 1 };
}

/** Shapes that may be chosen for a role: beyond observer, writer and relay none goes without approvals. */
export function shapesFor({ role, rule }: RoleRule): readonly RuleShape[] {
  const open: readonly RuleShape[] = ROLES_BY_INVITATION.includes(role)
    ? ['invitation', 'approvals', 'both', 'never']
    : ['approvals', 'both', 'never'];
  return shapeOf(rule).shape === 'kept' ? ['kept', ...open] : open;
}

function ruleOf({ shape, approvals }: RoleFields, before: Rule): Rule {
  switch (shape) {
    case 'never':
    case 'invitation':
      return { type: shape };
    case 'approvals':
      return { type: 'approvals', approvals };
    case 'both':
      return { type: 'allOf', rules: [{ type: 'invitation' }, { type: 'approvals', approvals }] };
    case 'kept':
      return before;
  }
}

export function withRole(rules: Rules, role: Role, fields: RoleFields): Rules {
  const writers = fields.writersInvite && ROLES_WRITERS_INVITE_TO.includes(role);
  const inviters = roleMask(writers ? ['writer', 'federation'] : ['federation']);
  const roles = rules.roles.map((one) => (one.role === role ? { ...one, rule: ruleOf(fields, one.rule), cap: fields.cap, inviters } : one));
  return { ...rules, roles };
}

/** Roles and decisions as a template has them; everything else stays. */
export function withTemplate(rules: Rules, template: Template, approvals: number): Rules {
  const { roles, governance } = rulesOfTemplate(template, approvals);
  return { ...rules, roles, governance };
}

/** Approvals by kind; 0 leaves a kind to the majority. */
export function governanceFields(rules: Rules): ReadonlyMap<ChangeKind, number> {
  return new Map(CHANGE_KINDS.map((kind) => [kind, configuredApprovals(rules, kind)]));
}

export function withGovernance(rules: Rules, fields: ReadonlyMap<ChangeKind, number>): Rules {
  const governance = CHANGE_KINDS.map((kind) => ({ kind: CHANGE_NUMBERS[kind], approvals: fields.get(kind) ?? 0 }));
  return { ...rules, governance: governance.filter(({ approvals }) => approvals > 0) };
}

/** Numbers of the rest, each in the unit that people say it in. */
export const NUMBER_FIELDS = [
  { id: 'requestLifetimeMs', label: 'Requests and proposals end after', unit: 'days', ms: DAY_MS },
  { id: 'suspensionMs', label: 'A suspension lasts', unit: 'days', ms: DAY_MS },
  { id: 'invitationLifetimeMs', label: 'Invitations live for at most', unit: 'days', ms: DAY_MS },
  { id: 'readyAgeMs', label: 'New validators have said that they are ready within', unit: 'hours', ms: HOUR_MS },
  { id: 'transactionHorizonMs', label: 'What waits to be sent is given up after', unit: 'hours', ms: HOUR_MS },
] as const;
export type LimitField = (typeof NUMBER_FIELDS)[number]['id'];

export interface OtherFields {
  readonly knocks: boolean;
  readonly publicRead: boolean;
  /** In milliseconds. */
  readonly limits: ReadonlyMap<LimitField, number>;
  readonly bodyBytes: number;
  readonly approvedSoftware: readonly number[];
  readonly auditorsQuorum: number;
}

export function withOther(rules: Rules, { limits, bodyBytes, ...fields }: OtherFields): Rules {
  const times = Object.fromEntries(limits);
  return { ...rules, ...fields, limits: { ...rules.limits, ...times, bodyBytes } };
}

/** Whole numbers in a text, such as `3, 4`; `undefined` if it holds anything else. */
export function numbersIn(text: string): readonly number[] | undefined {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  return parts.every((part) => /^\d{1,9}$/.test(part)) ? parts.map(Number) : undefined;
}
