/** What passes between the page and the worker that replays a chain for it. */
import type { RefusalCode } from '../core/base/result.ts';
import type { AuditReport, Vouched } from '../node/auditing.ts';
import type { ReplayProgress } from '../node/replaying.ts';
import type { ChainIdHex } from './app.ts';

export type ToReplayer =
  /** Goes on where the last look at the chain ended; `vouched` is what the first one holds it against. */
  | { readonly type: 'look'; readonly chain: ChainIdHex; readonly vouched: readonly Vouched[] }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' };

/** Nothing follows the last two until it is asked to look again. */
export type FromReplayer =
  | ({ readonly type: 'progress' } & ReplayProgress)
  /** All is right up to the report's block, or it says which is wrong. */
  | { readonly type: 'seen'; readonly report: AuditReport }
  /** It could not be done: the copy is not whole yet, or the store failed. */
  | { readonly type: 'failed'; readonly code: RefusalCode };
