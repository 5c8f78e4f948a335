/** How requests, proposals, members and rules cross the admin socket: plain JSON, ids in hexadecimal, times as ISO 8601. */
import { toHex, utf8 } from '../../src/core/base/bytes.ts';
import type { Change } from '../../src/core/codec/governance.ts';
import type { Operator } from '../../src/core/codec/operator.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import type { Chain, Entry, MemberInfo } from '../../src/node/chain.ts';
import type { DeviceInfo } from '../../src/node/devices.ts';
import type {
  AdmissionStory,
  Consequence,
  Decidable,
  DecisionInfo,
  KnockInfo,
  ProposalInfo,
  RequestInfo,
} from '../../src/node/governance-info.ts';

export interface DecisionView {
  readonly name: string;
  readonly member: string;
  readonly approves: boolean;
  readonly time: string;
  readonly leaf: number;
  readonly reason: string | null;
}

/** What can be decided about, of whatever kind. */
interface DecidableView {
  readonly id: string;
  readonly status: string;
  readonly needed: number;
  readonly decisions: readonly DecisionView[];
  readonly opened: string;
  readonly until: string;
  readonly yoursToDecide: boolean;
}

export interface RequestView extends DecidableView {
  readonly kind: RequestInfo['kind'];
  readonly name: string;
  readonly role: Role;
  readonly member: string | null;
  readonly invitation: string | null;
  readonly invitedBy: string | null;
  readonly operator: OperatorView | null;
}

export interface KnockView {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly operator: OperatorView | null;
  readonly until: string;
  readonly yoursToDecide: boolean;
}

export interface ProposalView extends DecidableView {
  readonly proposer: string;
  readonly kind: Change['type'];
  /** The change in words. */
  readonly change: string;
  readonly reason: string | null;
}

export interface OperatorView {
  readonly operatorId: string;
  readonly region: number;
  readonly kbps: number;
  readonly software: number;
  readonly checklist: number;
}

export interface MemberView {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly since: string;
  readonly you: boolean;
  readonly left: boolean;
}

export interface StoryView {
  readonly member: string;
  readonly name: string;
  readonly how: AdmissionStory['how'];
  readonly since: string;
  readonly roles: readonly Role[];
  readonly invitation: { readonly id: string; readonly role: Role; readonly issuer: string } | null;
  readonly rule: string;
  readonly decisions: readonly DecisionView[];
  readonly gained: readonly {
    readonly role: Role;
    readonly time: string;
    readonly by: 'request' | 'proposal';
    readonly decisions: readonly DecisionView[];
  }[];
}

export interface ConsequenceView {
  readonly before: Consequence['before'];
  readonly after: Consequence['after'];
  /** Code of what stands in its way. */
  readonly problem: string | null;
}

/** ISO 8601. */
export function timeView(ms: number): string {
  return new Date(ms).toISOString();
}

function hexOr(id: Uint8Array | undefined): string | null {
  return id === undefined ? null : toHex(id);
}

function decisionView({ name, member, approves, time, leaf, reason }: DecisionInfo): DecisionView {
  return { name, member: toHex(member), approves, time: timeView(time), leaf, reason: reason ?? null };
}

function decidableView({ id, status, needed, decisions, opened, until, yoursToDecide }: Decidable): DecidableView {
  return {
    id: toHex(id),
    status,
    needed,
    decisions: decisions.map(decisionView),
    opened: timeView(opened),
    until: timeView(until),
    yoursToDecide,
  };
}

function operatorView(operator: Operator | undefined): OperatorView | null {
  return operator === undefined ? null : { ...operator, operatorId: Buffer.from(operator.operatorId).toString('utf8') };
}

export function requestView(info: RequestInfo): RequestView {
  const { kind, name, role, member, invitation, invitedBy, operator } = info;
  return {
    ...decidableView(info),
    kind,
    name,
    role,
    member: hexOr(member),
    invitation: hexOr(invitation),
    invitedBy: invitedBy?.name ?? null,
    operator: operatorView(operator),
  };
}

export function knockView({ id, name, role, operator, until, yoursToDecide }: KnockInfo): KnockView {
  return { id: toHex(id), name, role, operator: operatorView(operator), until: timeView(until), yoursToDecide };
}

export function proposalView(info: ProposalInfo, change: string): ProposalView {
  return { ...decidableView(info), proposer: info.proposer.name, kind: info.change.type, change, reason: info.reason ?? null };
}

export function memberView({ id, name, roles, since, you, left }: MemberInfo): MemberView {
  return { id: toHex(id), name, roles, since: timeView(since), you, left };
}

export function storyView({ member, how, since, roles, invitation, rule, decisions, gained }: AdmissionStory): StoryView {
  return {
    member: toHex(member.id),
    name: member.name,
    how,
    since: timeView(since),
    roles,
    invitation: invitation === undefined ? null : { ...invitation, id: toHex(invitation.id), issuer: invitation.issuer.name },
    rule,
    decisions: decisions.map(decisionView),
    gained: gained.map(({ role, time, by, decisions: about }) => ({ role, time: timeView(time), by, decisions: about.map(decisionView) })),
  };
}

export function consequenceView({ before, after, problem }: Consequence): ConsequenceView {
  return { before, after, problem: problem?.code ?? null };
}

export function operatorOf({ operatorId, ...facts }: OperatorView): Operator {
  return { ...facts, operatorId: utf8(operatorId) };
}

export interface DeviceView {
  readonly key: string;
  readonly fingerprint: string;
  readonly since: string;
  readonly roles: readonly Role[];
  readonly thisOne: boolean;
}

export function deviceView({ key, fingerprint, since, roles, thisOne }: DeviceInfo): DeviceView {
  return { key: toHex(key), fingerprint, since: timeView(since), roles, thisOne };
}

/** An erasure, as answers have it. */
export interface ErasureView {
  readonly by: 'author' | 'federation';
  readonly name: string;
  readonly time: string;
  readonly reason: string | null;
}

export function erasureView(chain: Chain, { erased }: Entry): ErasureView | null {
  if (erased === undefined) return null;
  const { by, member, time, reason } = erased;
  const name = (member && chain.member(member)?.name) ?? 'somebody';
  return { by, name, time: timeView(time), reason: reason ?? null };
}
