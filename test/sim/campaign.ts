/** Many runs, one after the other on so many threads, and what they amount to. */
import { runOnThreads } from './crew.ts';
import type { Outcome } from './outcome.ts';
import type { Order } from './runs.ts';
import { type Judgement, judgement, type Summary, summarize } from './summary.ts';

export interface Campaign extends Summary, Judgement {
  readonly seconds: number;
  /** How fast it went: by the wall, and by what the processor spent on it. */
  readonly simulatedSecondsPerSecond: number;
  readonly simulatedSecondsPerCpuSecond: number;
  /** What a thousand runs like these would take, by the processor time of these: minutes on two cores that do nothing else. */
  readonly thousandOnTwoCoresMinutes: number;
}

/** `told` hears of each outcome as it comes, and how long it took. */
export async function campaign(orders: Iterator<Order>, jobs: number, told: (outcome: Outcome, tookMs: number) => void): Promise<Campaign> {
  const began = { wall: performance.now(), cpu: process.cpuUsage() };
  const outcomes: Outcome[] = [];
  await runOnThreads(orders, jobs, (outcome, tookMs) => {
    told(outcome, tookMs);
    outcomes.push({ ...outcome, lines: [] });
  });
  const { user, system } = process.cpuUsage(began.cpu);
  const seconds = (performance.now() - began.wall) / 1000;
  const totals = summarize(outcomes);
  const simulated = totals.virtualMinutes * 60;
  const cpuSeconds = (user + system) / 1_000_000;
  return {
    ...totals,
    seconds: Math.round(seconds),
    simulatedSecondsPerSecond: Math.round(simulated / seconds),
    simulatedSecondsPerCpuSecond: Math.round(simulated / cpuSeconds),
    thousandOnTwoCoresMinutes: Math.round((10 * 1000 * cpuSeconds) / Math.max(1, outcomes.length) / 2 / 60) / 10,
    ...judgement(totals),
  };
}
