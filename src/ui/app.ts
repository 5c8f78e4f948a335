/**
 * What the page knows of the node: plain data to show, and commands to give.
 *
 * Everything here survives `structuredClone`, so that a tab which does not run the node shows and commands the one that
 * does (see `tabs.ts`). Views are replaced, never changed in place. Commands do not throw: bad input and refusals come
 * back as a `Result`. Ids are lower-case hexadecimal; times are milliseconds since the Unix epoch.
 */
import type { RefusalCode, Result } from '../core/base/result.ts';
import type { Recovery } from '../core/codec/genesis.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { Rules } from '../core/codec/rules.ts';
import type { ForkWords } from '../core/light/fork-words.ts';
import type { Answers, Pace } from '../core/policy/quorum-words.ts';
import type { Template } from '../core/policy/templates.ts';
import type { EntriesPage, EntryView } from './entry-views.ts';
import type {
  ActionView,
  BrokenChainView,
  ChangeView,
  ConsequenceView,
  DeviceLinkView,
  DeviceView,
  OperatorView,
  PersonView,
  ProposalView,
  RequestView,
  StoryView,
  WaitingView,
} from './governance-views.ts';
import type { LogCommands } from './log-item-views.ts';
import type { LogView } from './log-view.ts';
import type { ReceiptFile, VerificationView } from './verification-view.ts';

/** Lower-case hexadecimal of a chain id. */
export type ChainIdHex = string;

export interface RelayView {
  readonly peerId: string;
  /** Multiaddr texts, best first. */
  readonly addresses: readonly string[];
  /** What a person calls it, such as `relay.example.org`. */
  readonly label: string;
  /** `site`: named by the copy of the site that was opened. `added`: by the person, on this device. */
  readonly source: 'site' | 'added';
}

export interface ChainListItem {
  readonly id: ChainIdHex;
  readonly name: string;
  /** Final entries that came since the chain was last looked at on this device. */
  readonly unread: number;
  /** Own entries that are not final yet. */
  readonly pending: number;
  /** Requests and proposals that wait for this member's decision. */
  readonly toDecide: number;
  /**
   * `joining`: asked for, not yet admitted. `left`, `removed`: readable, no longer a member, by one's own wish or not.
   * `replaced`: the member goes on without this device. `shut-out`: others say that it is out, the record here does not yet.
   */
  readonly standing: 'member' | 'joining' | 'suspended' | 'roleless' | 'left' | 'removed' | 'replaced' | 'shut-out';
  /** While joining: what has become of the request. */
  readonly waiting: WaitingView | undefined;
}

/**
 * Why the node cannot run in this page. `page-insecure`: the address is neither https nor this machine, where browsers
 * keep keys and locks from pages. `page-broken`: a mistake of our own.
 */
export type PageProblem = RefusalCode | 'page-insecure' | 'page-broken';

/** What the whole page needs, whichever chain is open. */
export interface AppView {
  /** `starting`: keys and stores are being opened, commands wait. `failed`: `problem` says why. */
  readonly phase: 'starting' | 'ready' | 'failed';
  readonly problem: PageProblem | undefined;
  readonly chains: readonly ChainListItem[];
  /** Relays that a new chain may be hosted by; the first is the usual one. */
  readonly relays: readonly RelayView[];
  /** `none`: no phrase was made yet. `unconfirmed`: it is on the device still, and the person is asked to keep it. */
  readonly recovery: 'none' | 'unconfirmed' | 'confirmed';
}

export interface ValidatorView {
  /** Of the member. */
  readonly id: string;
  readonly name: string;
  readonly you: boolean;
  /** Whether this device has a session with it, or is it. */
  readonly reached: boolean;
  /** In how many of the recent blocks its word was among those that made them final. */
  readonly tookPart: number;
  /** Whether it takes part at present, as far as this device can tell. */
  readonly answers: Answers;
}

/** Those who decide blocks, and how they get on. */
export interface ValidatorsView {
  readonly seats: readonly ValidatorView[];
  readonly quorum: number;
  readonly faultsTolerated: number;
  /** How many more may fail now; `undefined` where this device cannot tell. */
  readonly faultsTolerableNow: number | undefined;
  readonly recentBlocks: number;
  readonly epoch: number;
  readonly view: number;
  readonly finalAt: number;
  readonly waiting: number;
  readonly pace: Pace;
  /** `asked`: one's role allows it, and this browser validates only if its person says so; `candidate`: they did. */
  readonly ownPart: 'none' | 'asked' | 'candidate' | 'seated';
}

