/** The machine's own clock and randomness. */
import type { Clock, Random } from './ports.ts';

/** Longest delay that `setTimeout` takes; longer ones would fire at once. */
const TIMER_MS_MAX = 2_147_483_647;
/** Bytes that `crypto.getRandomValues` gives in one call. */
const RANDOM_BYTES_MAX = 65_536;

export function systemClock(): Clock {
  return {
    now: () => Date.now(),
    schedule: (delayMs, run) => {
      const timer = setTimeout(run, Math.min(delayMs, TIMER_MS_MAX));
      return () => clearTimeout(timer);
    },
  };
}

export function systemRandom(): Random {
  return {
    bytes: (length) => {
      const out = new Uint8Array(length);
      for (let at = 0; at < length; at += RANDOM_BYTES_MAX) crypto.getRandomValues(out.subarray(at, at + RANDOM_BYTES_MAX));
      return out;
    },
  };
}
