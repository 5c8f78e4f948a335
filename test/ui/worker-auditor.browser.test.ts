/** An auditor in a page: its node has the record replayed by a worker, look after look; and the page shows what that told. */
import { afterEach, expect, test, vi } from 'vitest';
import { page } from 'vitest/browser';
import { toHex } from '../../src/core/base/bytes.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import { createNetwork } from '../../src/net/network.ts';
import { Latchkey } from '../../src/node/latchkey.ts';
import { replaySource } from '../../src/node/ledger-replay.ts';
import { memoryKeyStore } from '../../src/node/memory-keys.ts';
import { systemClock, systemRandom } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { dexieStore } from '../../src/storage/dexie-store.ts';
import { NodeApp } from '../../src/ui/node-app.ts';
import { workerAuditor, workerReplayer } from '../../src/ui/worker-replayer.ts';
import { until } from '../support/device.ts';
import { mount, unmount } from './mount.ts';

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  unmount();
  vi.unstubAllGlobals();
  for (const one of cleanup.splice(0).reverse()) await one();
});

async function gardenClub() {
  const [clock, random, verifier, store] = [systemClock(), systemRandom(), webCryptoVerifier(), dexieStore()];
  const network = createNetwork({ transport: memoryHub().transport('page'), clock, random, verifier });
  const ports = { store, keys: memoryKeyStore(random), network, clock, random, verifier, auditor: workerAuditor };
  const latchkey = await Latchkey.open(ports);
  const chain = await latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  cleanup.push(async () => {
    const left = dexieStore();
    for (const name of await left.spaces()) await left.drop(name);
    await left.close();
  });
  const write = async (count: number) => {
    await Promise.all(Array.from({ length: count }, (_, i) => chain.append(`entry ${i}`)));
    await until(chain, () => chain.pending(1).length === 0);
  };
  return { latchkey, chain, store, write };
}

test('the worker goes on where its last look ended, and is called off with the look', { timeout: 90_000 }, async () => {
  const { latchkey, chain, write } = await gardenClub();
  cleanup.push(() => latchkey.close());
  await write(300);
  const calling = new AbortController();
  const told: number[] = [];
  const onProgress = ({ leaves }: { readonly leaves: number }) => void told.push(leaves);
  const first = await chain.audit({ signal: calling.signal, onProgress });
  expect(first).toMatchObject({ fault: undefined, patterns: [], header: { height: chain.height } });
  expect(told.at(-1)).toBe(chain.log.size);
  const before = chain.log.size;
  told.length = 0;
  await write(40);
  expect(await chain.audit({ signal: calling.signal, onProgress })).toMatchObject({ fault: undefined, header: { height: chain.height } });
  expect(told.every((leaves) => leaves > before)).toBe(true);
  await write(40);
  const look = chain.audit({ signal: calling.signal });
  calling.abort();
  await expect(look).rejects.toMatchObject({ code: 'aborted' });
  // A worker begins anew then.
  expect(await chain.audit({ signal: new AbortController().signal })).toMatchObject({ fault: undefined, header: { height: chain.height } });
});

test('a worker that could not be loaded is given up: that look fails, and the next one has another', { timeout: 90_000 }, async () => {
  const { latchkey, chain, write } = await gardenClub();
  cleanup.push(() => latchkey.close());
  await write(20);
  const addresses = ['/no-such-worker.js'];
  class LateWorker extends Worker {
    constructor(address: string | URL, options?: WorkerOptions) {
      super(addresses.shift() ?? address, options);
    }
  }
  vi.stubGlobal('Worker', LateWorker);
  const { signal } = new AbortController();
  const auditor = workerAuditor(chain.id, []);
  const look = () => auditor.look(replaySource(chain.node.ledger), { signal });
  await expect(look()).rejects.toMatchObject({ code: 'failed' });
  expect(await look()).toMatchObject({ fault: undefined, header: { height: chain.height } });
});

test('the page shows what the replay told, also when it opens the next time, and looks again when asked', { timeout: 90_000 }, async () => {
  const { latchkey, chain, store, write } = await gardenClub();
  const id = toHex(chain.id);
  await write(20);
  const options = { latchkey, space: await store.space('page'), siteRelays: [], siteUrl: 'https://site.example/', now: () => Date.now() };
  const app = await NodeApp.open({ ...options, replayer: workerReplayer });
  cleanup.push(() => app.close());
  await mount(app, { page: 'chain', id, section: 'checkpoints' });
  const upTo = (height: number) => page.getByText(new RegExp(`Every block up to block ${height} keeps to the rules`));
  const seen = chain.height;
  await expect.element(upTo(seen)).toBeVisible();
  await expect.element(page.getByText(/Nothing else stands out\./)).toBeVisible();
  await write(20);
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect.element(upTo(chain.height)).toBeVisible();
  expect(chain.height).toBeGreaterThan(seen);
  // The same page, opened anew over the same device: nothing is replayed, and what was told is there.
  unmount();
  const later = await NodeApp.open({ ...options, replayer: () => expect.unreachable('it was looked at before') });
  await mount(later, { page: 'chain', id, section: 'checkpoints' });
  await expect.element(upTo(chain.height)).toBeVisible();
});