export interface ChainStatus {
  /** Height of the last final block on this device. */
  readonly height: number;
  /** `done` of `total` log leaves are copied and verified; both 0 while the total is unknown. */
  readonly sync: { readonly type: 'final' } | { readonly type: 'catching-up'; readonly done: number; readonly total: number };
  /** 1: every block is attested by one operator, and the page says so. */
  readonly validators: number;
  /** `silent`: it was reached, and does not answer for this chain. */
  readonly relay: 'connected' | 'away' | 'silent';
  /** Who says that what is here is right. */
  readonly verification: VerificationView;
  /** Auditors who must sign before what this device took over counts, and how many have; `undefined` where nobody is waited for. */
  readonly awaiting: { readonly signed: number; readonly asked: number; readonly auditors: number } | undefined;
  /** What is proved of its having two histories; nothing is added to it here then. */
  readonly fork: ForkWords | undefined;
  /** Why this chain cannot go on here (a store that failed, an unknown version); reading still works. */
  readonly problem: RefusalCode | undefined;
}

export interface MemberView {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly you: boolean;
  readonly since: number;
  /** The invitation through which it came. */
  readonly invitation: string | undefined;
  readonly suspendedUntil: number | undefined;
}

export interface PeerView {
  readonly peerId: string;
  /** The member's name, or the relay's label. */
  readonly name: string;
  readonly path: 'relay' | 'direct' | 'relayed';
}

export interface InvitationView {
  readonly id: string;
  readonly role: Role;
  /** 0 is unlimited. */
  readonly uses: number;
  readonly used: number;
  readonly expiresAt: number;
  readonly shared: boolean;
  readonly issuer: PersonView;
  /** `pending`: made here, not final yet; its link works once it is. The last three no longer let anybody in. */
  readonly state: 'pending' | 'live' | 'used' | 'expired' | 'revoked';
  readonly canRevoke: boolean;
  /** The whole link and its JSON form; `undefined` where the seed is not on this device. */
  readonly link: string | undefined;
  readonly json: string | undefined;
}

export interface Permissions {
  readonly canAppend: boolean;
  readonly canInvite: boolean;
  /** Roles this member may invite to under the chain's rules, the usual one first. */
  readonly inviteRoles: readonly Role[];
  /** Federation members decide about requests and proposals, and propose. */
  readonly canDecide: boolean;
  /** A linked device does not leave for a member who is more than it. */
  readonly canLeave: boolean;
  /** Roles that this device may ask for: a linked one reads and writes, and asks to be no more. */
  readonly mayAskFor: readonly Role[];
}

/** One chain as it is shown. */
export interface ChainView {
  readonly id: ChainIdHex;
  readonly name: string;
  readonly standing: ChainListItem['standing'];
  readonly status: ChainStatus;
  readonly validators: ValidatorsView;
  readonly log: LogView;
  /** The newest final entries (at most `NEWEST_ENTRIES`), then all pending and refused ones of this device and its peers. */
  readonly newest: EntriesPage;
  /** Grows with each text that is erased: what was shown before may be one of them. */
  readonly erasures: number;
  readonly members: readonly MemberView[];
  readonly peers: readonly PeerView[];
  /** Where the chain can be reached. */
  readonly relays: readonly Pick<RelayView, 'peerId' | 'addresses' | 'label'>[];
  /** Live ones, then those of this device that are not final yet. */
  readonly invitations: readonly InvitationView[];
  /** Those that no longer let anybody in, while the chain still knows them. */
  readonly spentInvitations: readonly InvitationView[];
  readonly permissions: Permissions;
  /** Until when this device's member is suspended. */
  readonly suspendedUntil: number | undefined;
  /** Who shut this member out, when and why: from the record, or as proved. */
  readonly shutOutBy: { readonly names: readonly string[]; readonly at: number; readonly reason: string | undefined } | undefined;
  /** Pending first, the oldest of them first; then decided ones, the newest first. */
  readonly requests: readonly RequestView[];
  readonly proposals: readonly ProposalView[];
  readonly rules: Rules;
  readonly actions: readonly ActionView[];
  /** The protocol version in force. */
  readonly protocol: number;
  readonly devices: readonly DeviceView[];
  readonly broken: BrokenChainView;
}

/** Final entries in `ChainView.newest`: about three screens. */
export const NEWEST_ENTRIES = 50;

