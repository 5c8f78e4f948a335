/** A thread that makes one run after the other: gets seeds, gives outcomes. */
import { parentPort } from 'node:worker_threads';
import { run } from './runs.ts';

parentPort?.on('message', async (seed: number) => {
  const began = performance.now();
  const { injected, ...outcome } = await run({ seed });
  parentPort?.postMessage({ ...outcome, counts: injected.toJSON(), tookMs: performance.now() - began });
});
