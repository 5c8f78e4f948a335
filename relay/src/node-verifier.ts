/**
 * Signature checks of a process on Node. Of a vote or an entry there is one at a time, and somebody waits for it: it is checked at
 * once, where WebCrypto would hand it to a thread that a busy machine takes its time to run. Many at a time go to the threads.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { concat } from '../../src/core/base/bytes.ts';
import type { PublicKey } from '../../src/core/base/key.ts';
import type { Verifier } from '../../src/node/ports.ts';
import { latelyUsed, VERIFIER_KEYS_MAX, verifierOn, webCryptoCheck } from '../../src/node/verifier.ts';

/** Checked one after the other: under a millisecond, in which this process does nothing else. */
const CHECKS_AT_ONCE_MAX = 8;
/** What stands before the 32 bytes of an Ed25519 key in its DER form (RFC 8410 §4). */
const SPKI_PREFIX = Uint8Array.of(0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00);

/** Judges as `webCryptoVerifier` does, by the same library below both. */
export function nodeVerifier(keysMax: number = VERIFIER_KEYS_MAX): Verifier {
  const keys = latelyUsed(keysMax, keyObject);
  return verifierOn(webCryptoCheck(keysMax), {
    checksMax: CHECKS_AT_ONCE_MAX,
    accepts: async ({ key, message, signature }) => {
      try {
        return verify(null, message, await keys(key), signature);
      } catch {
        return false;
      }
    },
  });
}

function keyObject(key: PublicKey): KeyObject {
  return createPublicKey({ key: Buffer.from(concat(SPKI_PREFIX, key)), format: 'der', type: 'spki' });
}
