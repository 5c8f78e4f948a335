/** Entries as the page shows them: plain data. */
import type { RefusalCode } from '../core/base/result.ts';

/** Who erased a text, and when. `federation`: by a proposal, for a reason that it gives. */
export interface ErasedBy {
  readonly by: 'author' | 'federation';
  readonly name: string;
  readonly you: boolean;
  readonly at: number;
  readonly reason: string | undefined;
}

export type EntryContent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'other'; readonly contentType: string; readonly bytes: number }
  /** The body has not arrived yet. */
  | { readonly type: 'missing' }
  | { readonly type: 'erased'; readonly by: ErasedBy | undefined };

export interface EntryView {
  /** Transaction id: stays the same from pending to final. */
  readonly id: string;
  /** Place in the chain's log, which grows from entry to entry, with gaps; `undefined` until it is final. */
  readonly index: number | undefined;
  readonly author: { readonly memberId: string; readonly name: string; readonly you: boolean };
  readonly at: number;
  readonly content: EntryContent;
  /** Whether its text can be erased from here: at once, as one’s own, or by a proposal. */
  readonly erasable: 'yours' | 'by-proposal' | undefined;
  readonly state: { readonly type: 'pending' } | { readonly type: 'final' } | { readonly type: 'refused'; readonly code: RefusalCode };
}

export interface EntriesPage {
  /** Oldest first. */
  readonly entries: readonly EntryView[];
  /** True if there are entries before the first one. */
  readonly earlier: boolean;
}
