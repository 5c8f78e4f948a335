/** Waits that end: each with its time, its signal, or its turn, and none leaves a timer behind. */
import { describe, expect, test } from 'vitest';
import { abortable, Credit, deadline, pause, refusalError, Slots, scope, Tasks } from '../../src/net/flow.ts';
import { codeOf, NEVER } from './kit.ts';
import { ManualClock, settle } from './manual-clock.ts';

const GIVEN_UP = refusalError('not-available', 'given up');

describe('a pause', () => {
  test('ends with its time, or with its signal’s reason', async () => {
    const clock = new ManualClock();
    const life = scope();
    const pauses = [codeOf(pause(clock, 100, NEVER)), codeOf(pause(clock, 200, life.signal))];
    await clock.advance(100);
    expect(await pauses[0]).toBe('not refused');
    life.abort(GIVEN_UP);
    expect(await pauses[1]).toBe('not-available');
    expect(await codeOf(pause(clock, 10, life.signal))).toBe('not-available');
    expect(clock.waiting).toBe(0);
  });
});

describe('a deadline', () => {
  test('aborts when its time is up, and passes on its parents’ reason', async () => {
    const clock = new ManualClock();
    const parent = scope();
    const [slow, given] = [deadline(clock, 100, 'a test'), deadline(clock, 500, 'a test', parent.signal)];
    await clock.advance(100);
    expect(slow.signal.reason).toMatchObject({ code: 'timed-out' });
    expect(given.signal.aborted).toBe(false);
    parent.abort(GIVEN_UP);
    expect(given.signal.reason).toBe(GIVEN_UP);
    given.end();
    expect(clock.waiting).toBe(0);
  });

  test('that has ended is not aborted any more', async () => {
    const clock = new ManualClock();
    const parent = scope();
    const limit = deadline(clock, 100, 'a test', parent.signal);
    limit.end();
    parent.abort(GIVEN_UP);
    await clock.advance(200);
    expect(limit.signal.aborted).toBe(false);
  });

  test('under a parent that is aborted already is aborted at once', () => {
    const parent = scope();
    parent.abort(GIVEN_UP);
    expect(scope(parent.signal).signal.reason).toBe(GIVEN_UP);
  });
});

test('an abortable wait leaves the promise to run on', async () => {
  const life = scope();
  let finish = (_: string) => {};
  const work = new Promise<string>((resolve) => {
    finish = resolve;
  });
  const wait = codeOf(abortable(work, life.signal));
  life.abort(GIVEN_UP);
  expect(await wait).toBe('not-available');
  finish('done');
  expect(await abortable(work, NEVER)).toBe('done');
});

describe('slots', () => {
  test('are given in turn; a turn that is given up passes to the next; a slot is given back once', async () => {
    const slots = new Slots(1, 10);
    const order: string[] = [];
    const life = scope();
    const giveBack = await slots.take(NEVER);
    const second = codeOf(slots.take(life.signal));
    const third = slots.take(NEVER).then((back) => {
      order.push('third');
      return back;
    });
    const fourth = slots.take(NEVER).then(() => order.push('fourth'));
    life.abort(GIVEN_UP);
    expect(await second).toBe('not-available');
    giveBack();
    giveBack();
    const backOfThird = await third;
    await settle();
    expect(order).toEqual(['third']);
    backOfThird();
    await fourth;
    expect(order).toEqual(['third', 'fourth']);
    expect(slots.idle).toBe(false);
  });

  test('too many who wait are told to slow down', async () => {
    const slots = new Slots(1, 1);
    await slots.take(NEVER);
    const life = scope();
    const waiting = codeOf(slots.take(life.signal));
    expect(await codeOf(slots.take(NEVER))).toBe('slow-down');
    life.abort(GIVEN_UP);
    expect(await waiting).toBe('not-available');
  });
});

describe('credit', () => {
  test('is waited for once it is spent, and never more than its bound', async () => {
    const credit = new Credit(1_000_000, 10);
    await credit.some(NEVER);
    credit.spend(15);
    let got = false;
    const more = credit.some(NEVER).then(() => {
      got = true;
    });
    credit.grant(5);
    await settle();
    expect(got).toBe(false);
    credit.grant(1_000_000);
    await more;
    credit.spend(10);
    const life = scope();
    const wait = codeOf(credit.some(life.signal));
    life.abort(GIVEN_UP);
    expect(await wait).toBe('not-available');
  });
});

test('tasks are waited for, those begun meanwhile included, and what they throw is reported', async () => {
  const reported: unknown[] = [];
  const tasks = new Tasks((error) => reported.push(error));
  const bug = new Error('a bug');
  let late = false;
  tasks.run(async () => {
    await settle();
    tasks.run(async () => {
      await settle();
      late = true;
      throw bug;
    });
  });
  expect(tasks.size).toBe(1);
  await tasks.settled();
  expect([late, tasks.size, reported]).toEqual([true, 0, [bug]]);
});
