/** The engine's signer from a seed, held to the one in JavaScript: run in Node and in Chromium. */
import { expect, test } from 'vitest';
import { toHex, utf8 } from '../../src/core/base/bytes.ts';
import { plainSha256 } from '../../src/core/base/hash.ts';
import { memorySigner } from '../../src/node/memory-keys.ts';
import { webCryptoSeedSigner } from '../../src/node/seed-signer.ts';

export function seedSignerContract(): void {
  test.each([0, 1, 2, 3])('has the key of seed %d and signs as it does', async (number) => {
    const seed = plainSha256(utf8(`seed ${number}`));
    const [native, plain] = [await webCryptoSeedSigner(seed), memorySigner(seed)];
    expect(toHex(native.publicKey)).toBe(toHex(plain.publicKey));
    for (const message of ['', 'one', 'x'.repeat(1000)].map(utf8)) {
      expect(toHex(await native.sign(message))).toBe(toHex(await plain.sign(message)));
    }
  });

  test('takes no seed of another length', async () => {
    await expect(webCryptoSeedSigner(new Uint8Array(31))).rejects.toThrow();
  });
}
