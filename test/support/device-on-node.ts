/** A device on Node with a real connection: for stories with a relay process. */
import { nodeLibp2p } from '../../src/net/libp2p-node.ts';
import { libp2pTransport } from '../../src/net/libp2p-transport.ts';
import { createNetwork } from '../../src/net/network.ts';
import type { Transport } from '../../src/net/transport.ts';
import { Latchkey } from '../../src/node/latchkey.ts';
import { memoryKeyStore } from '../../src/node/memory-keys.ts';
import { systemClock, systemRandom } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';

/** A transport that others reach through relays, as they reach a page. */
export async function reachableTransport(): Promise<Transport> {
  return libp2pTransport(await nodeLibp2p({ listen: ['/p2p-circuit'] }), { dialsInClear: true, seeksPlaces: true });
}

/** A device that keeps nothing; closing it closes its connection too. */
export async function deviceOnNode(given?: Transport): Promise<Latchkey> {
  const [clock, random, verifier] = [systemClock(), systemRandom(), webCryptoVerifier()];
  const network = createNetwork({ transport: given ?? (await reachableTransport()), clock, random, verifier });
  return Latchkey.open({ store: memoryStore(), keys: memoryKeyStore(random), network, clock, random, verifier });
}
