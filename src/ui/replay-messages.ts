/** What passes between the page and the worker that replays a chain for it. */
import type { RefusalCode } from '../core/base/result.ts';
import type { ChainIdHex } from './app.ts';

export type ToReplayer = { readonly type: 'start'; readonly chain: ChainIdHex } | { readonly type: 'pause' } | { readonly type: 'resume' };

/** Nothing follows the last three. */
export type FromReplayer =
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  /** All is right up to this block. */
  | { readonly type: 'right'; readonly height: number; readonly block: string }
  | { readonly type: 'wrong'; readonly height: number; readonly code: RefusalCode; readonly detail: string }
  /** It could not be done: the copy is not whole yet, or the store failed. */
  | { readonly type: 'failed'; readonly code: RefusalCode };
