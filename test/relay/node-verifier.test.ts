/** On Node a few signatures are checked in place and many by threads: the verdicts are WebCrypto's, either way. */
import { expect, test } from 'vitest';
import { nodeVerifier } from '../../relay/src/node-verifier.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { ownCases } from '../support/ed25519-edges.ts';

const checks = ownCases.map(({ check }) => check);

for (const mode of ['message', 'agreement'] as const) {
  test(`each edge alone, and all of them at once, as ${mode}`, async () => {
    const verdicts = await webCryptoVerifier().verify(checks, mode);
    const verifier = nodeVerifier();
    const oneByOne = [];
    for (const check of checks) oneByOne.push(...(await verifier.verify([check], mode)));
    expect(checks.length).toBeGreaterThan(8);
    expect(oneByOne).toEqual(verdicts);
    expect(await verifier.verify(checks, mode)).toEqual(verdicts);
  });
}

test('goes on being right when more keys come by than it remembers', async () => {
  const verifier = nodeVerifier(2);
  const sound = ownCases.filter(({ inAgreement }) => inAgreement).map(({ check }) => check);
  for (const check of [...sound, ...sound]) expect(await verifier.verify([check], 'agreement')).toEqual([true]);
});
