/** A thread that makes one run after the other: gets orders, gives outcomes. */
import { parentPort } from 'node:worker_threads';
import { type Order, run } from './runs.ts';

/** Storms end thousands of waits by an error, whose stack nobody reads; where one is wanted, a replay with its trace has all of it. */
Error.stackTraceLimit = 0;

parentPort?.on('message', async (order: Order) => {
  const began = performance.now();
  const { injected, ...outcome } = await run(order);
  parentPort?.postMessage({ ...outcome, counts: injected.toJSON(), tookMs: performance.now() - began });
});
