/** Many runs, one after the other on so many threads, and what they amount to. */
import { runOnThreads } from './crew.ts';
import type { Outcome } from './outcome.ts';
import type { Order } from './runs.ts';
import { type Summary, shortcoming, summarize } from './summary.ts';

export interface Campaign extends Summary {
  readonly seconds: number;
  /** How fast it went: by the wall, and by what the processor spent on it. */
  readonly simulatedSecondsPerSecond: number;
  readonly simulatedSecondsPerCpuSecond: number;
  /** What is wrong with them all taken together. */
  readonly shortcoming: string | undefined;
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
  return {
    ...totals,
    seconds: Math.round(seconds),
    simulatedSecondsPerSecond: Math.round(simulated / seconds),
    simulatedSecondsPerCpuSecond: Math.round((simulated * 1_000_000) / (user + system)),
    shortcoming: shortcoming(totals),
  };
}
