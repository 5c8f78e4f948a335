/** What somebody who waits to be let in is shown: who has decided so far, how many must, and how it ended. */
import { toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import type { RefusalCode } from '../core/base/result.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { RequestRecord } from '../core/codec/records.ts';
import type { Rules } from '../core/codec/rules.ts';
import { SINGLETON } from '../core/membership/state.ts';
import { approvalsNeeded, STRANGER } from '../core/policy/admission.ts';
import { ruleFor } from '../core/policy/roles.ts';
import type { GuestProofs, KnownDecider } from './guest-proofs.ts';
import type { Session } from './ports.ts';

export interface RequestDecision {
  readonly member: Hash;
  /** `undefined` where the peer that was asked does not hold it. */
  readonly name: string | undefined;
  readonly yes: boolean;
  /** Proved to be in the decision; `undefined` where none was given, or the peer that was asked does not hold it. */
  readonly reason: string | undefined;
  /** Of the block that holds it, ms. */
  readonly time: number;
}

/** One's own request, as the chain has it. */
export interface RequestProgress {
  readonly id: Hash;
  readonly kind: 'join' | 'knock';
  readonly role: Role;
  /** When it ends by itself, ms. */
  readonly until: number;
  /** Approvals that it takes in all; 0 where the role is closed by now. */
  readonly needed: number;
  /** In the order in which they were made. */
  readonly decisions: readonly RequestDecision[];
}

/** Why a request that ended did not let anybody in; `undefined` while it is pending, and where it did. */
export function endOfRequest({ status }: RequestRecord): RefusalCode | undefined {
  switch (status) {
    case 'rejected':
      return 'request-rejected';
    case 'expired':
      return 'request-expired';
    case 'cancelled':
      return 'request-cancelled';
    case 'pending':
    case 'approved':
      return undefined;
  }
}

/** Who decided about a request, why, and how many must. */
export async function progressOf(proofs: GuestProofs, session: Session, id: Hash, request: RequestRecord): Promise<RequestProgress> {
  const { role, until, yes, no, invitation } = request;
  const { record: rules } = await proofs.record(session, 'rules', SINGLETON);
  const known = yes.length + no.length === 0 ? new Map<string, KnownDecider>() : await proofs.deciders(session, id, [...yes, ...no]);
  const decisions = [...yes.map((one) => ({ ...one, yes: true })), ...no.map((one) => ({ ...one, yes: false }))]
    .sort((a, b) => a.leaf - b.leaf)
    .map(({ member, time, yes: isYes }) => {
      const { name, reason } = known.get(toHex(member)) ?? { name: undefined, reason: undefined };
      return { member, name, reason, yes: isYes, time };
    });
  const kind = request.kind === 'knock' ? 'knock' : 'join';
  return { id, kind, role, until, needed: neededFor(rules, role, invitation !== undefined), decisions };
}

/** Approvals that somebody waits for at least. */
export function neededFor(rules: Rules | undefined, role: Role, invited: boolean): number {
  const rule = rules === undefined ? undefined : ruleFor(rules, role)?.rule;
  const needed = rule === undefined ? 0 : approvalsNeeded(role, rule, { ...STRANGER, invited });
  return Number.isFinite(needed) ? Math.max(1, needed) : 0;
}

/** Whether there is nothing new to show. */
export function isSameProgress(a: RequestProgress | undefined, b: RequestProgress): boolean {
  const said = ({ id, needed, decisions }: RequestProgress) =>
    JSON.stringify([toHex(id), needed, decisions.map(({ member, name, yes, reason }) => [toHex(member), name, yes, reason])]);
  return a !== undefined && said(a) === said(b);
}
