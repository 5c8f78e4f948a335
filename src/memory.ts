/**
 * Latchkey wholly in memory: for an embedder's first tests and for examples. Nothing touches a disk or a network, and
 * nothing is left when it is closed.
 */

import type { MemoryHub } from './net/memory-transport.ts';
import { createNetwork } from './net/network.ts';
import { Latchkey } from './node/latchkey.ts';
import type { LatchkeyPorts } from './node/latchkey-ports.ts';
import { memoryKeyStore } from './node/memory-keys.ts';
import { systemClock, systemRandom } from './node/system-ports.ts';
import { webCryptoVerifier } from './node/verifier.ts';
import { memoryStore } from './storage/memory-store.ts';

export { type MemoryHub, memoryHub } from './net/memory-transport.ts';

let devices = 0;

/** A device of its own on the hub: its own store, keys and peer id. `validate` as for every node: see `LatchkeyPorts`. */
export function openInMemory(
  hub: MemoryHub,
  peer = `memory${++devices}`,
  options: Pick<LatchkeyPorts, 'validate'> = {},
): Promise<Latchkey> {
  const clock = systemClock();
  const random = systemRandom();
  const verifier = webCryptoVerifier();
  const network = createNetwork({ transport: hub.transport(peer), clock, random, verifier });
  return Latchkey.open({ ...options, store: memoryStore(), keys: memoryKeyStore(random), network, clock, random, verifier });
}
