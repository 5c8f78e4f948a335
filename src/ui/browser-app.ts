/** The browser's composition: libp2p, IndexedDB, WebCrypto and the node, put together. Loaded after the first paint. */
import { browserLibp2p } from '../net/libp2p-browser.ts';
import { libp2pTransport } from '../net/libp2p-transport.ts';
import { createNetwork } from '../net/network.ts';
import { RelayBook } from '../net/relay-book.ts';
import { Latchkey } from '../node/latchkey.ts';
import type { PeerAddress } from '../node/ports.ts';
import { webCryptoSeedSigner } from '../node/seed-signer.ts';
import { systemClock, systemRandom } from '../node/system-ports.ts';
import { webCryptoVerifier } from '../node/verifier.ts';
import { browserKeyStore } from '../storage/browser-keys.ts';
import { dexieStore } from '../storage/dexie-store.ts';
import type { RunningApp } from './app.ts';
import { NodeApp } from './node-app.ts';
import { siteRelays } from './site-relays.ts';

/** Starts the node of this device in this tab. Only one tab may do so at a time: see `tabs.ts`. */
export async function openBrowserApp(siteUrl: string): Promise<RunningApp> {
  const clock = systemClock();
  const random = systemRandom();
  const verifier = webCryptoVerifier();
  const named: readonly PeerAddress[] = await siteRelays(siteUrl);
  const relays = new RelayBook(named);
  const transport = libp2pTransport(await browserLibp2p({ relays }));
  const network = createNetwork({ transport, clock, random, verifier });
  const store = dexieStore();
  const latchkey = await Latchkey.open({
    store,
    keys: browserKeyStore(),
    network,
    clock,
    random,
    verifier,
    seedSigner: webCryptoSeedSigner,
    relayKnown: (relay) => relays.add(relay),
  });
  return NodeApp.open({ latchkey, space: await store.space('page'), siteRelays: named, siteUrl, now: () => clock.now() });
}
