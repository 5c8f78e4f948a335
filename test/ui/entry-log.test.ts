import { describe, expect, test } from 'vitest';
import { EMPTY_LOG, type EntryLog, earlierBefore, SHOWN_MAX, withEarlier, withNewest } from '../../src/ui/entry-log.ts';
import type { EntriesPage, EntryView } from '../../src/ui/entry-views.ts';
import { finalEntry } from './fake-views.ts';

/** Entries by their number; in the log other things lie between them. */
const GAP = 3;

function page(from: number, to: number): EntriesPage {
  return { entries: Array.from({ length: to - from }, (_, i) => finalEntry((from + i) * GAP, `${from + i}`)), earlier: from > 0 };
}

function pending(id: string): EntryView {
  return { ...finalEntry(0, id), id, index: undefined, state: { type: 'pending' } };
}

function numbers(log: EntryLog): readonly number[] {
  return log.final.map((entry) => (entry.index ?? -1) / GAP);
}

/** Loads what lies before, as the page does. */
function back(log: EntryLog, from: number, to: number): EntryLog {
  return withEarlier(log, page(from, to), earlierBefore(log));
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

describe('following the newest', () => {
  test('a window that moves on is appended to what was there', () => {
    const log = withNewest(withNewest(EMPTY_LOG, page(100, 150)), page(103, 153));
    expect(numbers(log)).toEqual(range(100, 153));
    expect(log.earlier).toBe(true);
  });

  test('a chain of a few entries grows from its first', () => {
    const log = withNewest(withNewest(withNewest(EMPTY_LOG, page(0, 0)), page(0, 1)), page(0, 2));
    expect(numbers(log)).toEqual([0, 1]);
    expect(log.earlier).toBe(false);
  });

  test('a window that left a gap replaces what was there, and the gap can be loaded again', () => {
    const log = withNewest(withNewest(EMPTY_LOG, page(0, 50)), page(200, 250));
    expect(numbers(log)).toEqual(range(200, 250));
    expect(log.earlier).toBe(true);
    expect(numbers(back(log, 150, 200))).toEqual(range(150, 250));
  });

  test('an entry that becomes final leaves the open ones', () => {
    const waiting: EntriesPage = { entries: [...page(0, 2).entries, pending('a'), pending('b')], earlier: false };
    const log = withNewest(EMPTY_LOG, waiting);
    expect(log.open.map(({ id }) => id)).toEqual(['a', 'b']);
    const then = withNewest(log, {
      entries: [...page(0, 2).entries, { ...finalEntry(2 * GAP, 'a'), id: 'a' }, pending('b')],
      earlier: false,
    });
    expect(then.final.map(({ id }) => id).at(-1)).toBe('a');
    expect(then.open.map(({ id }) => id)).toEqual(['b']);
  });

  test('it never holds more than its bound, however long it follows', () => {
    let log = EMPTY_LOG;
    for (let end = 50; end <= SHOWN_MAX + 500; end += 25) log = withNewest(log, page(end - 50, end));
    expect(log.final.length).toBeLessThanOrEqual(SHOWN_MAX);
    expect(numbers(log)).toEqual(range(earlierBefore(log) / GAP, SHOWN_MAX + 500));
    expect(log.earlier).toBe(true);
  });
});

describe('going back', () => {
  test('a page that was asked for before another place is left out', () => {
    const log = withNewest(EMPTY_LOG, page(100, 150));
    expect(withEarlier(log, page(10, 60), 60 * GAP)).toBe(log);
  });

  test('the first page ends the way back', () => {
    const log = back(withNewest(EMPTY_LOG, page(10, 60)), 0, 10);
    expect(numbers(log)).toEqual(range(0, 60));
    expect(log.earlier).toBe(false);
  });

  test('past the bound the newest are let go, and what is new is no longer appended', () => {
    let log = withNewest(EMPTY_LOG, page(9950, 10_000));
    while (log.following) log = back(log, earlierBefore(log) / GAP - 200, earlierBefore(log) / GAP);
    expect(log.final).toHaveLength(SHOWN_MAX);
    const before = numbers(log);
    const then = withNewest(log, { entries: [...page(9960, 10_010).entries, pending('a')], earlier: true });
    expect(numbers(then)).toEqual(before);
    expect(
      then.open.map(({ id }) => id),
      'own entries are shown wherever one is',
    ).toEqual(['a']);
  });
});
