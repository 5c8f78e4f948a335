/**
 * Latchkey in a page: libp2p, IndexedDB, WebCrypto keys and the node, put together. Heavy: import it after the first paint.
 */
import { browserLibp2p } from './net/libp2p-browser.ts';
import { libp2pTransport } from './net/libp2p-transport.ts';
import { createNetwork } from './net/network.ts';
import { RelayBook } from './net/relay-book.ts';
import { Latchkey } from './node/latchkey.ts';
import type { LatchkeyPorts } from './node/latchkey-ports.ts';
import type { PeerAddress } from './node/ports.ts';
import { webCryptoSeedSigner } from './node/seed-signer.ts';
import { systemClock, systemRandom } from './node/system-ports.ts';
import { webCryptoVerifier } from './node/verifier.ts';
import { browserKeyStore } from './storage/browser-keys.ts';
import { dexieStore } from './storage/dexie-store.ts';

export { browserKeyStore } from './storage/browser-keys.ts';
export { dexieStore } from './storage/dexie-store.ts';

export interface BrowserOptions extends Partial<Pick<LatchkeyPorts, 'store' | 'keys' | 'clock' | 'random' | 'failed'>> {
  /** Relays known before any link names one: those of the site, for instance. The book of them grows by links and chains. */
  readonly relays?: readonly PeerAddress[];
}

/**
 * Opens the node of this device in this tab. Only one tab of a site may do so at a time: a Web Lock can see to that.
 *
 * Ports that are not given are the browser's own. Closing the node closes its network and its store.
 */
export async function openInBrowser(options: BrowserOptions = {}): Promise<Latchkey> {
  const { relays: named = [], clock = systemClock(), random = systemRandom(), keys = browserKeyStore(), ...others } = options;
  const verifier = webCryptoVerifier();
  const relays = new RelayBook(named);
  const transport = libp2pTransport(await browserLibp2p({ relays }));
  const network = createNetwork({ transport, clock, random, verifier });
  const store = others.store ?? dexieStore();
  const ports = { ...others, store, keys, network, clock, random, verifier, seedSigner: webCryptoSeedSigner };
  try {
    return await Latchkey.open({ ...ports, relayKnown: (relay) => relays.add(relay), validatorKnown: (one) => relays.vouchFor(one) });
  } catch (error) {
    // Nobody else has hold of what was begun.
    await Promise.allSettled([network.close(), store.close()]);
    throw error;
  }
}
