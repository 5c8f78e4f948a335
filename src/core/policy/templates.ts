/** Rules that a chain can start with; governance changes them later. */
import { BODY_BYTES_DEFAULT, DAY_MS, INVITATION_LIFETIME_MS_MAX, TRANSACTION_HORIZON_MS } from '../base/limits.ts';
import { unreachable } from '../base/result.ts';
import { CHANGE_KINDS, CHANGE_NUMBERS } from '../codec/governance.ts';
import type { RoleRule, Rule, Rules } from '../codec/rules.ts';
import { INFRASTRUCTURE_ROLES, OPERATOR_FACTS } from './operator.ts';
import { roleMask } from './roles.ts';

export const TEMPLATES = ['open-link', 'members-approve', 'consortium'] as const;
export type Template = (typeof TEMPLATES)[number];

/** The rules of a template; `approvals` where it asks for any. */
export function rulesOfTemplate(template: Template, approvals: number): Rules {
  switch (template) {
    case 'open-link':
      return openLinkRules();
    case 'members-approve':
      return membersApproveRules(approvals);
    case 'consortium':
      return consortiumRules(approvals);
    default:
      return unreachable(template);
  }
}

const ANYONE_WHO_WRITES = roleMask(['writer', 'federation']);
const FEDERATION = roleMask(['federation']);

/** *Open link*: whoever holds a link to read or write is in; every other role waits for governance. */
export function openLinkRules(): Rules {
  const byInvitation = { rule: { type: 'invitation' }, cap: 0, operatorMask: 0 } as const;
  const never = { rule: { type: 'never' }, cap: 0, operatorMask: 0, inviters: FEDERATION } as const;
  return {
    version: 1,
    roles: [
      { role: 'observer', ...byInvitation, inviters: ANYONE_WHO_WRITES },
      { role: 'writer', ...byInvitation, inviters: ANYONE_WHO_WRITES },
      { role: 'federation', ...never },
      { role: 'validator', ...never },
      { role: 'auditor', ...never },
      { role: 'relay', ...byInvitation, inviters: FEDERATION },
      { role: 'gateway', ...never },
    ],
    governance: [],
    knocks: false,
    publicRead: false,
    limits: {
      transactionHorizonMs: TRANSACTION_HORIZON_MS,
      requestLifetimeMs: 14 * DAY_MS,
      suspensionMs: 7 * DAY_MS,
      readyAgeMs: DAY_MS,
      invitationLifetimeMs: INVITATION_LIFETIME_MS_MAX,
      bodyBytes: BODY_BYTES_DEFAULT,
    },
    approvedSoftware: [],
    auditorsQuorum: 0,
    networkKeyHashes: [],
    token: [],
  };
}

/**
 * *Members approve*: a link opens the door to ask, and so does a knock; `approvals` federation members let in, to whatever
 * role. Changes are left to the majority.
 */
export function membersApproveRules(approvals: number): Rules {
  const asked: Rule = { type: 'approvals', approvals };
  return { ...openLinkRules(), roles: rolesBy(() => asked, 0), knocks: true };
}

/**
 * *Consortium*: organisations that run it together. Nobody comes in unseen: readers and writers by invitation and one
 * approval, everybody else by `approvals`; whoever runs something says what and where; one member fewer suspends than
 * removes, so that harm is stopped fast.
 */
export function consortiumRules(approvals: number): Rules {
  const { operatorId, region, kbps, checklist } = OPERATOR_FACTS;
  const seen: Rule = { type: 'allOf', rules: [{ type: 'invitation' }, { type: 'approvals', approvals: 1 }] };
  const agreed: Rule = { type: 'approvals', approvals };
  const roles = rolesBy((role) => (role === 'observer' || role === 'writer' ? seen : agreed), operatorId | region | kbps | checklist);
  const governance = CHANGE_KINDS.map((kind) => ({
    kind: CHANGE_NUMBERS[kind],
    approvals: kind === 'suspend' ? Math.max(1, approvals - 1) : approvals,
  }));
  return { ...openLinkRules(), roles, governance, auditorsQuorum: 1 };
}

/** The roles of the open template by other rules, with operator facts asked where a role runs something for the others. */
function rolesBy(ruleOf: (role: RoleRule['role']) => Rule, operatorMask: number): readonly RoleRule[] {
  return openLinkRules().roles.map((one) => ({
    ...one,
    rule: ruleOf(one.role),
    operatorMask: INFRASTRUCTURE_ROLES.includes(one.role) ? operatorMask : 0,
  }));
}
