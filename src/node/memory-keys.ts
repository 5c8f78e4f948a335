/** Keys that live and die with the process: for tests, and for nodes that run wholly in memory. Ed25519 in JavaScript. */
import { publicKeyOf, signWithSeed } from '../core/base/key.ts';
import { invariant } from '../core/base/result.ts';
import type { KeyStore, Random, Signer } from './ports.ts';

const SEED_BYTES = 32;

/** Signs with a 32-byte Ed25519 seed held in memory. */
export function memorySigner(seed: Uint8Array): Signer {
  const own = seed.slice();
  return { publicKey: publicKeyOf(own), sign: async (message) => signWithSeed(own, message) };
}

/** A key store without a disk: nothing in it survives. Renaming what is renamed already does nothing, so a caller may repeat it. */
export function memoryKeyStore(random: Random): KeyStore {
  const signers = new Map<string, Signer>();
  return {
    get: async (name) => signers.get(name),
    async make(name) {
      const signer = signers.get(name) ?? memorySigner(random.bytes(SEED_BYTES));
      signers.set(name, signer);
      return signer;
    },
    async adopt(name, seed) {
      const signer = memorySigner(seed);
      signers.set(name, signer);
      return signer;
    },
    async rename(from, to) {
      const signer = signers.get(from);
      invariant(signer !== undefined || signers.has(to), `a key to rename is there: ${from}`);
      if (signer === undefined || from === to) return;
      invariant(!signers.has(to), `a key is never renamed over another: ${to}`);
      signers.set(to, signer);
      signers.delete(from);
    },
    async delete(name) {
      signers.delete(name);
    },
  };
}
