/**
 * The entries that a chain's page shows: the newest window as the node pushes it, and what was loaded before it.
 *
 * Final entries form one run without gaps; what is not final follows it. Values are replaced, never changed.
 * At most `SHOWN_MAX` final entries are held: loading further back lets go of the newest and stops following them.
 */
import type { EntriesPage, EntryView } from './app.ts';

/** Final entries held for one page: as many as a phone scrolls through smoothly. */
export const SHOWN_MAX = 2000;
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

function firstIndex(entries: readonly EntryView[]): number {
  return entries[0]?.index ?? 0;
}

function nextIndex(entries: readonly EntryView[]): number {
  return (entries.at(-1)?.index ?? -1) + 1;
}

/** Takes a pushed window in. A window that does not touch what is held replaces it: the gap can be loaded again. */
export function withNewest(log: EntryLog, page: EntriesPage): EntryLog {
  const window = page.entries.filter((entry) => entry.index !== undefined);
  const open = page.entries.filter((entry) => entry.index === undefined);
  if (!log.following) return { ...log, open };
  const from = firstIndex(window);
  const touches = window.length > 0 && from <= nextIndex(log.final) && from > firstIndex(log.final);
  if (!touches) return { final: window, open, earlier: page.earlier, following: true };
  const kept = log.final.slice(Math.max(0, window.length + log.final.length - SHOWN_MAX)).filter((entry) => (entry.index ?? 0) < from);
  return { final: [...kept, ...window], open, earlier: log.earlier || firstIndex(kept) > firstIndex(log.final), following: true };
}

/** Takes an earlier page in; one that does not end where the log begins is left out. */
export function withEarlier(log: EntryLog, page: EntriesPage): EntryLog {
  const loaded = page.entries.filter((entry) => entry.index !== undefined);
  if (nextIndex(loaded) !== firstIndex(log.final)) return log;
  const final = [...loaded, ...log.final];
  return { ...log, final: final.slice(0, SHOWN_MAX), earlier: page.earlier, following: log.following && final.length <= SHOWN_MAX };
}

/** Where the next earlier page has to end. */
export function earlierBefore(log: EntryLog): number {
  return firstIndex(log.final);
}
