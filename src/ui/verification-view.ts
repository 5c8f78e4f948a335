/** Who says that a record is right, and what shows others why somebody is in it. */
import type { RefusalCode } from '../core/base/result.ts';

/**
 * `quorum`: the chain's validators. `running`: still they, while this device replays all of it. `you`: this device, which has.
 * `wrong`: it has, and a block does not hold.
 */
export type VerificationView =
  | { readonly type: 'quorum' }
  | { readonly type: 'running'; readonly done: number; readonly total: number; readonly paused: boolean }
  /** All of it up to this height was replayed; later blocks this device has executed as they came. */
  | { readonly type: 'you'; readonly height: number }
  | { readonly type: 'wrong'; readonly height: number; readonly code: RefusalCode; readonly detail: string };

/** A join receipt. */
export interface ReceiptFile {
  readonly file: Uint8Array;
  readonly link: string | undefined;
}
