import { expect, test } from 'vitest';
import { holdsControls } from '../../src/core/base/shown-name.ts';
import { expiresWords, sharedHint, usesWords, usualInvitation } from '../../src/ui/invite-options.ts';
import { showsSomething } from '../../src/ui/names.ts';
import { count, elapsed, machineTime, moment, momentWithin, nameMarks, span } from '../../src/ui/words.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test('times are said as people say them', () => {
  const now = new Date(2026, 10, 20, 15, 0).getTime();
  expect(moment(now - 2 * HOUR, now)).toMatch(/^1:00|13:00/);
  expect(moment(now - DAY, now)).toMatch(/^Yesterday, /);
  expect(`approved, ${momentWithin(now - DAY, now)}`).toMatch(/^approved, yesterday, /);
  expect(moment(now + 5 * HOUR, now)).toMatch(/^8:00|20:00/);
  expect(moment(now + DAY, now)).toMatch(/^Tomorrow, /);
  expect(moment(now + 5 * DAY, now)).toMatch(/25/);
  expect(moment(now - 5 * DAY, now)).toMatch(/15/);
  expect(moment(now - 5 * DAY, now)).not.toMatch(/2026/);
  expect(moment(now - 400 * DAY, now)).toMatch(/2025/);
});

test('a time that no calendar has is left out, not thrown', () => {
  expect(machineTime(Number.MAX_SAFE_INTEGER)).toBe('');
});

test('spans, counts and elapsed times', () => {
  expect([span(7 * DAY), span(DAY), span(5 * HOUR), span(10_000)]).toEqual(['7 days', '24 hours', '5 hours', '1 minute']);
  expect([count(1, 'peer'), count(2, 'peer'), count(12_000, 'peer')]).toEqual(['1 peer', '2 peers', '12,000 peers']);
  expect([elapsed(0), elapsed(1234), elapsed(65_000)]).toEqual(['0.0 s', '1.2 s', '1 min 05 s']);
});

test('only members whose names look the same are marked, and each differently', () => {
  const member = (id: string, name: string) => ({ id, name });
  const marks = nameMarks([
    member('aaaaaaaa', 'Ben'),
    member('bbbbbbbb', ' BEN '),
    member('cccccccc', 'Ｂｅｎ'),
    member('dddddddd', 'Ada'),
  ]);
  expect([...marks]).toEqual([
    ['aaaaaaaa', 'aaaaaa'],
    ['bbbbbbbb', 'bbbbbb'],
    ['cccccccc', 'cccccc'],
  ]);
});

test('characters that are not drawn tell no two names apart', () => {
  const names = ['Ada', 'Ada\u200b', '\u2060A\u00adda', 'Ada\0', 'A\u202eda', 'Ad\u3164a', 'Adam'];
  const marks = nameMarks(names.map((name, i) => ({ id: String(i).repeat(8), name })));
  expect([...marks.values()]).toEqual(['000000', '111111', '222222', '333333', '444444', '555555']);
});

test('a name shows something; joiners and direction marks are part of real ones', () => {
  const seen = ['Ada', '1', '👩‍👩‍👧', 'نگه\u200cدار', 'אבי\u200f', 'e\u0301', '?'];
  expect(seen.filter((name) => !showsSomething(name) || holdsControls(name))).toEqual([]);
  const unseen = ['', ' ', '\u200b', '\u3164', '\u2800', '\u0301', '\ufe0f', '\u{e0041}', '\0'];
  expect(unseen.filter(showsSomething)).toEqual([]);
  const harmful = ['a\0', 'a\u001b[2J', 'a\u007f', 'a\u0085', 'a\u2028b', 'a\u202eb', 'a\u2066b'];
  expect(harmful.filter((name) => !holdsControls(name))).toEqual([]);
});

test('an invitation begins as writer, one use, seven days, or as the first role that may be given', () => {
  expect(usualInvitation(['observer', 'writer'])).toEqual({ role: 'writer', uses: 1, expiresMs: 7 * DAY, shared: true });
  expect(usualInvitation(['observer']).role).toBe('observer');
});

test('what the choices mean is said', () => {
  expect([usesWords(1), usesWords(25), usesWords(0)]).toEqual(['1 use', '25 uses', 'Unlimited']);
  expect([HOUR, DAY, 7 * DAY, 365 * DAY].map(expiresWords)).toEqual(['1 hour', '1 day', '7 days', '1 year']);
  const closed = { role: 'writer', uses: 1, expiresMs: DAY, shared: false } as const;
  expect(sharedHint(closed)).toMatch(/Only your browser and the relay/);
  expect(sharedHint({ ...closed, uses: 5 })).toMatch(/each of them waits for your approval/);
  expect(sharedHint({ ...closed, uses: 5, shared: true })).toMatch(/Any member/);
});
