/** Waiting with a limit, by the Clock port, so that it runs on virtual time in the simulator too. */
import { RefusalError } from '../core/base/result.ts';
import type { Clock } from './ports.ts';

/** The reason of an aborted signal as a refusal. */
export function abortError(signal: AbortSignal): RefusalError {
  const { reason } = signal;
  return reason instanceof RefusalError ? reason : new RefusalError({ code: 'aborted', detail: 'stopped on request' });
}

/** Runs `work` under a signal that ends after `limitMs` with `timed-out`, or with the parent. */
export async function withTimeout<T>(
  clock: Clock,
  limitMs: number,
  parent: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const cancel = clock.schedule(limitMs, () =>
    own.abort(new RefusalError({ code: 'timed-out', detail: `nothing came for ${limitMs} ms` })),
  );
  try {
    return await work(AbortSignal.any([parent, own.signal]));
  } finally {
    cancel();
  }
}

/** Settles after `delayMs`; rejects at once when the signal aborts. */
export function sleep(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortError(signal));
    const stop = () => {
      cancel();
      reject(abortError(signal));
    };
    const cancel = clock.schedule(delayMs, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop, { once: true });
  });
}
