/** How a chain governs itself, as an embedding developer sees it: requests, proposals, what they lead to, why somebody is here. */
import type { Hash } from '../core/base/hash.ts';
import type { Change } from '../core/codec/governance.ts';
import type { Operator } from '../core/codec/operator.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { RequestStatus } from '../core/codec/records.ts';
import type { Person } from './persons.ts';

export type { Balance, Consequence } from '../core/membership/consequence.ts';

/** A federation member's decision. */
export interface DecisionInfo {
  readonly member: Hash;
  readonly name: string;
  readonly you: boolean;
  readonly approves: boolean;
  /** Time of its block, ms. */
  readonly time: number;
  /** Its place in the log. */
  readonly leaf: number;
  /** `undefined`: none was given, or it has not arrived. */
  readonly reason: string | undefined;
}

/** What requests and proposals have in common: federation members decide about them. */
export interface Decidable {
  readonly id: Hash;
  readonly opened: number;
  /** When it ends by itself if too few have approved. */
  readonly until: number;
  /** In the order in which they were made. */
  readonly decisions: readonly DecisionInfo[];
  /** Approvals that it takes in all. */
  readonly needed: number;
  readonly status: RequestStatus;
  /** When it stopped being pending; 0 while it is. */
  readonly ended: number;
  /** True if this device may decide for its member, who has not yet. */
  readonly yoursToDecide: boolean;
}

/** Somebody asks to join by an invitation, a member asks for a role, or a knock was carried in. */
export interface RequestInfo extends Decidable {
  readonly kind: 'join' | 'role' | 'knock';
  readonly name: string;
  readonly role: Role;
  /** The member who asks for a role, or whom an approved request made. */
  readonly member: Hash | undefined;
  readonly invitation: Hash | undefined;
  readonly invitedBy: Person | undefined;
  /** While it waits: whose approval is needed besides, because the invitation is a closed one for several. */
  readonly issuerAsked: Person | undefined;
  readonly operator: Operator | undefined;
}

export interface ProposalInfo extends Decidable {
  readonly proposer: Person;
  readonly change: Change;
  readonly reason: string | undefined;
}

/** Somebody without a live invitation, who waits off the log in this node's inbox. */
export interface KnockInfo {
  readonly id: Hash;
  readonly name: string;
  readonly role: Role;
  readonly operator: Operator | undefined;
  /** When it must be made anew. */
  readonly until: number;
  readonly yoursToDecide: boolean;
}

/** How a role was gained after joining. */
export interface RoleGained {
  readonly role: Role;
  readonly time: number;
  /** The request or proposal that gave it. */
  readonly by: 'request' | 'proposal';
  readonly id: Hash;
  readonly decisions: readonly DecisionInfo[];
}

/** Why a member is here. */
export interface AdmissionStory {
  readonly member: Person;
  /** `recovery`: a recovery certificate brought it in. */
  readonly how: 'founder' | 'invitation' | 'knock' | 'recovery';
  readonly since: number;
  /** Roles with which it came in are those that are not in `gained`. */
  readonly roles: readonly Role[];
  /** What there still is of the invitation; `undefined` if there was none. */
  readonly invitation: { readonly id: Hash; readonly role: Role; readonly issuer: Person } | undefined;
  /** The rule that let it in, in words. */
  readonly rule: string;
  /** Approvals and rejections of the request to join; none where the rule asked for none. */
  readonly decisions: readonly DecisionInfo[];
  readonly request: Hash | undefined;
  readonly gained: readonly RoleGained[];
}
