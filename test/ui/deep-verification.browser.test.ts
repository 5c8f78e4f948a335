/** Who says that a record is right, on the page: this device checks all of it in a worker, which a person may pause. */
import { afterEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { toHex } from '../../src/core/base/bytes.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import { createNetwork } from '../../src/net/network.ts';
import { Latchkey } from '../../src/node/latchkey.ts';
import { memoryKeyStore } from '../../src/node/memory-keys.ts';
import { systemClock, systemRandom } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { dexieStore } from '../../src/storage/dexie-store.ts';
import type { Replayer } from '../../src/ui/deep-verification.ts';
import { NodeApp } from '../../src/ui/node-app.ts';
import { workerReplayer } from '../../src/ui/worker-replayer.ts';
import { until } from '../support/device.ts';
import { mount, mountScene, unmount } from './mount.ts';
import { SCENES } from './scenes.ts';

const ENTRIES = 5000;
const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  unmount();
  for (const one of cleanup.splice(0).reverse()) await one();
});

/** A chain of this browser's own, on its disk, of which nothing was checked again yet. */
async function longRecord() {
  const [clock, random, verifier, store] = [systemClock(), systemRandom(), webCryptoVerifier(), dexieStore()];
  const network = createNetwork({ transport: memoryHub().transport('page'), clock, random, verifier });
  const latchkey = await Latchkey.open({ store, keys: memoryKeyStore(random), network, clock, random, verifier });
  const chain = await latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  cleanup.push(async () => {
    const left = dexieStore();
    for (const name of await left.spaces()) await left.drop(name);
    await left.close();
  });
  for (let written = 0; written < ENTRIES; written += 500) {
    await Promise.all(Array.from({ length: 500 }, (_, i) => chain.append(`entry ${written + i}`)));
    await until(chain, () => chain.pending(1).length === 0);
  }
  return { latchkey, chain, space: await store.space('page') };
}

test('is checked with progress, stands still while it is paused, and is verified by you in the end', { timeout: 120_000 }, async () => {
  const { latchkey, chain, space } = await longRecord();
  const id = toHex(chain.id);
  let pauses = 0;
  // A person who presses as soon as something has moved.
  const replayer: Replayer = (of, heard) =>
    workerReplayer(of, (event) => {
      heard(event);
      if (event.type === 'progress' && pauses++ === 0) void app.pauseVerification(id, true);
    });
  const app = await NodeApp.open({ latchkey, space, siteRelays: [], siteUrl: 'https://site.example/', now: () => Date.now(), replayer });
  cleanup.push(() => app.close());
  await mount(app, { page: 'chain', id });

  const line = () => document.querySelector('chain-status')?.textContent?.replaceAll(/\s+/g, ' ') ?? '';
  const done = () => Number(/itself: ([\d,]+) of/.exec(line())?.[1]?.replaceAll(',', ''));
  await expect.poll(line, { timeout: 20_000 }).toContain('Paused: this device is checking everything itself');
  await expect.poll(done).toBeGreaterThan(0);
  // What was under way when it was paused may still come.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const stood = done();
  expect(stood).toBeLessThan(chain.log.size);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(done()).toBe(stood);
  await expect.element(page.getByRole('progressbar', { name: 'Checking the record' })).toBeVisible();

  await page.getByRole('button', { name: 'Go on checking' }).click();
  await expect.poll(line, { timeout: 40_000 }).toContain('Verified by you: this device has checked everything from the beginning');
  expect(page.getByRole('button', { name: 'Pause checking' }).elements()).toEqual([]);
});

test('says that auditors are waited for, and offers nothing to write with until they have signed', async () => {
  await mountScene(SCENES['chain-awaiting-auditors']?.() ?? expect.fail('there is such a scene'));
  await expect.element(page.getByText(/^Waiting for auditors: of 2 who must sign what this device took over, 1 did/)).toBeVisible();
  expect(document.querySelector('chain-status')?.textContent).toContain('waiting for auditors');
  await expect.element(page.getByText(/The chain has 1 of them now: its federation appoints others or lifts the rule/)).toBeVisible();
  expect(document.querySelector('entry-composer')).toBeNull();
});
