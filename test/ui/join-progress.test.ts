import { expect, test } from 'vitest';
import type { JoinStage } from '../../src/ui/app.ts';
import { advance, NOT_BEGUN, progressRows } from '../../src/ui/join-progress.ts';

function after(...events: readonly JoinStage[]) {
  return events.reduce(advance, NOT_BEGUN);
}

const REACHING: JoinStage = { type: 'stage', stage: 'reaching-relay', elapsedMs: 0 };
const VERIFYING: JoinStage = { type: 'stage', stage: 'verifying', elapsedMs: 300 };

test('each stage counts from where it began to where the next did', () => {
  expect(progressRows(after(REACHING, VERIFYING), 1000).slice(0, 2)).toEqual([
    { stage: 'reaching-relay', state: 'done', elapsedMs: 300 },
    { stage: 'verifying', state: 'now', elapsedMs: 700 },
  ]);
});

test('the stages ahead stand there from the beginning; waiting for approval only once it happens', () => {
  expect(progressRows(after(REACHING), 0).map(({ stage }) => stage)).toEqual([
    'reaching-relay',
    'verifying',
    'asking',
    'admitted',
    'copying',
  ]);
  const waiting = after(REACHING, VERIFYING, { type: 'stage', stage: 'waiting', elapsedMs: 900 });
  expect(progressRows(waiting, 1000).map(({ stage }) => stage)).toContain('waiting');
});

test('a refusal stops the stage it came in, and the clock with it; what was never reached is not listed', () => {
  const rows = progressRows(after(REACHING, VERIFYING, { type: 'refused', code: 'no-relay', detail: '', elapsedMs: 500 }), 99_999);
  expect(rows).toEqual([
    { stage: 'reaching-relay', state: 'done', elapsedMs: 300 },
    { stage: 'verifying', state: 'stopped', elapsedMs: 200 },
  ]);
});

test('a stage that is reported twice goes on from its first beginning', () => {
  const rows = progressRows(after(REACHING, { ...REACHING, elapsedMs: 400 }), 500);
  expect(rows[0]).toEqual({ stage: 'reaching-relay', state: 'now', elapsedMs: 500 });
});
