/**
 * The rules of a chain as a person reads them, in English: how each role is gained, how many decide about each kind of
 * change, and everything else that holds. The page and the command line say the same.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../base/limits.ts';
import { unreachable } from '../base/result.ts';
import { CHANGE_KINDS, type ChangeKind } from '../codec/governance.ts';
import type { Role } from '../codec/primitives.ts';
import type { RoleRule, Rule, Rules } from '../codec/rules.ts';
import { approvalsFor, configuredApprovals } from './governance.ts';
import { isInMask, ROLES_WRITERS_INVITE_TO } from './roles.ts';

/** What a line is about, and what holds. */
export interface RuleLine {
  readonly about: string;
  readonly holds: string;
}

export const ROLE_NAMES: Readonly<Record<Role, string>> = {
  observer: 'Observer',
  writer: 'Writer',
  federation: 'Federation',
  validator: 'Validator',
  auditor: 'Auditor',
  relay: 'Relay',
  gateway: 'Gateway',
};

export const CHANGE_NAMES: Readonly<Record<ChangeKind, string>> = {
  grant: 'Giving a member a role',
  withdraw: 'Taking a role away',
  remove: 'Removing members',
  suspend: 'Suspending members',
  rules: 'Changing these rules',
  activate: 'Upgrading the chain',
  endpoints: 'Changing where a member can be reached',
  erase: 'Erasing the text of an entry',
  'recovery-keys': 'Changing the recovery keys',
  'cancel-recovery': 'Stopping a recovery',
};

/** `1 member`, `2 members`. */
function counted(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

/** `14 days`, `5 hours`, `3 minutes`, rounded to what a person would say. */
function span(ms: number): string {
  if (ms >= 2 * DAY_MS) return counted(Math.round(ms / DAY_MS), 'day');
  if (ms >= HOUR_MS) return counted(Math.round(ms / HOUR_MS), 'hour');
  return counted(Math.max(1, Math.round(ms / MINUTE_MS)), 'minute');
}

/** What a rule asks for, to follow “takes”. */
export function ruleWords(rule: Rule): string {
  switch (rule.type) {
    case 'never':
      return 'nothing: nobody can ask for it, the federation gives it';
    case 'invitation':
      return 'an invitation';
    case 'approvals':
      return `the approval of ${counted(rule.approvals, 'federation member')}`;
    case 'token':
      return 'a joining token (none can be had yet)';
    case 'service':
      return `${rule.percent} % attested uptime over ${counted(rule.days, 'day')} (none is attested yet)`;
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
  const most = cap === 0 ? '' : ` At most ${counted(cap, 'member')}.`;
  const facts = operatorMask === 0 ? '' : ' Asks who runs the machine, and where.';
  if (rule.type === 'never') return `Only the federation gives this role, by a proposal.${most}${facts}`;
  const inviting = isInMask(inviters, 'writer') && ROLES_WRITERS_INVITE_TO.includes(role) ? 'Writers and the federation' : 'The federation';
  return `Takes ${ruleWords(rule)}. ${inviting} may invite.${most}${facts}`;
}

/** How many decide about a kind of change, in a federation of so many. */
export function changeSentence(rules: Rules, kind: ChangeKind, federation: number): string {
  const majority = configuredApprovals(rules, kind) === 0 ? ', more than half of the federation' : '';
  return `Takes ${approvalsFor(rules, kind, federation)} of ${counted(federation, 'federation member')}${majority}.`;
}

/** Knocks, reading, time limits, sizes, network key, software, auditors. */
export function otherLines({ limits, knocks, publicRead, networkKeyHashes, approvedSoftware, auditorsQuorum }: Rules): readonly RuleLine[] {
  const key = networkKeyHashes.length === 0;
  return [
    {
      about: 'Asking without a link',
      holds: knocks ? 'Allowed. The federation decides about each.' : 'Not allowed. People come in by a link only.',
    },
    { about: 'Reading', holds: publicRead ? 'Anybody may read the record.' : 'Only members read the record.' },
    { about: 'Requests and proposals', holds: `End by themselves after ${span(limits.requestLifetimeMs)}.` },
    { about: 'Suspension', holds: `Lasts ${span(limits.suspensionMs)}.` },
    { about: 'Invitations', holds: `Live for at most ${span(limits.invitationLifetimeMs)}.` },
    { about: 'Entries', holds: `At most ${counted(limits.bodyBytes, 'byte')} each.` },
    { about: 'Waiting to be sent', holds: `Given up after ${span(limits.transactionHorizonMs)}.` },
    { about: 'New validators', holds: `Must have said within ${span(limits.readyAgeMs)} that they are ready.` },
    {
      about: 'Network key',
      holds: key ? 'None: whoever knows an address can knock at it.' : 'Set: machines answer only those who know it.',
    },
    {
      about: 'Approved software',
      holds: approvedSoftware.length === 0 ? 'Any version.' : `Versions ${approvedSoftware.join(', ')} only.`,
    },
    { about: 'Auditors', holds: auditorsWords(auditorsQuorum) },
  ];
}

function auditorsWords(quorum: number): string {
  if (quorum === 0) return 'None are asked to countersign.';
  const before = 'before newcomers rely on anything, also once some have left';
  return quorum === 1
    ? `1 must countersign ${before}. Until there is one, nobody waits.`
    : `${quorum} must countersign ${before}. Until there are so many, all there have been.`;
}

/** All that the rules settle, a line each, in a federation of so many. */
export function rulesLines(rules: Rules, federation: number): readonly RuleLine[] {
  return [
    ...rules.roles.map((one) => ({ about: ROLE_NAMES[one.role], holds: roleSentence(one) })),
    ...CHANGE_KINDS.map((kind) => ({ about: CHANGE_NAMES[kind], holds: changeSentence(rules, kind, federation) })),
    ...otherLines(rules),
  ];
}
