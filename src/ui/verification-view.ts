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

/** What a replay of the whole record told, up to a block. */
export interface FindingsView {
  readonly height: number;
  /** Members whom it saw come in, and roles that were gained by asking. */
  readonly admissions: number;
  /** What is wrong, in words. */
  readonly fault?: string | undefined;
  /** Worth a look, though no rule is broken: a sentence or two each. */
  readonly patterns: readonly string[];
}

export interface AuditView {
  /** `undefined` until the first replay has ended. */
  readonly findings: FindingsView | undefined;
  /** How far one more look is, in transactions. */
  readonly looking: { readonly done: number; readonly total: number } | undefined;
  /** Whether this device can look by itself. */
  readonly possible: boolean;
}

/** What is known of a chain here by replaying it. */
export interface Verified {
  readonly verification: VerificationView;
  readonly audit: AuditView;
}
