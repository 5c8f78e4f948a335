/** Rules as an operator types them after `propose rules`, and what the rules in force become by them. */
import { CHANGE_NUMBERS, type ChangeKind } from '../../src/core/codec/governance.ts';
import { ROLES, type Role } from '../../src/core/codec/primitives.ts';
import type { RoleRule, Rule, Rules } from '../../src/core/codec/rules.ts';
import { type AwardNumbers, awardNumbers, awardNumbersList } from '../../src/core/policy/award.ts';
import { OPERATOR_FACT_NAMES, OPERATOR_FACTS, type OperatorFact } from '../../src/core/policy/operator.ts';
import { roleMask } from '../../src/core/policy/roles.ts';
import { Complaint } from './complaint.ts';
import type { Fields } from './fields.ts';

/** What is to be other, each as `NAME=VALUE` where it is of a role, a kind of change or a limit. */
export interface RulesEdit {
  /** `writer=invitation+approvals:2`, `relay=invitation|approvals:1`. */
  readonly roles: readonly string[];
  /** `remove=3`. */
  readonly approvals: readonly string[];
  /** `gateway=5`. */
  readonly caps: readonly string[];
  /** `writer=writer,federation`. */
  readonly inviters: readonly string[];
  /** `relay=region,bandwidth`. */
  readonly operator: readonly string[];
  /** `suspension=604800000`, in milliseconds by now. */
  readonly limits: readonly string[];
  readonly bodyBytes: string | undefined;
  readonly auditorsQuorum: string | undefined;
  readonly knocks: string | undefined;
  readonly publicRead: string | undefined;
  readonly software: readonly string[] | undefined;
  /** `odds=64`: numbers of joining tokens. */
  readonly tokens: readonly string[];
}

/** Time limits by the names that operators know them by. */
export const LIMIT_NAMES = {
  requests: 'requestLifetimeMs',
  suspension: 'suspensionMs',
  invitations: 'invitationLifetimeMs',
  ready: 'readyAgeMs',
  sending: 'transactionHorizonMs',
} as const satisfies Readonly<Record<string, keyof Rules['limits']>>;
/** Numbers of joining tokens likewise. */
const TOKEN_NAMES = {
  attesters: 'attesters',
  'per-sponsor': 'perSponsor',
  days: 'streakDays',
  percent: 'percent',
  kib: 'kib',
  odds: 'odds',
  unspent: 'tokens',
} as const satisfies Readonly<Record<string, keyof AwardNumbers>>;
type LimitName = keyof typeof LIMIT_NAMES;

/** Operator facts likewise, in the order of the facts. */
const FACT_NAMES: Readonly<Record<OperatorFact, string>> = {
  operatorId: 'operator',
  region: 'region',
  kbps: 'bandwidth',
  software: 'software',
  checklist: 'checklist',
};

export function readEdit(fields: Fields): RulesEdit {
  return {
    roles: fields.texts('roles'),
    approvals: fields.texts('approvals'),
    caps: fields.texts('caps'),
    inviters: fields.texts('inviters'),
    operator: fields.texts('operator'),
    limits: fields.texts('limits'),
    bodyBytes: fields.optionalText('bodyBytes'),
    auditorsQuorum: fields.optionalText('auditorsQuorum'),
    knocks: fields.optionalText('knocks'),
    publicRead: fields.optionalText('publicRead'),
    software: fields.optionalTexts('software'),
    tokens: fields.texts('tokens'),
  };
}

/** The rules with what is to be other. Throws `Complaint` for what cannot be read. */
export function editRules(rules: Rules, edit: RulesEdit): Rules {
  const { knocks, publicRead, software, auditorsQuorum } = edit;
  return {
    ...rules,
    roles: editRoles(rules.roles, edit),
    governance: editGovernance(rules, edit.approvals),
    limits: editLimits(rules.limits, edit),
    knocks: knocks === undefined ? rules.knocks : switchOf(knocks, '--knocks'),
    publicRead: publicRead === undefined ? rules.publicRead : switchOf(publicRead, '--public-read'),
    approvedSoftware: software === undefined ? rules.approvedSoftware : software.map(countOf),
    auditorsQuorum: auditorsQuorum === undefined ? rules.auditorsQuorum : countOf(auditorsQuorum),
    token: edit.tokens.length === 0 ? rules.token : editTokens(rules, edit.tokens),
  };
}

function editRoles(roles: readonly RoleRule[], edit: RulesEdit): readonly RoleRule[] {
  const rule = byRole(edit.roles, '--role', ruleOf);
  const cap = byRole(edit.caps, '--cap', countOf);
  const inviters = byRole(edit.inviters, '--inviters', (text) => roleMask(listOf(text).map(roleCalled)));
  const operatorMask = byRole(edit.operator, '--operator-facts', factsOf);
  const known = roles.map(({ role }) => role);
  const unknown = [rule, cap, inviters, operatorMask].flatMap((one) => [...one.keys()]).find((role) => !known.includes(role));
  if (unknown !== undefined) fail(`The rules of this chain know no ${unknown}.`);
  return roles.map((one) => ({
    ...one,
    rule: rule.get(one.role) ?? one.rule,
    cap: cap.get(one.role) ?? one.cap,
    inviters: inviters.get(one.role) ?? one.inviters,
    operatorMask: operatorMask.get(one.role) ?? one.operatorMask,
  }));
}

