import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { concat, toHex, utf8 } from '../../src/core/base/bytes.ts';
import { isAdmissibleKey, isWellFormedSignature, publicKeyOf, type Signature } from '../../src/core/base/key.ts';
import { memorySigner } from '../../src/node/memory-keys.ts';
import type { SignatureCheck } from '../../src/node/ports.ts';
import { fakeSigner, fakeVerifier, VERIFIER_CHECKS_AT_ONCE, webCryptoVerifier } from '../../src/node/verifier.ts';
import { bytesOf, checkOf, ownCases } from '../support/ed25519-edges.ts';
import { seededRandom } from '../support/seeded-random.ts';

const seedOf = (n: number) => new Uint8Array(32).fill(n);
const flipped = <T extends Uint8Array>(bytes: T, bit: number): T => {
  const copy = bytes.slice();
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy as T;
};

describe('edges that the project holds itself', () => {
  test('in blocks and votes', async () => {
    const answers = await webCryptoVerifier().verify(
      ownCases.map((one) => one.check),
      'agreement',
    );
    expect(ownCases.map((one, i) => [one.name, answers[i]])).toEqual(ownCases.map((one) => [one.name, one.inAgreement]));
  });

  test('in messages', async () => {
    const alike = ownCases.filter((one) => one.inMessage !== null);
    const answers = await webCryptoVerifier().verify(
      alike.map((one) => one.check),
      'message',
    );
    expect(alike.map((one, i) => [one.name, answers[i]])).toEqual(alike.map((one) => [one.name, one.inMessage]));
  });

  test('a signature whose R has torsion is what the modes are for', () => {
    const torsion = ownCases.filter((one) => one.name.startsWith('R plus torsion'));
    expect(torsion.length).toBe(7);
    expect(torsion.every((one) => one.inAgreement && one.inMessage === false)).toBe(true);
  });
});

describe('the verifier in use', () => {
  const signerA = memorySigner(seedOf(1));
  const signerB = memorySigner(seedOf(2));

  test('answers each check of a batch in its place, more than go at once', async () => {
    const random = seededRandom(11);
    const signed = await Promise.all(
      Array.from({ length: 10 }, async (_, i): Promise<SignatureCheck> => {
        const signer = i % 2 === 0 ? signerA : signerB;
        const message = utf8(`text ${i}`);
        return { key: signer.publicKey, message, signature: await signer.sign(message) };
      }),
    );
    const good = Array.from({ length: 2 * VERIFIER_CHECKS_AT_ONCE + 3 }, () => random() < 0.9);
    const checks = good.flatMap((isGood, i) => {
      const check = signed[i % signed.length];
      return check === undefined ? [] : [isGood ? check : { ...check, message: utf8('another') }];
    });
    expect(await webCryptoVerifier().verify(checks, 'message')).toEqual(good);
    expect(await webCryptoVerifier().verify(checks, 'agreement')).toEqual(good);
    expect(await webCryptoVerifier().verify([], 'agreement')).toEqual([]);
  });

  test('every flipped bit of key, text and signature is refused in both modes', async () => {
    const message = utf8('as it was signed');
    const signature = await signerA.sign(message);
    const key = signerA.publicKey;
    const bits = (length: number) => Array.from({ length: 8 * length }, (_, bit) => bit);
    const checks: SignatureCheck[] = [
      ...bits(32).map((bit) => ({ key: flipped(key, bit), message, signature })),
      ...bits(message.length).map((bit) => ({ key, message: flipped(message, bit), signature })),
      ...bits(64).map((bit) => ({ key, message, signature: flipped(signature, bit) })),
    ];
    expect((await webCryptoVerifier().verify(checks, 'message')).includes(true)).toBe(false);
    // The equation of `agreement` runs in JavaScript, so it gets a share of them.
    const some = checks.filter((_, i) => i % 11 === 0);
    expect((await webCryptoVerifier().verify(some, 'agreement')).includes(true)).toBe(false);
  });

  test('goes on being right when more keys come by than it remembers', async () => {
    const message = utf8('again');
    const signers = Array.from({ length: 7 }, (_, i) => memorySigner(seedOf(20 + i)));
    const checks = await Promise.all(
      signers.map(async (signer) => ({ key: signer.publicKey, message, signature: await signer.sign(message) })),
    );
    const crossed = checks.map((check, i) => ({ ...check, key: signers[(i + 1) % 7]?.publicKey ?? check.key }));
    const verifier = webCryptoVerifier(3);
    for (let round = 0; round < 3; round++) {
      for (const check of checks) expect(await verifier.verify([check], 'message')).toEqual([true]);
      expect(await verifier.verify([...checks, ...crossed], 'message')).toEqual([...checks.map(() => true), ...crossed.map(() => false)]);
    }
  });
});

