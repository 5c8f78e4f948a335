/** Rules of a chain: on-chain configuration, set by the genesis and changed by governance (DESIGN §5). */
import { type Hash, TAGS, taggedHash } from '../base/hash.ts';
import {
  APPROVED_SOFTWARE_MAX,
  AUDITORS_MAX,
  BODY_BYTES_MAX,
  GOVERNANCE_KINDS_MAX,
  ROLES_MAX,
  RULE_CHILDREN_MAX,
  TOKEN_NUMBERS_MAX,
} from '../base/limits.ts';
import { type Codec, encode, flag, type Infer, list, literal, named, recursive, tuple, uint, variant } from './codec.ts';
import { hash, role } from './primitives.ts';

/** Admission rule. Numbers 7 (reputation) and 8 (zero-knowledge proof) are reserved and refused until they are defined. */
export type Rule =
  | { readonly type: 'never' }
  | { readonly type: 'invitation' }
  | { readonly type: 'approvals'; readonly approvals: number }
  | { readonly type: 'token' }
  | { readonly type: 'service'; readonly days: number; readonly percent: number }
  | { readonly type: 'allOf'; readonly rules: readonly Rule[] }
  | { readonly type: 'anyOf'; readonly rules: readonly Rule[] };

export const rule: Codec<Rule> & { readonly definition: string } = recursive<Rule>('rule', () =>
  variant({
    never: [0, {}],
    invitation: [1, {}],
    approvals: [2, { approvals: uint(64) }],
    token: [3, {}],
    service: [4, { days: uint(3650), percent: uint(100) }],
    allOf: [5, { rules: list(rule, RULE_CHILDREN_MAX, 1) }],
    anyOf: [6, { rules: list(rule, RULE_CHILDREN_MAX, 1) }],
  }),
);

/** How one role is gained: `cap` 0 is no cap; `operatorMask` says which operator facts are asked; `inviters` is a mask of roles that may invite to it. */
export const roleRule = named('role-rule', tuple({ role, rule, cap: uint(1_000_000), operatorMask: uint(255), inviters: uint(255) }));
export type RoleRule = Infer<typeof roleRule>;

/** Time limits and sizes that a chain sets, in milliseconds and bytes. */
export const chainLimits = named(
  'chain-limits',
  tuple({
    transactionHorizonMs: uint(),
    requestLifetimeMs: uint(),
    suspensionMs: uint(),
    readyAgeMs: uint(),
    invitationLifetimeMs: uint(),
    bodyBytes: uint(BODY_BYTES_MAX),
  }),
);

export const rules = named(
  'rules',
  tuple({
    version: literal(1),
    roles: list(roleRule, ROLES_MAX),
    governance: list(named('action-threshold', tuple({ kind: uint(255), approvals: uint(64) })), GOVERNANCE_KINDS_MAX),
    knocks: flag(),
    publicRead: flag(),
    limits: chainLimits,
    approvedSoftware: list(uint(), APPROVED_SOFTWARE_MAX),
    auditorsQuorum: uint(AUDITORS_MAX),
    /** Hashes of the network key in force and, after a change, of the one before. Empty: no network key. */
    networkKeyHashes: list(hash, 2),
    token: list(uint(), TOKEN_NUMBERS_MAX),
  }),
);
export type Rules = Infer<typeof rules>;

/** Of rules that were asked for: a rule never changes, and the same few are asked for each time that something waits. */
const ruleHashes = new WeakMap<Rule, Hash>();

/** Hash under which approvals count: if the rule changes they start again. */
export function ruleHash(value: Rule): Hash {
  const known = ruleHashes.get(value);
  if (known !== undefined) return known;
  const made = taggedHash(TAGS.rule, encode(rule, value));
  ruleHashes.set(value, made);
  return made;
}

/** What a chain names of a network key, which itself never enters the log. */
export function networkKeyHash(key: Uint8Array): Hash {
  return taggedHash(TAGS.networkKey, key);
}