/** What a link says by itself, before any network. */
export interface InvitationPreview {
  readonly chain: ChainIdHex;
  readonly chainName: string;
  readonly inviter: string;
  readonly role: Role;
  readonly relays: readonly string[];
  readonly issuedAt: number;
  /** True if this device is on the chain already: the page opens it instead of joining again. */
  readonly known: boolean;
  /** `device`: a link from another device of the same member, which this one joins. */
  readonly as: 'guest' | 'device';
}

/** Steps of joining, in the order in which they begin. `waiting` only where the rules ask for approvals. */
export const JOIN_STAGES = ['reaching-relay', 'verifying', 'asking', 'waiting', 'admitted', 'copying'] as const;
export type JoinStageName = (typeof JOIN_STAGES)[number];

/**
 * What happens while joining. A `stage` begins `elapsedMs` after *Join* was pressed and ends where the next one begins.
 * The iterable ends after `usable` (the snapshot is here, the copy goes on behind the chain's page) or `refused`.
 */
export type JoinStage =
  | { readonly type: 'stage'; readonly stage: JoinStageName; readonly elapsedMs: number }
  | { readonly type: 'usable'; readonly chain: ChainIdHex; readonly elapsedMs: number }
  | { readonly type: 'refused'; readonly code: RefusalCode; readonly detail: string; readonly elapsedMs: number };

/**
 * Nothing follows it. Waiting for others may take days: it goes on without anybody who watches, and how it ends is in the list
 * of chains, where it stays until the person has seen it.
 */
export function isLast(stage: JoinStage): boolean {
  return stage.type !== 'stage' || stage.stage === 'waiting';
}

export interface NewChain {
  readonly name: string;
  readonly yourName: string;
  /** Peer id of one of `AppView.relays`; empty: the usual one, whichever that is once the node has started. */
  readonly relay: string;
  /** No relay hosts it: this browser decides alone until others take over, and the relay only connects. */
  readonly alone?: boolean | undefined;
  /** From the relay's operator, where it hosts only for those with a code. */
  readonly hostCode?: string | undefined;
  readonly template: Template;
  /** Approvals that a newcomer needs, where the template asks for any. */
  readonly approvals: number;
  /** Whether anybody may read the record. */
  readonly publicRead: boolean;
  /** Keys that can recover the chain once it is broken. */
  readonly recovery?: Recovery | undefined;
}

/** A recovery key just made: words for paper, and the link that names it to a founder. */
export interface RecoveryKeyView {
  readonly words: readonly string[];
  readonly link: string;
}

/** A lost device's member returns under the recovery phrase. */
export interface Recovering {
  readonly words: string;
  /** Any link of the chain. */
  readonly link: string;
  /** The old key is in somebody else's hands: what it left open is cancelled. */
  readonly stolen: boolean;
}

/** What became of one chain of a backup. */
export interface RestoredView {
  readonly chain: ChainIdHex;
  readonly name: string;
  /** Why this device is not its member's again; `undefined`: it is. */
  readonly refused: RefusalCode | undefined;
}

export interface NewInvitation {
  readonly role: Role;
  /** 0 is unlimited. */
  readonly uses: number;
  /** Life of the invitation from now, in milliseconds. */
  readonly expiresMs: number;
  readonly shared: boolean;
}

export interface JoinOptions {
  readonly yourName: string;
  /** Asks without a live invitation: the link only says where the chain is. */
  readonly knock: boolean;
  /** What this machine is, where the role asks for it. */
  readonly operator: OperatorView | undefined;
  readonly signal: AbortSignal;
}

export interface App extends LogCommands {
  readonly view: AppView;
  /** Calls back after each change of `view`, never during the call itself. Returns what ends it. */
  subscribe(listener: (view: AppView) => void): () => void;
  /** Calls back with the chain as it is, soon, and after each change; `undefined` while or if it is not on this device. */
  watchChain(chain: ChainIdHex, listener: (view: ChainView | undefined) => void): () => void;

  createChain(options: NewChain): Promise<Result<ChainIdHex>>;
  /** Makes a recovery key for a chain that somebody is about to start; nothing of it is kept. */
  newRecoveryKey(): Promise<Result<RecoveryKeyView>>;
  /** Reads a link, a bare code or the JSON form. Touches no network and uses nothing up. */
  openInvitation(text: string): Promise<Result<InvitationPreview>>;
  /** Reads a link to a request or a proposal: where it leads. */
  openRequest(text: string): Promise<Result<{ readonly chain: ChainIdHex; readonly id: string }>>;
  /** Joins. Aborting ends it with `refused` and code `aborted`; what was already asked for may still be granted. */
  join(text: string, options: JoinOptions): AsyncIterable<JoinStage>;
  /** Takes a request to join that ended, or that one no longer waits for, off this device. */
  forgetJoin(chain: ChainIdHex): Promise<Result<void>>;
  /** Becomes the member again whose phrase this is. Settles once the device is that member's. */
  recover(options: Recovering): Promise<Result<ChainIdHex>>;

