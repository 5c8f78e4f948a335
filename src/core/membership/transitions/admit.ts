/** Admission: a node key becomes a member with its first role. */
import type { Hash } from '../../base/hash.ts';
import type { PublicKey } from '../../base/key.ts';
import type { BodyRef } from '../../codec/body.ts';
import type { Operator } from '../../codec/operator.ts';
import type { Role } from '../../codec/primitives.ts';
import { memberIdOf } from '../../codec/records.ts';
import { ALL_ROLES_MASK, countMember } from '../facts.ts';
import { takeUp } from '../seats.ts';
import type { StateDraft } from '../state.ts';

export interface Newcomer {
  readonly key: PublicKey;
  /** Of the transaction by which it asked, so that nothing older by its key counts. */
  readonly sequence: number;
  readonly role: Role;
  readonly name: BodyRef;
  readonly nextKey: Hash;
  readonly operator: Operator | undefined;
  /** What it came through: an invitation, a request that was approved, or both. */
  readonly invitation: Hash | undefined;
  readonly request: Hash | undefined;
}

export function admit(draft: StateDraft, chain: Hash, time: number, newcomer: Newcomer): void {
  const { key, sequence, role, ...facts } = newcomer;
  const id = memberIdOf(chain, key);
  draft.put('member', id, {
    ...facts,
    roles: [role],
    since: time,
    rotations: 0,
    suspendedUntil: undefined,
    devices: [key],
    invitations: 0,
    left: false,
  });
  draft.put('device', key, { member: id, sequence, roleMask: ALL_ROLES_MASK, added: time });
  countMember(draft, [role], 1);
  takeUp(draft, id, role);
}
