/** Verifiers that settle by microtasks, as virtual time asks of them: WebCrypto settles outside. */
import { concat, toHex, uint64 } from '../../src/core/base/bytes.ts';
import { plainSha256 } from '../../src/core/base/hash.ts';
import { verifyZip215 } from '../../src/core/base/key.ts';
import type { SignatureCheck, Verifier } from '../../src/node/ports.ts';
import { fakeVerifier } from '../../src/node/verifier.ts';

/** Ed25519 in JavaScript. */
export function nobleVerifier(): Verifier {
  const judge = nobleJudge();
  return { verify: async (checks) => checks.map(judge) };
}

/** Takes fakes, and Ed25519 where there is no fake: an invitation's key is derived from its seed and always signs in earnest. */
export function mostlyFakeVerifier(): Verifier {
  const fake = fakeVerifier();
  const judge = nobleJudge();
  return {
    async verify(checks, mode) {
      const verdicts = await fake.verify(checks, mode);
      return checks.map((check, i) => verdicts[i] === true || judge(check));
    },
  };
}

/** A verdict is worked out once, whoever asks. */
function nobleJudge(): (check: SignatureCheck) => boolean {
  const verdicts = new Map<string, boolean>();
  return ({ key, message, signature }) => {
    const name = toHex(plainSha256(concat(key, uint64(signature.length), signature, message)));
    const verdict = verdicts.get(name) ?? verifyZip215(key, message, signature);
    verdicts.set(name, verdict);
    return verdict;
  };
}
