/**
 * Signature checks at the border (DESIGN §3), in the order that makes every engine judge alike:
 *
 * 1. lengths and S < L, before anything native sees the bytes;
 * 2. a native accept is final;
 * 3. a native reject, or any native error, drops a `message`; in `agreement` (blocks, votes) the ZIP 215 equation decides,
 *    since native verifiers disagree on signatures whose R has torsion.
 *
 * Whether a key may act at all is asked elsewhere, once per key: `isAdmissibleKey`.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import { isWellFormedSignature, type PublicKey, SIGNATURE_BYTES, type Signature, verifyZip215 } from '../core/base/key.ts';
import type { SignatureCheck, Signer, Verifier } from './ports.ts';

/** Imported keys held for reuse, the longest unused going first: more than the members of a busy chain, about 1 MB. */
export const VERIFIER_KEYS_MAX = 4096;
/** Checks handed to the native side at a time: keeps its threads busy, and a batch's memory small. */
export const VERIFIER_CHECKS_AT_ONCE = 128;

/** What an engine says of one check whose lengths are right: whether it accepts. It need not reject what others reject. */
export type NativeCheck = (check: SignatureCheck) => Promise<boolean> | boolean;

/** Judges with the engine's own Ed25519; about 15 times as fast as JavaScript in Chromium. */
export function webCryptoVerifier(keysMax: number = VERIFIER_KEYS_MAX): Verifier {
  return verifierOn(webCryptoCheck(keysMax));
}

/** The engine's own check, on its threads. */
export function webCryptoCheck(keysMax: number): NativeCheck {
  const subtle = nativeCrypto();
  const keys = latelyUsed(keysMax, (key) => subtle.importKey('raw', native(key), 'Ed25519', false, ['verify']));
  return async (check) => {
    try {
      return await subtle.verify('Ed25519', await keys(check.key), native(check.signature), native(check.message));
    } catch {
      return false;
    }
  };
}

/** Judges in the order above by what an engine says; `few` says it for batches of at most so many checks. */
export function verifierOn(many: NativeCheck, few?: { readonly checksMax: number; readonly accepts: NativeCheck }): Verifier {
  const judge = async (accepts: NativeCheck, check: SignatureCheck, mode: 'message' | 'agreement'): Promise<boolean> => {
    if (!isWellFormedSignature(check.key, check.signature)) return false;
    if (await accepts(check)) return true;
    return mode === 'agreement' && verifyZip215(check.key, check.message, check.signature);
  };
  return {
    async verify(checks, mode) {
      const accepts = few !== undefined && checks.length <= few.checksMax ? few.accepts : many;
      const verdicts: boolean[] = [];
      for (let from = 0; from < checks.length; from += VERIFIER_CHECKS_AT_ONCE) {
        const some = checks.slice(from, from + VERIFIER_CHECKS_AT_ONCE);
        verdicts.push(...(await Promise.all(some.map((check) => judge(accepts, check, mode)))));
      }
      return verdicts;
    },
  };
}

function nativeCrypto(): SubtleCrypto {
  // Absent in a page that came over plain http from another machine, which the types do not say.
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle === undefined) throw new Error('this page has no WebCrypto: it must come over https or from this machine');
  return subtle;
}

/** Keys as an engine wants them, remembering the last `keysMax` that were used. A failed import is not remembered. */
export function latelyUsed<K>(keysMax: number, importKey: (key: PublicKey) => Promise<K> | K): (key: PublicKey) => Promise<K> {
  const cache = new Map<string, K>();
  return async (key) => {
    const name = toHex(key);
    const imported = cache.get(name) ?? (await importKey(key));
    cache.delete(name);
    cache.set(name, imported);
    const [oldest] = cache.keys();
    if (cache.size > keysMax && oldest !== undefined) cache.delete(oldest);
    return imported;
  };
}

/** Bytes as WebCrypto's types want them. Nothing here lies in memory shared with a worker, so nothing can change under the check. */
function native(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes as Uint8Array<ArrayBuffer>;
}

/**
 * For the simulator alone: accepts what `fakeSigner` of the same key made, and nothing else. Anybody can forge it; it is
 * some thousand times faster than Ed25519 and keeps who-signed-what just as distinct.
 */
export function fakeVerifier(): Verifier {
  return { verify: async (checks) => checks.map(({ key, message, signature }) => equal(signature, fakeSignature(key, message))) };
}

/** Signs for `fakeVerifier`. */
export function fakeSigner(publicKey: PublicKey): Signer {
  return { publicKey, sign: async (message) => fakeSignature(publicKey, message) };
}

/** Two sums of 32 bits over key and message (FNV-1a, and the same with another factor), spread over a signature. */
function fakeSignature(key: PublicKey, message: Uint8Array): Signature {
  let [a, b] = [0x811c9dc5, 0x9747b28c];
  const take = (byte: number) => {
    a = Math.imul(a ^ byte, 0x01000193);
    b = Math.imul(b ^ byte, 0x85ebca6b);
  };
  for (const byte of key) take(byte);
  for (const byte of message) take(byte);
  const signature = new Uint8Array(SIGNATURE_BYTES);
  for (let i = 0; i < SIGNATURE_BYTES; i++) {
    take(i);
    signature[i] = (a ^ b) >>> 16;
  }
  // Keeps S below L, so that a fake signature is well formed wherever that is asked first.
  signature[63] = (signature[63] ?? 0) & 0x0f;
  return signature as Signature;
}