function byRole<T>(texts: readonly string[], option: string, read: (text: string) => T): ReadonlyMap<Role, T> {
  return new Map(texts.map((text) => pair(text, option)).map(([role, value]) => [roleCalled(role), read(value)]));
}

function editGovernance({ governance }: Rules, approvals: readonly string[]): Rules['governance'] {
  const needed = new Map(approvals.map((text) => pair(text, '--approvals')).map(([kind, count]) => [changeNumber(kind), countOf(count)]));
  const kept = governance.filter(({ kind }) => !needed.has(kind));
  const set = [...needed].flatMap(([kind, count]) => (count === 0 ? [] : [{ kind, approvals: count }]));
  return [...kept, ...set].sort((a, b) => a.kind - b.kind);
}

function editLimits(limits: Rules['limits'], edit: RulesEdit): Rules['limits'] {
  const times = edit.limits
    .map((text) => pair(text, '--limit'))
    .map(([name, ms]) => [LIMIT_NAMES[limitCalled(name)], countOf(ms)] as const);
  const bodyBytes = edit.bodyBytes === undefined ? limits.bodyBytes : countOf(edit.bodyBytes);
  return { ...limits, ...Object.fromEntries(times), bodyBytes };
}

/** What is not said stays as it is. */
function editTokens(rules: Rules, tokens: readonly string[]): Rules['token'] {
  const given = tokens.map((text) => pair(text, '--token')).map(([name, value]) => [TOKEN_NAMES[tokenNumberCalled(name)], countOf(value)]);
  return awardNumbersList({ ...awardNumbers(rules), ...Object.fromEntries(given) });
}

// ---------------------------------------------------------------- words

function tokenNumberCalled(name: string): keyof typeof TOKEN_NAMES {
  const names = Object.keys(TOKEN_NAMES) as readonly (keyof typeof TOKEN_NAMES)[];
  return names.find((one) => one === name) ?? fail(`There is no number ${name} of joining tokens: choose one of ${names.join(', ')}.`);
}

export function roleCalled(name: string): Role {
  return ROLES.find((role) => role === name) ?? fail(`There is no role ${name}: choose one of ${ROLES.join(', ')}.`);
}

export function limitCalled(name: string): LimitName {
  const names = Object.keys(LIMIT_NAMES) as readonly LimitName[];
  return names.find((one) => one === name) ?? fail(`There is no limit ${name}: choose one of ${names.join(', ')}.`);
}

/** `NAME=VALUE`, as an option has it. */
export function pair(text: string, option: string): readonly [string, string] {
  const [name, value, ...more] = text.split('=');
  if (name === undefined || value === undefined || more.length > 0)
    return fail(`${option} ${text} lacks its value: write it as NAME=VALUE.`);
  return [name, value];
}

/** Any of some, joined by `|`, each of them all of some, joined by `+`. */
function ruleOf(text: string): Rule {
  const ways = text.split('|').map(allOf);
  const [only] = ways;
  return ways.length === 1 && only !== undefined ? only : { type: 'anyOf', rules: ways };
}

function allOf(text: string): Rule {
  const parts = text.split('+').map(onePart);
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { type: 'allOf', rules: parts };
}

function onePart(text: string): Rule {
  if (text === 'never' || text === 'invitation' || text === 'token') return { type: text };
  const [, approvals] = /^approvals:(\d{1,2})$/.exec(text) ?? [];
  if (approvals !== undefined) return { type: 'approvals', approvals: Number(approvals) };
  const [, days, percent] = /^service:(\d{1,4}):(\d{1,3})$/.exec(text) ?? [];
  if (days !== undefined) return { type: 'service', days: Number(days), percent: Number(percent) };
  return fail(
    `${text} is no rule: write never, invitation, approvals:2, token, service:30:95, invitation+approvals:2 for both, or invitation|approvals:2 for either.`,
  );
}

/** Facts by name, joined by commas; `none` for none. */
function factsOf(text: string): number {
  if (text === 'none') return 0;
  return listOf(text).reduce((mask, name) => {
    const fact = OPERATOR_FACT_NAMES.find((one) => FACT_NAMES[one] === name);
    return mask | (fact === undefined ? noFact(name) : OPERATOR_FACTS[fact]);
  }, 0);
}

function noFact(name: string): never {
  return fail(`There is no operator fact ${name}: choose of ${Object.values(FACT_NAMES).join(', ')}, or write none.`);
}

function listOf(text: string): readonly string[] {
  return text.split(',').filter((part) => part !== '');
}

function changeNumber(name: string): number {
  const kinds = Object.keys(CHANGE_NUMBERS) as readonly ChangeKind[];
  const kind = kinds.find((one) => one === name);
  return kind === undefined ? fail(`There is no change ${name}: choose one of ${kinds.join(', ')}.`) : CHANGE_NUMBERS[kind];
}

function countOf(text: string): number {
  return /^\d{1,12}$/.test(text) ? Number(text) : fail(`${text} is no number.`);
}

function switchOf(text: string, option: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on';
  return fail(`${option} ${text} is not known: choose on or off.`);
}

function fail(sentence: string): never {
  throw new Complaint(sentence);
}
