import { memoryKeyStore } from '../../src/node/memory-keys.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { keyContract } from './key-contract.ts';

keyContract('memory', async () => {
  const next = seededRandom(7);
  const random = { bytes: (length: number) => Uint8Array.from({ length }, () => Math.floor(next() * 256)) };
  return { open: () => memoryKeyStore(random), persistent: false, destroy: async () => undefined };
});
