/** The same edges in real Chromium: its native verifier and our rule together must say what Node says. */
import { expect, test } from 'vitest';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { type OwnCase, ownCases } from '../support/ed25519-edges.ts';

async function verdicts(mode: 'message' | 'agreement', cases: readonly OwnCase[]) {
  const checks = cases.map((one) => one.check);
  const answers = await webCryptoVerifier().verify(checks, mode);
  return cases.map((one, i) => [one.name, answers[i]]);
}

test('Chromium agrees on every signature in blocks and votes', async () => {
  expect(await verdicts('agreement', ownCases)).toEqual(ownCases.map((one) => [one.name, one.inAgreement]));
});

test('Chromium drops in messages what every engine drops', async () => {
  const alike = ownCases.filter((one) => one.inMessage !== null);
  expect(await verdicts('message', alike)).toEqual(alike.map((one) => [one.name, one.inMessage]));
});
