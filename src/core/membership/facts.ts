/** Reading the state: facts that several checks and transitions ask for. Each throws only where an invariant is broken. */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import type { PublicKey } from '../base/key.ts';
import { invariant, itemAt } from '../base/result.ts';
import { ROLES, type Role } from '../codec/primitives.ts';
import type { Census, Device, Member, Records, TrustSet } from '../codec/records.ts';
import type { Rules } from '../codec/rules.ts';
import { isInMask } from '../policy/roles.ts';
import { SINGLETON, type StateDraft, type StateReader } from './state.ts';

/** The mask of a device that may do all that its member may. */
export const ALL_ROLES_MASK = 255;

export interface Actor {
  readonly key: PublicKey;
  readonly device: Device;
  readonly id: Hash;
  readonly member: Member;
  /** Those of the member's roles by which this device may act now: what its mask leaves, and nothing while suspended. */
  readonly roles: readonly Role[];
}

/** The member for whom a node key acts; `undefined` for a key that is unknown, or whose member has left. */
export function actorOf(state: StateReader, key: PublicKey): Actor | undefined {
  const device = state.get('device', key);
  if (device === undefined) return undefined;
  const id = device.member;
  const member = memberOf(state, id);
  const roles = member.suspendedUntil === undefined ? rolesWithin(member.roles, device.roleMask) : [];
  return { key, device, id, member, roles };
}

/**
 * A federation member does all that a writer does, and whoever writes, votes or audits reads: a device of its own that may
 * only write, writes, and one that may only read, reads.
 */
export function rolesWithin(roles: readonly Role[], mask: number): readonly Role[] {
  const allowed = roles.filter((role) => isInMask(mask, role));
  const writes = roles.includes('federation') && !allowed.includes('federation') && isInMask(mask, 'writer');
  if (writes) return allowed.includes('writer') ? allowed : [...allowed, 'writer'];
  const reads = allowed.length === 0 && isInMask(mask, 'observer') && roles.some((role) => READERS.includes(role));
  return reads ? ['observer'] : allowed;
}

/** Roles that read, besides `observer` itself. */
const READERS: readonly Role[] = ['writer', 'federation', 'validator', 'auditor'];

/** Whether a device may do all that its member may: one that came by a link may not, if its member is more than it. */
export function actsFully({ member, device }: Pick<Actor, 'member' | 'device'>): boolean {
  return member.roles.every((role) => isInMask(device.roleMask, role));
}

/** The member whose key it is or was: of one who left, and of a key that was rotated, the tombstone tells. */
export function memberOfKey(state: StateReader, key: PublicKey): Hash | undefined {
  return state.get('device', key)?.member ?? state.get('retired', key)?.member;
}

/** How many bodies were erased so far. */
export function erasureCount(state: StateReader): number {
  return state.get('erasure-count', SINGLETON)?.count ?? 0;
}

/** Percent of each day that members attest of its relay, the latest first. */
export function attestedUptime(state: StateReader, id: Uint8Array): readonly number[] {
  const service = state.get('service', id);
  return service === undefined ? [] : [...service.uptime].reverse();
}

/** The member of an id that another record names. */
export function memberOf(state: StateReader, id: Uint8Array): Member {
  const member = state.get('member', id);
  invariant(member !== undefined, 'a record names members that there are');
  return member;
}

export function chainFactsOf(state: StateReader): Records['chain'] {
  const facts = state.get('chain', SINGLETON);
  invariant(facts !== undefined, 'a chain has its facts');
  return facts;
}

export function rulesOf(state: StateReader): Rules {
  const rules = state.get('rules', SINGLETON);
  invariant(rules !== undefined, 'a chain has rules');
  return rules;
}

export function trustSetOf(state: StateReader): TrustSet {
  const trust = state.get('trust', SINGLETON);
  invariant(trust !== undefined, 'a chain has a trust set');
  return trust;
}

export function censusOf(state: StateReader): Census {
  const census = state.get('census', SINGLETON);
  invariant(census !== undefined, 'a chain has a census');
  return census;
}

export function countOf(census: Census, role: Role): number {
  return itemAt(census.byRole, ROLES.indexOf(role));
}

export function holdsSeat(trust: TrustSet, id: Uint8Array): boolean {
  return trust.seats.some(({ member }) => equal(member, id));
}

/** Adds to the census: a member with these roles comes (+1) or goes (−1). */
export function countMember(draft: StateDraft, roles: readonly Role[], change: 1 | -1): void {
  const census = censusOf(draft);
  draft.put('census', SINGLETON, {
    ...census,
    members: census.members + change,
    byRole: ROLES.map((role) => countOf(census, role) + (roles.includes(role) ? change : 0)),
  });
}

/** Adds to the census: a member gains (+1) or loses (−1) a role. */
export function countRole(draft: StateDraft, role: Role, change: 1 | -1): void {
  const census = censusOf(draft);
  const byRole = ROLES.map((one) => countOf(census, one) + (one === role ? change : 0));
  draft.put('census', SINGLETON, { ...census, byRole });
}

/** Adds to the counts of live invitations, the chain's and the issuer's: one opens (+1) or ends (−1). */
export function countLiveInvitation(draft: StateDraft, issuer: Uint8Array, change: 1 | -1): void {
  const census = censusOf(draft);
  draft.put('census', SINGLETON, { ...census, liveInvitations: census.liveInvitations + change });
  const member = memberOf(draft, issuer);
  draft.put('member', issuer, { ...member, invitations: member.invitations + change });
}
