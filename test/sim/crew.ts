/** Many runs on several threads: each takes the next seed when it is done with one. */
import { Worker } from 'node:worker_threads';
import { type FaultCounts, Injected } from './injected.ts';
import type { Outcome } from './outcome.ts';

/** Room for what a run throws away, which is nearly everything: a few times as much as usual saves a tenth of the time. */
const YOUNG_MB = 192;

type Told = Omit<Outcome, 'injected'> & { readonly counts: FaultCounts; readonly tookMs: number };

/** Runs the seeds on so many threads; `told` hears of each outcome as it comes. */
export async function runOnThreads(seeds: Iterator<number>, jobs: number, told: (outcome: Outcome, tookMs: number) => void): Promise<void> {
  await Promise.all(Array.from({ length: jobs }, () => runOnOne(seeds, told)));
}

function runOnOne(seeds: Iterator<number>, told: (outcome: Outcome, tookMs: number) => void): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB } });
  return new Promise((resolve, reject) => {
    const next = () => {
      const seed = seeds.next();
      if (seed.done === true) worker.terminate().then(() => resolve(), reject);
      else worker.postMessage(seed.value);
    };
    worker.on('message', ({ counts, tookMs, ...outcome }: Told) => {
      told({ ...outcome, injected: Injected.of(counts) }, tookMs);
      next();
    });
    worker.on('error', reject);
    next();
  });
}
