/** Which keys may act, and the part of the signature rule that is pure: lengths, S < L and the ZIP 215 equation. */
import { expect, test } from 'vitest';
import { toHex, utf8 } from '../../src/core/base/bytes.ts';
import { TAGS, taggedHash } from '../../src/core/base/hash.ts';
import { isAdmissibleKey, isWellFormedSignature, nextKeyDigest, publicKeyOf, signWithSeed, verifyZip215 } from '../../src/core/base/key.ts';
import { bytesOf, ownCases, ownKeys } from '../support/ed25519-edges.ts';

test.each(ownKeys)('key: $name', ({ key, admissible }) => {
  expect(isAdmissibleKey(bytesOf(key))).toBe(admissible);
});

test.each(ownCases)('signature: $name', ({ check, inAgreement }) => {
  expect(verifyZip215(check.key, check.message, check.signature)).toBe(inAgreement);
});

test('S must be below L: L − 1 is well formed, L is not', () => {
  const key = publicKeyOf(new Uint8Array(32));
  const order = bytesOf('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
  const withS = (s: Uint8Array) => Uint8Array.of(...new Uint8Array(32), ...s);
  expect(isWellFormedSignature(key, withS(order))).toBe(false);
  expect(isWellFormedSignature(key, withS(order.with(0, 0xec)))).toBe(true);
  expect(isWellFormedSignature(key, withS(order.with(0, 0xee)))).toBe(false);
  expect(isWellFormedSignature(key, withS(order.with(31, 0x0f)))).toBe(true);
  expect(isWellFormedSignature(key, withS(order.with(31, 0x30)))).toBe(false);
  expect(isWellFormedSignature(key, withS(new Uint8Array(32).fill(0xff)))).toBe(false);
});

test('a seed signs, and its key accepts that text alone', () => {
  const seed = new Uint8Array(32).fill(7);
  const signature = signWithSeed(seed, utf8('one'));
  expect(verifyZip215(publicKeyOf(seed), utf8('one'), signature)).toBe(true);
  expect(verifyZip215(publicKeyOf(seed), utf8('two'), signature)).toBe(false);
  expect(verifyZip215(publicKeyOf(seed.with(0, 8)), utf8('one'), signature)).toBe(false);
});

test('the digest of a next key is a tagged hash of the key', () => {
  const key = publicKeyOf(new Uint8Array(32).fill(9));
  expect(toHex(nextKeyDigest(key))).toBe(toHex(taggedHash(TAGS.nextKey, key)));
});
