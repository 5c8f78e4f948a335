/**
 * What the page knows of how a chain governs itself: plain data beside that of `app.ts`, with the same promises. Ids are
 * lower-case hexadecimal; times are milliseconds since the Unix epoch.
 */
import type { RefusalCode } from '../core/base/result.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { RequestStatus } from '../core/codec/records.ts';
import type { Rules } from '../core/codec/rules.ts';

/** A member as others speak of it. */
export interface PersonView {
  readonly id: string;
  readonly name: string;
  readonly you: boolean;
}

export interface DecisionView {
  readonly by: PersonView;
  readonly yes: boolean;
  readonly at: number;
  /** `undefined`: none was given, or it has not arrived. */
  readonly reason: string | undefined;
}

/** What requests and proposals have in common: federation members decide about them. */
export interface Decidable {
  readonly id: string;
  readonly openedAt: number;
  /** When it ends by itself if too few have approved. */
  readonly until: number;
  /** In the order in which they were made. */
  readonly decisions: readonly DecisionView[];
  /** Approvals that it takes in all. */
  readonly needed: number;
  readonly status: RequestStatus;
  /** When it stopped being pending; 0 while it is. */
  readonly endedAt: number;
  /** True if this device's member may decide and has not. */
  readonly yoursToDecide: boolean;
  /** What opens it at another federation member's. */
  readonly link: string;
}

export interface OperatorView {
  readonly operatorId: string;
  readonly region: number;
  readonly kbps: number;
  readonly software: number;
  readonly checklist: number;
}

/** Somebody asks to join by an invitation, a member asks for a role, or somebody without a live invitation knocks. */
export interface RequestView extends Decidable {
  readonly kind: 'join' | 'role' | 'knock';
  readonly name: string;
  readonly role: Role;
  /** The member who asks for a role, or whom an approved request made. */
  readonly member: string | undefined;
  readonly invitedBy: PersonView | undefined;
  readonly operator: OperatorView | undefined;
}

/** A change that governance makes, as `core/codec/governance.ts` has it. */
export type ChangeView =
  | { readonly type: 'grant' | 'withdraw'; readonly member: string; readonly role: Role }
  | { readonly type: 'remove' | 'suspend'; readonly members: readonly string[] }
  | { readonly type: 'rules'; readonly rules: Rules }
  /** A change of rules that this device makes a key for; as a proposal it is one of rules. */
  | { readonly type: 'network-key' }
  | { readonly type: 'activate'; readonly version: number; readonly height: number }
  | { readonly type: 'cancel-recovery'; readonly number: number }
  | { readonly type: 'erase'; readonly leaf: number; readonly entry: string }
  /** Kinds that this page shows and does not make. */
  | { readonly type: 'endpoints'; readonly member: string }
  | { readonly type: 'recovery-keys'; readonly threshold: number; readonly keys: number };

export interface ProposalView extends Decidable {
  readonly proposer: PersonView;
  readonly change: ChangeView;
  readonly reason: string | undefined;
}

/** Who decides and attests, at one moment. */
export interface BalanceView {
  readonly members: number;
  readonly federation: number;
  readonly validators: number;
  /** Validators that must agree on each block. */
  readonly quorum: number;
  /** Validators that may fail while blocks go on. */
  readonly faultsTolerated: number;
}

/** What a change would do if it took effect now. */
export interface ConsequenceView {
  readonly before: BalanceView;
  readonly after: BalanceView;
  /** Why it could not take effect as things are. */
  readonly problem: RefusalCode | undefined;
}

/** How a role was gained after joining. */
export interface RoleGained {
  readonly role: Role;
  readonly at: number;
  readonly decisions: readonly DecisionView[];
}

/** Why a member is in the chain. */
export interface StoryView {
  readonly member: string;
  readonly how: 'founder' | 'invitation' | 'knock' | 'recovery';
  /** What there still is of the invitation; `undefined` if there was none. */
  readonly invitation: { readonly id: string; readonly role: Role; readonly issuer: PersonView } | undefined;
  /** The rule that let it in, in words. */
  readonly rule: string;
  readonly joinedAt: number;
  /** Approvals and rejections of the request to join; none where the rule asked for none. */
  readonly decisions: readonly DecisionView[];
  readonly gained: readonly RoleGained[];
}

export interface DeviceView {
  readonly key: string;
  readonly addedAt: number;
  readonly thisOne: boolean;
  /** True if it may do all that its member may. */
  readonly full: boolean;
}

/** A link by which one more device of the same member enters. */
export interface DeviceLinkView {
  readonly link: string;
  readonly expiresAt: number;
}

/** A recovery certificate that this device was given for a chain that stands still. */
export interface CertificateView {
  readonly number: number;
  readonly baseHeight: number;
  readonly newcomers: number;
  readonly federation: number;
  readonly validators: number;
  /** `behind`: blocks up to its base are missing here. `waiting`: until `until`, by this device's clock. `ready`: a person's word is missing, at most. */
  readonly state: 'behind' | 'waiting' | 'ready' | 'void';
  readonly until: number | undefined;
  /** The person at this device has agreed. */
  readonly confirmed: boolean;
}

/** Recovery of a broken chain. */
export interface BrokenChainView {
  /** Recovery keys of which `threshold` must sign; 0: the chain names none. */
  readonly keys: number;
  readonly threshold: number;
  readonly delayMs: number;
  /** A certificate in the record of a live chain, which waits for its delay. */
  readonly pending: { readonly number: number; readonly effectiveAt: number } | undefined;
  /** A certificate that this device knows of beside the record. */
  readonly seen: CertificateView | undefined;
}

/** A request of this device to join that waits for an answer, or had one. */
export interface WaitingView {
  readonly role: Role;
  readonly decisions: readonly DecisionView[];
  /** Approvals that it takes in all, and those still missing; `undefined` until a member's node has said. */
  readonly needed: number | undefined;
  readonly missing: number | undefined;
  /** When it ends by itself. */
  readonly until: number | undefined;
  /** Why it ended without admission; `undefined` while it goes on. */
  readonly ended: RefusalCode | undefined;
}

/** Bytes of a reason: with salt and type around it, it fits a body that every node keeps at hand. */
export const REASON_BYTES_MAX = 400;

/** Something other than an entry that was asked for on this device and is not final yet, or never will be. */
export interface ActionView {
  readonly id: string;
  readonly type: 'invite' | 'revoke-invite' | 'request-role' | 'approve' | 'reject' | 'leave' | 'propose' | 'link-device' | 'other';
  /** Why the chain did not take it; it stays until it is dismissed. */
  readonly refused: RefusalCode | undefined;
}

export const DECISIVE: ReadonlySet<ActionView['type']> = new Set(['approve', 'reject']);
