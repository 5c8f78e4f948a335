/** The log as the page shows it, transaction by transaction: plain data. */
import type { Result } from '../core/base/result.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { EntryContent } from './entry-views.ts';
import type { ChangeView, PersonView, RequestView } from './governance-views.ts';

/** What a decision is about. */
export type SubjectView =
  | ({ readonly type: 'request'; readonly id: string } & Pick<RequestView, 'kind' | 'name' | 'role'>)
  | { readonly type: 'proposal'; readonly id: string; readonly change: ChangeView };

/** What a transaction did. `undefined` where the chain has forgotten what it was about. */
export type DeedView =
  | { readonly type: 'genesis'; readonly name: string; readonly founders: readonly PersonView[] }
  | { readonly type: 'entry'; readonly content: EntryContent }
  | { readonly type: 'invite'; readonly role: Role; readonly uses: number; readonly expiresAt: number; readonly shared: boolean }
  | { readonly type: 'revoke-invite'; readonly role: Role | undefined; readonly issuer: PersonView | undefined }
  /** `asked`: others had to approve. */
  | { readonly type: 'join'; readonly asked: boolean; readonly role: Role | undefined; readonly invitedBy: PersonView | undefined }
  | { readonly type: 'request-role'; readonly role: Role }
  | { readonly type: 'approve' | 'reject'; readonly subject: SubjectView | undefined; readonly reason: string | undefined }
  | { readonly type: 'propose'; readonly change: ChangeView; readonly id: string; readonly reason: string | undefined }
  | { readonly type: 'leave' }
  | { readonly type: 'erase-body'; readonly index: number }
  | { readonly type: 'ready'; readonly height: number; readonly versions: readonly number[] }
  | { readonly type: 'register-vote-key'; readonly votes: boolean }
  | { readonly type: 'rotate-key'; readonly retired: number; readonly stolen: boolean }
  | { readonly type: 'link-device'; readonly step: 'open' | 'enter' }
  | { readonly type: 'evidence'; readonly against: PersonView | undefined }
  /** `day`: when it began, ms. */
  | { readonly type: 'relay-receipts'; readonly day: number; readonly members: number }
  | { readonly type: 'spend-token' }
  | {
      readonly type: 'recover';
      readonly number: number;
      readonly newcomers: number;
      readonly federation: number;
      readonly validators: number;
    };
export type DeedKind = DeedView['type'];

export interface BlockView {
  readonly id: string;
  readonly height: number;
  readonly at: number;
  /** Transactions in it. */
  readonly count: number;
}

export interface LogItemView {
  readonly index: number;
  /** Of the transaction; of the genesis, the chain's. */
  readonly id: string;
  readonly block: BlockView;
  /** Whose key signed; `undefined` for the genesis. */
  readonly by: PersonView | undefined;
  readonly deed: DeedView;
  /** Hashes of the bodies that it rests on. */
  readonly bodies: readonly string[];
}

export interface LogPageView {
  /** Newest first. */
  readonly items: readonly LogItemView[];
  /** Transactions below this index were not looked at; 0: all were. */
  readonly next: number;
}

/** What the log is asked for. */
export interface LogFilter {
  readonly member: string | undefined;
  readonly kinds: readonly DeedKind[] | undefined;
  /** How an id begins: of a transaction, a block or a body. */
  readonly id: string | undefined;
}

export interface LogRange {
  /** Below this index; the end of the log unless said. */
  readonly before: number | undefined;
  readonly limit: number;
}

/** That a transaction stands in the log: checked on this device, and in words. */
export interface LogProofView {
  readonly title: string;
  readonly proves: readonly string[];
  readonly provesNot: readonly string[];
  /** For others to check; `undefined` while no checkpoint that enough have signed covers it, and the last block alone shows it. */
  readonly file: Uint8Array | undefined;
}

/** One file of the published log, by its path. */
export interface LogFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** Files that are read at once, at most. */
export const FILES_MAX = 16;

/** The log as files up to its newest checkpoint. */
export interface LogFilesView {
  /** Transactions that it covers. */
  readonly size: number;
  /** Those that never change, to be read with `readLogFiles`. */
  readonly paths: readonly string[];
  /** Those that do, as they belong to this checkpoint. */
  readonly changing: readonly LogFile[];
}

/** The commands that read the log of a chain: they change nothing. */
export interface LogCommands {
  /** A page of transactions, the newest first. A search stops now and then, so that it can be shown how far it is. */
  readLog(chain: string, filter: LogFilter, range: LogRange): Promise<Result<LogPageView>>;
  /** Proves that the transaction at an index stands in the log, and checks that. */
  proveLogged(chain: string, index: number): Promise<Result<LogProofView>>;
  /** Which files the log has. Refused with `not-available` before the first checkpoint that enough have signed. */
  listLogFiles(chain: string): Promise<Result<LogFilesView>>;
  readLogFiles(chain: string, paths: readonly string[]): Promise<Result<readonly LogFile[]>>;
  /** Replays the whole record once more beside the page, for what an audit tells of it. */
  auditAgain(chain: string): Promise<Result<void>>;
}
