/** One bit turned in a file that proves something: refused, for a reason that has a name and words. */
import { expect } from 'vitest';
import { REFUSAL_CODES, type Result } from '../../src/core/base/result.ts';
import { withFlippedBit } from './liars.ts';

const codes = new Set<string>(REFUSAL_CODES);

export function expectRefused(what: string, result: Result<unknown>): void {
  if (result.ok || !codes.has(result.refusal.code) || result.refusal.detail === '')
    expect.fail(`${what}: taken, or refused without a reason`);
}

/** Judges a file with one bit of each byte turned, another from byte to byte; with ALL_BITS=1 with every bit, which takes minutes. */
export async function expectEachFlipRefused(file: Uint8Array, judge: (file: Uint8Array) => Promise<Result<unknown>>): Promise<void> {
  expect((await judge(file)).ok).toBe(true);
  for (const bit of bitsTurned(file.length)) expectRefused(`bit ${bit}`, await judge(withFlippedBit(file, bit)));
}

function bitsTurned(bytes: number): readonly number[] {
  if (process.env['ALL_BITS'] !== undefined) return Array.from({ length: 8 * bytes }, (_, bit) => bit);
  return Array.from({ length: bytes }, (_, byte) => 8 * byte + (byte % 8));
}
