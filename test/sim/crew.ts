/** Many runs on several threads: each takes the next when it is done with one. */
import { Worker } from 'node:worker_threads';
import { type FaultCounts, Injected } from './injected.ts';
import type { Outcome } from './outcome.ts';
import type { Order } from './runs.ts';

/** Room for what a run throws away, which is nearly everything: a few times as much as usual saves a tenth of the time. */
const YOUNG_MB = 192;

type Told = Omit<Outcome, 'injected'> & { readonly counts: FaultCounts; readonly tookMs: number };

/** Runs all of them on so many threads; `told` hears of each outcome as it comes. */
export async function runOnThreads(orders: Iterator<Order>, jobs: number, told: (outcome: Outcome, tookMs: number) => void): Promise<void> {
  await Promise.all(Array.from({ length: jobs }, () => runOnOne(orders, told)));
}

function runOnOne(orders: Iterator<Order>, told: (outcome: Outcome, tookMs: number) => void): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
  return new Promise((resolve, reject) => {
    const next = () => {
      const order = orders.next();
      if (order.done === true) worker.terminate().then(() => resolve(), reject);
      else worker.postMessage(order.value);
    };
    worker.on('message', ({ counts, tookMs, ...outcome }: Told) => {
      told({ ...outcome, injected: Injected.of(counts) }, tookMs);
      next();
    });
    worker.on('error', reject);
    next();
  });
}
