/** A thread that makes one run after the other: gets orders, gives outcomes. */
import { parentPort } from 'node:worker_threads';
import { type Order, run } from './runs.ts';

parentPort?.on('message', async (order: Order) => {
  const began = performance.now();
  const { injected, ...outcome } = await run(order);
  parentPort?.postMessage({ ...outcome, counts: injected.toJSON(), tookMs: performance.now() - began });
});