  /** Puts a text into the outbox; settles once it is kept there, not when it is final. */
  append(chain: ChainIdHex, text: string): Promise<Result<void>>;
  /** Takes a refused entry off the screen and out of the outbox. */
  dismissEntry(chain: ChainIdHex, id: string): Promise<Result<void>>;
  /** Erases the text of one’s own final entry, everywhere. Settles once the wish is kept here, not when it is final. */
  erase(chain: ChainIdHex, entry: Pick<EntryView, 'id' | 'index'>): Promise<Result<void>>;
  /** Final entries with an index below `before`, the nearest `limit` of them. */
  loadEntries(chain: ChainIdHex, range: { readonly before: number; readonly limit: number }): Promise<Result<EntriesPage>>;

  invite(chain: ChainIdHex, options: NewInvitation): Promise<Result<InvitationView>>;
  revoke(chain: ChainIdHex, invitation: string): Promise<Result<void>>;

  /** Decides about a request, a knock or a proposal. Settles once the decision is kept here, not when it is final. */
  approve(chain: ChainIdHex, id: string, reason: string): Promise<Result<void>>;
  reject(chain: ChainIdHex, id: string, reason: string): Promise<Result<void>>;
  /** Proposes a change; proposing is the first approval. Gives the proposal's id. */
  propose(chain: ChainIdHex, change: ChangeView, reason: string): Promise<Result<string>>;
  /** Asks for a role for oneself, with what its rule asks of the machine. Gives the request's id. */
  requestRole(chain: ChainIdHex, role: Role, operator: OperatorView | undefined): Promise<Result<string>>;
  /** Lets this browser validate where its member has the role, or not. Settles once that is kept here. */
  letValidate(chain: ChainIdHex, wanted: boolean): Promise<Result<void>>;
  /** Leaves for good. */
  leave(chain: ChainIdHex): Promise<Result<void>>;
  /** What a change, or a request or proposal by its id, would do now. */
  consequence(chain: ChainIdHex, of: ChangeView | string): Promise<Result<ConsequenceView>>;
  why(chain: ChainIdHex, member: string): Promise<Result<StoryView>>;
  /** Members who came through an invitation, and through those of these members, and so on. */
  lineage(chain: ChainIdHex, invitation: string): Promise<Result<readonly string[]>>;

  /** Makes a link by which one more device of this member enters. An older one ends. */
  linkDevice(chain: ChainIdHex): Promise<Result<DeviceLinkView>>;
  /** An encrypted file with everything but private keys. */
  backup(password: string): Promise<Result<Uint8Array>>;
  /** Reads such a file and becomes the members again that it names. Gives what became of each chain. */
  restore(file: Uint8Array, password: string, words: string): Promise<Result<readonly RestoredView[]>>;
  /** Pauses the replay of a chain on this device, or lets it go on. */
  pauseVerification(chain: ChainIdHex, paused: boolean): Promise<Result<void>>;
  /** Why a member is here, as a file that anybody can check and, where it is short enough, as a link. */
  receipt(chain: ChainIdHex, member: string): Promise<Result<ReceiptFile>>;
  /** What proves that a chain has two histories, as a file that anybody can check. */
  forkProof(chain: ChainIdHex): Promise<Result<Uint8Array>>;
  /** Takes note of a recovery certificate: from now on this device counts the chain's delay. */
  seeCertificate(chain: ChainIdHex, text: string): Promise<Result<void>>;
  /** The person agrees that the chain goes on as the certificate says. */
  confirmCertificate(chain: ChainIdHex): Promise<Result<void>>;
  /** The person does not: it is forgotten here. */
  dismissCertificate(chain: ChainIdHex): Promise<Result<void>>;

  /** Reads a relay's address (a multiaddr that ends in `/p2p/<peer id>`) and keeps it on this device, first in the list. */
  addRelay(text: string): Promise<Result<RelayView>>;

  /** The twelve words, while they are unconfirmed. */
  recoveryPhrase(): Promise<Result<readonly string[]>>;
  /** The person has shown to have kept the words: they leave this device. */
  confirmRecoveryPhrase(): Promise<Result<void>>;
}

/** An app that holds resources: the one that runs the node, or a tab's share of it. */
export interface RunningApp extends App {
  close(): Promise<void>;
}
