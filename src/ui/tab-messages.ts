/**
 * What the tabs of one site say to each other (DESIGN §10). One of them, the *holder*, runs the node; the others follow.
 * All of it is plain data that a `BroadcastChannel` carries; every tab hears all, and takes what is addressed to it.
 */
import type { App, AppView, ChainIdHex, ChainView, JoinOptions, JoinStage } from './app.ts';

/** Raised when these messages change: a tab that still runs an older page must not be misread. */
export const TABS_VERSION = 6;

/** The commands that are one question and one answer. */
export const COMMANDS = [
  'createChain',
  'newRecoveryKey',
  'openInvitation',
  'openRequest',
  'append',
  'dismissEntry',
  'erase',
  'loadEntries',
  'invite',
  'revoke',
  'addRelay',
  'recoveryPhrase',
  'confirmRecoveryPhrase',
  'forgetJoin',
  'recover',
  'approve',
  'reject',
  'propose',
  'requestRole',
  'letValidate',
  'leave',
  'consequence',
  'why',
  'lineage',
  'linkDevice',
  'backup',
  'restore',
  'pauseVerification',
  'receipt',
  'forkProof',
  'seeCertificate',
  'confirmCertificate',
  'dismissCertificate',
  'readLog',
  'proveLogged',
  'listLogFiles',
  'readLogFiles',
  'auditAgain',
] as const satisfies readonly (keyof App)[];
export type CommandName = (typeof COMMANDS)[number];

/** Those that may be asked again when the tab that was asked went away: they change nothing, or nothing twice. */
export const REPEATABLE: ReadonlySet<CommandName> = new Set([
  'newRecoveryKey',
  'openInvitation',
  'openRequest',
  'dismissEntry',
  'erase',
  'loadEntries',
  'revoke',
  'addRelay',
  'recoveryPhrase',
  'forgetJoin',
  'recover',
  'letValidate',
  // A member decides once about each: the second time is refused and changes nothing.
  'approve',
  'reject',
  'consequence',
  'why',
  'lineage',
  'linkDevice',
  'backup',
  'restore',
  'pauseVerification',
  'receipt',
  'forkProof',
  'seeCertificate',
  'confirmCertificate',
  'dismissCertificate',
  'readLog',
  'proveLogged',
  'listLogFiles',
  'readLogFiles',
  'auditAgain',
]);

export type TabId = string;

export type ToHolder =
  /** I follow. */
  | { readonly type: 'hello' }
  | { readonly type: 'command'; readonly id: number; readonly name: CommandName; readonly args: readonly unknown[] }
  | { readonly type: 'join'; readonly id: number; readonly text: string; readonly options: Omit<JoinOptions, 'signal'> }
  | { readonly type: 'abort'; readonly id: number }
  /** Show me this chain, or with `undefined` what the whole page needs, now and whenever it changes. */
  | { readonly type: 'watch'; readonly id: number; readonly chain: ChainIdHex | undefined }
  | { readonly type: 'unwatch'; readonly id: number }
  /** The last view of this watch was taken in: one that has come since may be sent. */
  | { readonly type: 'seen'; readonly id: number };

export type ToFollower =
  | { readonly type: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly type: 'stage'; readonly id: number; readonly stage: JoinStage }
  | { readonly type: 'app'; readonly id: number; readonly view: AppView }
  | { readonly type: 'chain'; readonly id: number; readonly view: ChainView | undefined };

export type TabMessage = { readonly version: number } & (
  | { readonly to: 'holder'; readonly from: TabId; readonly message: ToHolder }
  | { readonly to: 'follower'; readonly follower: TabId; readonly message: ToFollower }
  /** I run the node now. */
  | { readonly to: 'all'; readonly holder: TabId }
);

/** Tells a message of ours by its version; other fields are those of the same version of this page, on the same site. */
export function isTabMessage(data: unknown): data is TabMessage {
  return typeof data === 'object' && data !== null && 'version' in data && data.version === TABS_VERSION;
}
