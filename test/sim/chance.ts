/** Seeded chance: whatever a run of the simulator leaves open is drawn from here, so that a seed is a whole run. */
import type { Random } from '../../src/node/ports.ts';
import { seededRandom } from '../support/seeded-random.ts';

export class Chance implements Random {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seededRandom(seed);
  }

  /** Another source that follows from this one. Each concern has one, so that more draws in one do not move the others. */
  fork(): Chance {
    return new Chance(this.int(0, 2 ** 30));
  }

  /** 0 ≤ x < 1. */
  next(): number {
    return this.#next();
  }

  /** An integer from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.#next() * (max - min + 1));
  }

  happens(likelihood: number): boolean {
    return this.#next() < likelihood;
  }

  pick<T>(from: readonly T[]): T {
    const one = from[this.int(0, from.length - 1)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }

  /** The same things in another order. */
  shuffled<T>(things: readonly T[]): readonly T[] {
    const keyed = things.map((thing) => ({ thing, key: this.#next() }));
    return keyed.sort((a, b) => a.key - b.key).map(({ thing }) => thing);
  }

  bytes(length: number): Uint8Array {
    const out = new Uint8Array(length);
    for (let i = 0; i < length; i++) out[i] = this.int(0, 255);
    return out;
  }
}
