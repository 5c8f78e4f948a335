/** What the machine itself can do, taken beside what Latchkey does on it. */
import { join } from 'node:path';
import { sqliteStore } from '../../relay/src/sqlite-store.ts';
import { memoryKeyStore } from '../../src/node/memory-keys.ts';
import { systemRandom } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { median } from './statistics.ts';

/** About an entry's transaction. */
const MESSAGE_BYTES = 200;
const MESSAGES = 4_000;
const SYNCS = 50;

/** Ed25519 signatures that the machine checks in a second, with all of its cores, as every node checks them. */
export async function verificationsPerSecond(): Promise<number> {
  const random = systemRandom();
  const signer = await memoryKeyStore(random).make('bench');
  const checks = await Promise.all(
    Array.from({ length: MESSAGES }, async () => {
      const message = random.bytes(MESSAGE_BYTES);
      return { key: signer.publicKey, message, signature: await signer.sign(message) };
    }),
  );
  const verifier = webCryptoVerifier();
  await verifier.verify(checks.slice(0, MESSAGES / 10), 'message');
  const began = performance.now();
  const verdicts = await verifier.verify(checks, 'message');
  if (!verdicts.every(Boolean)) throw new Error('a sound signature was refused');
  return MESSAGES / ((performance.now() - began) / 1000);
}

/** Milliseconds of one small strict write, which is on the disk when it settles, in a folder on the same disk. */
export async function syncMs(folder: string): Promise<number> {
  const store = sqliteStore(join(folder, 'sync'));
  try {
    const space = await store.space('sync');
    const took: number[] = [];
    for (let i = 0; i < SYNCS; i++) {
      const began = performance.now();
      await space.write([{ type: 'put', table: 'meta', key: 'sync', value: new Uint8Array(MESSAGE_BYTES).fill(i) }], 'strict');
      took.push(performance.now() - began);
    }
    return median(took);
  } finally {
    await store.close();
  }
}
