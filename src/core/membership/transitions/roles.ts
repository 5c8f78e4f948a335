/** A member gains a role or loses one. */
import type { Hash } from '../../base/hash.ts';
import { ROLES, type Role } from '../../codec/primitives.ts';
import { countRole, memberOf } from '../facts.ts';
import { layDown, takeUp } from '../seats.ts';
import type { StateDraft } from '../state.ts';

export function gainRole(draft: StateDraft, id: Hash, role: Role): void {
  const member = memberOf(draft, id);
  draft.put('member', id, { ...member, roles: ROLES.filter((one) => one === role || member.roles.includes(one)) });
  countRole(draft, role, 1);
  takeUp(draft, id, role);
}

export function loseRole(draft: StateDraft, id: Hash, role: Role): void {
  const member = memberOf(draft, id);
  draft.put('member', id, { ...member, roles: member.roles.filter((one) => one !== role) });
  countRole(draft, role, -1);
  layDown(draft, id, role);
}
