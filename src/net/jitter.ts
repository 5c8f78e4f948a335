/** Numbers drawn from the Random port: for pauses that must not fall into step, and for the simulator's faults. */
import type { Random } from '../node/ports.ts';

/** From 0 up to, not including, 1, with 32 bits. */
function unit(random: Random): number {
  const bits = random.bytes(4).reduce((number, byte) => number * 256 + byte, 0);
  return bits / 2 ** 32;
}

/** An integer from `min` to `max`, both included. */
export function between(random: Random, min: number, max: number): number {
  return min + Math.floor(unit(random) * (max - min + 1));
}

/** True with this likelihood, from 0 to 1. */
export function chance(random: Random, likelihood: number): boolean {
  return unit(random) < likelihood;
}
