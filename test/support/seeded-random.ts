/** Numbers that look random and are the same for the same seed: for tests only. */

/** Returns a function that gives the next number, 0 ≤ x < 1. Marsaglia's xorshift on 32 bits, its state mixed on the way out. */
export function seededRandom(seed: number): () => number {
  // Seeds are small and alike; a multiplication spreads them, and the state must not be zero.
  let state = Math.imul(seed + 1, 0x9e37_79b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (Math.imul(state ^ (state >>> 15), 0x85eb_ca6b) >>> 0) / 2 ** 32;
  };
}
