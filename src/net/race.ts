/** Attempts at one thing, started one after the other without waiting for the earlier to fail (RFC 8305, Happy Eyeballs). */

/** Settles after `delayMs`, or rejects with the signal's reason. Leaves no timer behind. */
export function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, delayMs);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

/** The promise's outcome, or a rejection with the signal's reason if that comes first. */
export function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    // Before the check, so that the promise has somebody to reject to in any case.
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    if (signal.aborted) stop();
  });
}

/**
 * The first attempt that succeeds. The next one starts `staggerMs` after the last, or at once when one fails; when one
 * wins, the signal that the others were given aborts. Rejects with an `AggregateError` of all failures.
 */
export async function raceStaggered<T>(
  attempts: readonly ((signal: AbortSignal) => Promise<T>)[],
  staggerMs: number,
  signal: AbortSignal,
): Promise<T> {
  const over = new AbortController();
  const both = AbortSignal.any([signal, over.signal]);
  try {
    return await orAborted(runStaggered(attempts, staggerMs, both), signal);
  } finally {
    over.abort(new DOMException('another attempt won', 'AbortError'));
  }
}

async function runStaggered<T>(
  attempts: readonly ((signal: AbortSignal) => Promise<T>)[],
  staggerMs: number,
  signal: AbortSignal,
): Promise<T> {
  const running: Promise<T>[] = [];
  for (const attempt of attempts) {
    running.push(attempt(signal));
    if (running.length === attempts.length) break;
    const won = await Promise.race([firstOf(running), pause(staggerMs, signal).then(() => undefined)]);
    if (won !== undefined) return won.value;
  }
  return Promise.any(running);
}

/** The first success among the running; `undefined` once all of them have failed. */
function firstOf<T>(running: readonly Promise<T>[]): Promise<{ readonly value: T } | undefined> {
  return Promise.any(running).then(
    (value) => ({ value }),
    () => undefined,
  );
}
