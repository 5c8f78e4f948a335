/**
 * Keys that are derived rather than made: an invitation's and a recovery phrase's. A composition root chooses who does the
 * arithmetic; `memorySigner` does it in JavaScript, everywhere alike, and this by the engine, some twenty times as fast.
 */
import { base64urlnopad } from '@scure/base';
import type { PublicKey, Signature } from '../core/base/key.ts';
import type { Signer } from './ports.ts';

/** RFC 8410: the frame around a 32-byte Ed25519 seed in PKCS #8, the only form in which WebCrypto takes one. */
const PKCS8_PREFIX = Uint8Array.of(0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20);

/** Signs with a 32-byte Ed25519 seed by WebCrypto; the same key and the same signatures as `memorySigner` of that seed. */
export async function webCryptoSeedSigner(seed: Uint8Array): Promise<Signer> {
  const { subtle } = crypto;
  const key = await subtle.importKey('pkcs8', pkcs8Of(seed), 'Ed25519', true, ['sign']);
  // WebCrypto shows the public half of a private key in its JWK alone.
  const { x } = await subtle.exportKey('jwk', key);
  return {
    publicKey: base64urlnopad.decode(x ?? '') as PublicKey,
    sign: async (message) => new Uint8Array(await subtle.sign('Ed25519', key, message.slice())) as Signature,
  };
}

/** The PKCS #8 form of a 32-byte Ed25519 seed. */
export function pkcs8Of(seed: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(...PKCS8_PREFIX, ...seed);
}
