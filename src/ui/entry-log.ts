/**
 * The entries that a chain's page shows: the newest window as the node pushes it, and what was loaded before it.
 *
 * Final entries form one run of which none is left out; what is not final follows it. Values are replaced, never changed.
 * At most `SHOWN_MAX` final entries are held: loading further back lets go of the newest and stops following them.
 */
import type { EntriesPage, EntryView } from './entry-views.ts';

/** Final entries held for one page: with more, drawing a new one would be felt. */
export const SHOWN_MAX = 1000;
/** Entries that "Show earlier entries" adds at once. */
export const EARLIER_STEP = 200;

export interface EntryLog {
  /** A run of final entries, oldest first. */
  readonly final: readonly EntryView[];
  /** Pending and refused ones, oldest first. */
  readonly open: readonly EntryView[];
  readonly earlier: boolean;
  /** False once loading further back has let go of the newest. */
  readonly following: boolean;
}

export const EMPTY_LOG: EntryLog = { final: [], open: [], earlier: false, following: true };

/** Where the entries begin in the log; 0 if there are none. */
function firstIndex(entries: readonly EntryView[]): number {
  return entries[0]?.index ?? 0;
}

/** Takes a pushed window in. A window that does not overlap what is held replaces it: the gap can be loaded again. */
export function withNewest(log: EntryLog, page: EntriesPage): EntryLog {
  const window = page.entries.filter((entry) => entry.index !== undefined);
  const open = page.entries.filter((entry) => entry.index === undefined);
  if (!log.following) return { ...log, open };
  const from = firstIndex(window);
  const overlaps = window.length > 0 && from > firstIndex(log.final) && from <= (log.final.at(-1)?.index ?? -1);
  if (!overlaps) return { final: window, open, earlier: page.earlier, following: true };
  const older = log.final.filter((entry) => (entry.index ?? 0) < from);
  const kept = older.slice(Math.max(0, older.length + window.length - SHOWN_MAX));
  return { final: [...kept, ...window], open, earlier: log.earlier || kept.length < older.length, following: true };
}

/** Takes in the page that was loaded `before` an index; it is left out if the log has since come to begin elsewhere. */
export function withEarlier(log: EntryLog, page: EntriesPage, before: number): EntryLog {
  if (before !== earlierBefore(log)) return log;
  const loaded = page.entries.filter((entry) => entry.index !== undefined && entry.index < before);
  const final = [...loaded, ...log.final];
  return { ...log, final: final.slice(0, SHOWN_MAX), earlier: page.earlier, following: log.following && final.length <= SHOWN_MAX };
}

/** Where the next earlier page has to end. */
export function earlierBefore(log: EntryLog): number {
  return firstIndex(log.final);
}
