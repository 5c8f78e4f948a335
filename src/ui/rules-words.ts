/** The rules of a chain in plain sentences. */
import { unreachable } from '../core/base/result.ts';
import { CHANGE_KINDS, type ChangeKind } from '../core/codec/governance.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { RoleRule, Rule, Rules } from '../core/codec/rules.ts';
import { approvalsFor, configuredApprovals } from '../core/policy/governance.ts';
import { isInMask, ROLES_WRITERS_INVITE_TO } from '../core/policy/roles.ts';
import { count, ROLE_WORDS, span } from './words.ts';

export const GOVERNED_WORDS: Readonly<Record<ChangeKind, string>> = {
  grant: 'Giving a member a role',
  withdraw: 'Taking a role away',
  suspend: 'Suspending a member',
  remove: 'Removing members',
  rules: 'Changing these rules',
  activate: 'Upgrading the chain',
  endpoints: 'Changing where a member can be reached',
  'recovery-keys': 'Changing the recovery keys',
  'cancel-recovery': 'Stopping a recovery',
};

/** What a rule asks for, to follow “comes in with”. */
export function ruleWords(rule: Rule): string {
  switch (rule.type) {
    case 'never':
      return 'nothing: nobody can ask for it, the federation gives it';
    case 'invitation':
      return 'an invitation';
    case 'approvals':
      return `the approval of ${count(rule.approvals, 'federation member')}`;
    case 'token':
      return 'a joining token';
    case 'service':
      return `${rule.percent} % attested uptime over ${count(rule.days, 'day')}`;
    case 'allOf':
      return rule.rules.map(ruleWords).join(' and ');
    case 'anyOf':
      return rule.rules.map(ruleWords).join(', or ');
    default:
      return unreachable(rule);
  }
}

/** How one role is gained, whole. */
export function roleSentence({ role, rule, cap, inviters, operatorMask }: RoleRule): string {
  const inviting = isInMask(inviters, 'writer') && ROLES_WRITERS_INVITE_TO.includes(role) ? 'Writers and the federation' : 'The federation';
  const how = rule.type === 'never' ? 'Only the federation gives this role, by a proposal.' : `Takes ${ruleWords(rule)}.`;
  const who = rule.type === 'never' ? '' : ` ${inviting} may invite.`;
  const many = cap === 0 ? '' : ` At most ${count(cap, 'member')}.`;
  return `${how}${who}${many}${operatorMask === 0 ? '' : ' Asks who runs the machine, and where.'}`;
}

export function governanceWords(rules: Rules, kind: ChangeKind, federation: number): string {
  const needed = approvalsFor(rules, kind, federation);
  const majority = configuredApprovals(rules, kind) === 0 ? ', more than half of the federation' : '';
  return `${needed} of ${federation} federation members${majority}`;
}

/** The rest: knocks, reading, time limits, caps, network key, software. One line each: what it is about, and what holds. */
export function otherRules(rules: Rules): readonly { readonly about: string; readonly holds: string }[] {
  const { limits, knocks, publicRead, networkKeyHashes, approvedSoftware, auditorsQuorum } = rules;
  return [
    {
      about: 'Asking without a link',
      holds: knocks ? 'Allowed. The federation decides about each.' : 'Not allowed. People come in by a link only.',
    },
    { about: 'Reading', holds: publicRead ? 'Anybody may read the record.' : 'Only members read the record.' },
    { about: 'Requests and proposals', holds: `End by themselves after ${span(limits.requestLifetimeMs)}.` },
    { about: 'Suspension', holds: `Lasts ${span(limits.suspensionMs)}.` },
    { about: 'Invitations', holds: `Live for at most ${span(limits.invitationLifetimeMs)}.` },
    {
      about: 'Entries',
      holds: `At most ${count(limits.bodyBytes, 'byte')} each; what waits to be sent is given up after ${span(limits.transactionHorizonMs)}.`,
    },
    { about: 'New validators', holds: `Must have said within ${span(limits.readyAgeMs)} that they are ready.` },
    {
      about: 'Network key',
      holds:
        networkKeyHashes.length === 0 ? 'None: whoever knows an address can knock at it.' : 'Set: machines answer only those who know it.',
    },
    {
      about: 'Approved software',
      holds: approvedSoftware.length === 0 ? 'Any version.' : `Versions ${approvedSoftware.join(', ')} only.`,
    },
    { about: 'Auditors', holds: auditorsQuorum === 0 ? 'None are asked to countersign.' : `${auditorsQuorum} must countersign.` },
  ];
}

/** Lines that differ between two sets of rules, for whoever decides about the change. */
export function rulesDifferences(
  before: Rules,
  after: Rules,
  federation: number,
): readonly { readonly about: string; readonly was: string; readonly becomes: string }[] {
  const lines = (rules: Rules) => [
    ...rules.roles.map((one) => ({ about: ROLE_WORDS[one.role].name, holds: roleSentence(one) })),
    ...CHANGE_KINDS.map((kind) => ({ about: GOVERNED_WORDS[kind], holds: `Takes ${governanceWords(rules, kind, federation)}.` })),
    ...otherRules(rules),
  ];
  const old = new Map(lines(before).map(({ about, holds }) => [about, holds]));
  const said = lines(after)
    .map(({ about, holds }) => ({ about, was: old.get(about) ?? 'Nothing.', becomes: holds }))
    .filter(({ was, becomes }) => was !== becomes);
  const keys = (rules: Rules) => rules.networkKeyHashes.map((one) => one.join('.')).join(' ');
  const sameKey = said.every(({ about }) => about !== 'Network key') && keys(before) !== keys(after);
  return sameKey ? [...said, { about: 'Network key', was: 'The present one.', becomes: 'A new one; members are given it.' }] : said;
}

/** Roles that a member can be given, for choosing. */
export function roleChoices(rules: Rules): readonly Role[] {
  return rules.roles.map(({ role }) => role);
}
