import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { orAborted, pause, raceStaggered } from '../../src/net/race.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  // Whatever was started has ended, its timers too.
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const NEVER = new AbortController().signal;

/** Attempts that note when they begin and end as told: after how long, and whether well. */
function attempts(...plans: readonly (readonly [afterMs: number, outcome: 'wins' | 'fails'])[]) {
  const log: string[] = [];
  const begun = Date.now();
  const note = (text: string) => log.push(`${Date.now() - begun}: ${text}`);
  const list = plans.map(([afterMs, outcome], i) => async (signal: AbortSignal) => {
    note(`${i} begins`);
    signal.addEventListener('abort', () => note(`${i} is given up`));
    await pause(afterMs, signal);
    note(`${i} ${outcome}`);
    if (outcome === 'fails') throw new Error(`attempt ${i} failed`);
    return i;
  });
  return { list, log };
}

test('a good first attempt is the only one', async () => {
  const { list, log } = attempts([10, 'wins'], [10, 'wins']);
  const race = raceStaggered(list, 250, NEVER);
  await vi.advanceTimersByTimeAsync(10);
  expect(await race).toBe(0);
  expect(log).toEqual(['0: 0 begins', '10: 0 wins', '10: 0 is given up']);
});

test('a second begins while the first hangs, and the loser is given up', async () => {
  const { list, log } = attempts([10_000, 'wins'], [20, 'wins']);
  const race = raceStaggered(list, 250, NEVER);
  await vi.advanceTimersByTimeAsync(270);
  expect(await race).toBe(1);
  expect(log).toEqual(['0: 0 begins', '250: 1 begins', '270: 1 wins', '270: 0 is given up', '270: 1 is given up']);
});

test('a second begins at once when the first fails', async () => {
  const { list, log } = attempts([5, 'fails'], [5, 'wins']);
  const race = raceStaggered(list, 250, NEVER);
  await vi.advanceTimersByTimeAsync(10);
  expect(await race).toBe(1);
  expect(log).toContain('5: 1 begins');
});

test('a slow first may still win over later ones', async () => {
  const { list } = attempts([600, 'wins'], [10_000, 'wins'], [10_000, 'wins']);
  const race = raceStaggered(list, 250, NEVER);
  await vi.advanceTimersByTimeAsync(600);
  expect(await race).toBe(0);
});

test('when all fail, each reason is told', async () => {
  const { list } = attempts([5, 'fails'], [5, 'fails']);
  const race = raceStaggered(list, 250, NEVER).catch((error: AggregateError) => error.errors.map(String));
  await vi.advanceTimersByTimeAsync(10);
  expect(await race).toEqual(['Error: attempt 0 failed', 'Error: attempt 1 failed']);
  await expect(raceStaggered([], 250, NEVER)).rejects.toThrow(AggregateError);
});

test('a race that is given up gives up its attempts', async () => {
  const { list, log } = attempts([10_000, 'wins'], [10_000, 'wins']);
  const stop = new AbortController();
  const race = expect(raceStaggered(list, 250, stop.signal)).rejects.toThrow('enough');
  await vi.advanceTimersByTimeAsync(300);
  stop.abort(new Error('enough'));
  await race;
  expect(log.slice(2)).toEqual(['300: 0 is given up', '300: 1 is given up']);
  await vi.advanceTimersByTimeAsync(0);
});

test('a wait that is given up before it begins ends at once, and its promise is not left unheard', async () => {
  const gone = AbortSignal.abort(new Error('gone'));
  await expect(pause(1_000, gone)).rejects.toThrow('gone');
  await expect(orAborted(Promise.reject(new Error('unheard')), gone)).rejects.toThrow();
  expect(await orAborted(Promise.resolve(7), NEVER)).toBe(7);
});
