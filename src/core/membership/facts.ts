/** Reading the state: facts that several checks and transitions ask for. Each throws only where an invariant is broken. */
import type { Hash } from '../base/hash.ts';
import type { PublicKey } from '../base/key.ts';
import { invariant } from '../base/result.ts';
import { type Role, ROLES } from '../codec/primitives.ts';
import type { Census, Device, Member, TrustSet } from '../codec/records.ts';
import type { Rules } from '../codec/rules.ts';
import { SINGLETON, type StateDraft, type StateReader } from './state.ts';

export interface Actor {
  readonly key: PublicKey;
  readonly device: Device;
  readonly id: Hash;
  readonly member: Member;
}

/** The member for whom a node key acts; `undefined` for a key that is unknown, or whose member has left. */
export function actorOf(state: StateReader, key: PublicKey): Actor | undefined {
  const device = state.get('device', key);
  if (device === undefined) return undefined;
  const member = state.get('member', device.member);
  return member === undefined || member.left ? undefined : { key, device, id: device.member, member };
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
  return census.byRole[ROLES.indexOf(role)] ?? 0;
}

export function holdsSeat(trust: TrustSet, member: Member): boolean {
  return trust.seats.some(({ node }) => member.devices.some((device) => sameKey(device, node)));
}

function sameKey(a: PublicKey, b: PublicKey): boolean {
  return a.every((byte, i) => byte === b[i]);
}

/** Adds to the census: a member with these roles comes (+1) or goes (−1). */
export function countMember(draft: StateDraft, roles: readonly Role[], change: 1 | -1): void {
  const census = censusOf(draft);
  draft.put('census', SINGLETON, {
    ...census,
    members: census.members + change,
    byRole: census.byRole.map((count, i) => (roles.includes(ROLES[i] ?? 'observer') ? count + change : count)),
  });
}

export function countLiveInvitation(draft: StateDraft, change: 1 | -1): void {
  const census = censusOf(draft);
  draft.put('census', SINGLETON, { ...census, liveInvitations: census.liveInvitations + change });
}
