/**
 * Latchkey in a page: libp2p, IndexedDB, WebCrypto keys and the node, put together. Heavy: import it after the first paint.
 */
import { browserLibp2p } from './net/libp2p-browser.ts';
import { libp2pTransport } from './net/libp2p-transport.ts';
import { createNetwork } from './net/network.ts';
import { RelayBook } from './net/relay-book.ts';
import { Latchkey } from './node/latchkey.ts';
import type { LatchkeyPorts } from './node/latchkey-ports.ts';
import type { KeyStore, PeerAddress } from './node/ports.ts';
import { webCryptoSeedSigner } from './node/seed-signer.ts';
import { systemClock, systemRandom } from './node/system-ports.ts';
import { webCryptoVerifier } from './node/verifier.ts';
import { type BrowserKeyStore, browserKeyStore } from './storage/browser-keys.ts';
import { dexieStore } from './storage/dexie-store.ts';
import { holdSignerLock, signerLockName } from './storage/signer-lock.ts';

export { browserKeyStore } from './storage/browser-keys.ts';
export { dexieStore } from './storage/dexie-store.ts';

export interface BrowserOptions
  extends Partial<Pick<LatchkeyPorts, 'store' | 'clock' | 'random' | 'validate' | 'auditor' | 'witnesses' | 'failed'>> {
  readonly keys?: KeyStore & Partial<Pick<BrowserKeyStore, 'lock'>>;
  /** Relays known before any link names one: those of the site, for instance. The book of them grows by links and chains. */
  readonly relays?: readonly PeerAddress[];
}

/**
 * Opens the node of this device in this tab. A Web Lock keeps others of the site off its keys until it is closed; it waits some
 * seconds for one that is closing, then throws `RefusalError` with `already-open`.
 *
 * It validates only where its person insists (`Chain.letValidate`), or where `validate` is true: a tab that sleeps is a validator that
 * is down. Ports that are not given are the browser's own. Closing the node closes its network and its store.
 */
export async function openInBrowser(options: BrowserOptions = {}): Promise<Latchkey> {
  const { keys = browserKeyStore(), ...others } = options;
  const release = await holdSignerLock(keys.lock ?? signerLockName());
  try {
    return await openOver({ validate: false, ...others, keys, release });
  } catch (error) {
    release();
    throw error;
  }
}

async function openOver(options: BrowserOptions & Pick<LatchkeyPorts, 'keys' | 'release'>): Promise<Latchkey> {
  const { relays: named = [], clock = systemClock(), random = systemRandom(), keys, ...others } = options;
  const verifier = webCryptoVerifier();
  const relays = new RelayBook(named);
  const transport = libp2pTransport(await browserLibp2p({ relays }), { dialsInClear: location.protocol !== 'https:', seeksPlaces: true });
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
