/** What each role may do (DESIGN §1, §5), before a chain's rules narrow it. */
import { ROLE_NUMBERS, type Role } from '../codec/primitives.ts';
import type { RoleRule, Rules } from '../codec/rules.ts';

/** Roles that may be gained by an invitation alone; any other needs approvals, however invited (a must of DESIGN §5). */
export const ROLES_BY_INVITATION: readonly Role[] = ['observer', 'writer', 'relay'];
/** Roles to which a writer may invite, where the rules let it. */
export const ROLES_WRITERS_INVITE_TO: readonly Role[] = ['observer', 'writer'];

export function mayWrite(roles: readonly Role[]): boolean {
  return roles.includes('writer') || roles.includes('federation');
}

/** A mask with the bit of every role set, by its number; bit 0 is unused. */
export function roleMask(roles: readonly Role[]): number {
  return roles.reduce((mask, role) => mask | (1 << ROLE_NUMBERS[role]), 0);
}

export function isInMask(mask: number, role: Role): boolean {
  return (mask & roleMask([role])) !== 0;
}

export function ruleFor(rules: Rules, role: Role): RoleRule | undefined {
  return rules.roles.find((one) => one.role === role);
}

/** Federation members invite to any role that the rules know; writers to observer and writer where the rule names them as inviters. */
export function mayInviteTo(rules: Rules, roles: readonly Role[], role: Role): boolean {
  const rule = ruleFor(rules, role);
  if (rule === undefined) return false;
  if (roles.includes('federation')) return true;
  return roles.includes('writer') && ROLES_WRITERS_INVITE_TO.includes(role) && isInMask(rule.inviters, 'writer');
}
