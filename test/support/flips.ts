/** One bit turned in a file that proves something: refused, for a reason that has a name and words. */
import { expect } from 'vitest';
import { REFUSAL_CODES, type Result } from '../../src/core/base/result.ts';
import { withFlippedBit } from './liars.ts';

const codes = new Set<string>(REFUSAL_CODES);

export function expectRefused(what: string, result: Result<unknown>): void {
  if (result.ok || !codes.has(result.refusal.code) || result.refusal.detail === '')
    expect.fail(`${what}: taken, or refused without a reason`);
}

/** Judges a file with one bit of each byte turned, another each time; with ALL_BITS=1 with every bit, which takes minutes. */
export async function expectEachFlipRefused(file: Uint8Array, judge: (file: Uint8Array) => Promise<Result<unknown>>): Promise<void> {
  expect((await judge(file)).ok).toBe(true);
  const every = process.env['ALL_BITS'] === undefined ? 9 : 1;
  for (let bit = 0; bit < 8 * file.length; bit += every) expectRefused(`bit ${bit}`, await judge(withFlippedBit(file, bit)));
}