describe('the fake pair of the simulator', () => {
  const key = publicKeyOf(seedOf(4));

  test('accepts what the matching signer made and nothing else', async () => {
    const message = utf8('fake');
    const signature = await fakeSigner(key).sign(message);
    const real = await memorySigner(seedOf(4)).sign(message);
    const other = await fakeSigner(publicKeyOf(seedOf(5))).sign(message);
    const checks: SignatureCheck[] = [signature, real, other, flipped(signature, 3), signature.slice(1) as Signature].map((one) => ({
      key,
      message,
      signature: one,
    }));
    expect(await fakeVerifier().verify(checks, 'agreement')).toEqual([true, false, false, false, false]);
    expect(await fakeVerifier().verify([{ key, message: utf8('other'), signature }], 'message')).toEqual([false]);
  });

  test('its signatures are well formed, so that no check before the verifier stumbles over them', async () => {
    for (let i = 0; i < 50; i++) expect(isWellFormedSignature(key, await fakeSigner(key).sign(Uint8Array.of(i)))).toBe(true);
  });

  test('a fake signature is worth nothing to the real verifier', async () => {
    const message = utf8('fake');
    expect(await webCryptoVerifier().verify([{ key, message, signature: await fakeSigner(key).sign(message) }], 'agreement')).toEqual([
      false,
    ]);
  });
});

const FOLDER = join(import.meta.dirname, '../../../shared/vectors/ed25519');

interface Rfc8032Case {
  readonly priv: string;
  readonly pub: string;
  readonly msg: string;
  readonly sig: string;
}

interface WycheproofGroup {
  readonly publicKey: { readonly pk: string };
  readonly tests: readonly {
    readonly tcId: number;
    readonly comment: string;
    readonly msg: string;
    readonly sig: string;
    readonly result: 'valid' | 'invalid';
  }[];
}

describe.skipIf(!existsSync(FOLDER))('published vectors (skipped where the shared vectors are absent)', () => {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(FOLDER, name), 'utf8'));

  test('RFC 8032: the same keys and signatures come out, and are accepted', async () => {
    const cases = read('rfc8032-ed25519.json') as readonly Rfc8032Case[];
    for (const one of cases) {
      const signer = memorySigner(bytesOf(one.priv));
      expect(toHex(signer.publicKey)).toBe(one.pub);
      expect(toHex(await signer.sign(bytesOf(one.msg)))).toBe(one.sig);
    }
    const checks = cases.map((one) => checkOf(one.pub, one.msg, one.sig));
    expect(checks.length).toBeGreaterThan(3);
    expect((await webCryptoVerifier().verify(checks, 'message')).every(Boolean)).toBe(true);
    expect((await webCryptoVerifier().verify(checks, 'agreement')).every(Boolean)).toBe(true);
  });

  /**
   * Wycheproof's `valid` is RFC 8032. In messages our verdicts are the same on all 151 cases. In blocks and votes ZIP 215
   * decides what the engine rejects, and it accepts one case more: R = identity, written with the sign bit of x set. RFC
   * 8032 §5.1.3 refuses to decode that; ZIP 215 takes it, as it takes every way of writing a point of the curve, because
   * only so do engines that are strict about R and engines that are not reach one verdict. It gives nobody but the key's
   * holder another signature, and signature bytes never enter an id.
   */
  const MORE_IN_AGREEMENT = [151];

  test('Wycheproof: RFC 8032 in messages; in agreement more, for the cases that are named', async () => {
    const { testGroups } = read('wycheproof-ed25519_test.json') as { testGroups: readonly WycheproofGroup[] };
    const cases = testGroups.flatMap((group) => group.tests.map((one) => ({ ...one, pk: group.publicKey.pk })));
    const checks = cases.map((one) => checkOf(one.pk, one.msg, one.sig));
    const inMessages = await webCryptoVerifier().verify(checks, 'message');
    const inAgreement = await webCryptoVerifier().verify(checks, 'agreement');
    expect(cases.length).toBe(151);
    const all = cases.map((one, i) => ({
      ...one,
      inMessage: inMessages[i],
      inAgreement: inAgreement[i],
      admissible: isAdmissibleKey(bytesOf(one.pk)),
    }));
    const name = (one: (typeof all)[number]) => `${one.tcId} ${one.comment}`;
    expect(all.filter((one) => one.inMessage !== (one.result === 'valid')).map(name)).toEqual([]);
    expect(all.filter((one) => one.result === 'valid' && one.inAgreement !== true).map(name)).toEqual([]);
    expect(all.filter((one) => one.result === 'invalid' && one.inAgreement !== false).map((one) => one.tcId)).toEqual(MORE_IN_AGREEMENT);
    expect(all.filter((one) => !one.admissible).map(name)).toEqual([]);
  });
});

test('a key in memory keeps its own copy of the seed', async () => {
  const seed = seedOf(6);
  const signer = memorySigner(seed);
  const before = await signer.sign(utf8('x'));
  seed.fill(0);
  expect(toHex(await signer.sign(utf8('x')))).toBe(toHex(before));
  expect(toHex(concat(signer.publicKey))).toBe(toHex(publicKeyOf(seedOf(6))));
});
