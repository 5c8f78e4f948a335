/** Signatures at the edges of Ed25519 and what a verifier must say to each, for Node and for the browser. */
import { fromHex } from '../../src/core/base/bytes.ts';
import type { PublicKey, Signature } from '../../src/core/base/key.ts';
import type { SignatureCheck } from '../../src/node/ports.ts';
import vectors from '../vectors/ed25519-own.json' with { type: 'json' };

export interface OwnCase {
  readonly name: string;
  readonly check: SignatureCheck;
  /** Null where native verifiers differ, so that only `agreement` has one answer. */
  readonly inMessage: boolean | null;
  readonly inAgreement: boolean;
}

export function bytesOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  if (bytes === undefined) throw new Error(`not hexadecimal: ${hex}`);
  return bytes;
}

export function checkOf(key: string, message: string, signature: string): SignatureCheck {
  return { key: bytesOf(key) as PublicKey, message: bytesOf(message), signature: bytesOf(signature) as Signature };
}

export const ownKeys = vectors.keys;

export const ownCases: readonly OwnCase[] = vectors.signatures.map(({ name, key, message, signature, inMessage, inAgreement }) => ({
  name,
  check: checkOf(key, message, signature),
  inMessage,
  inAgreement,
}));
