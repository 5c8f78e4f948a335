/** The page's app over real nodes in memory: what is written is shown, pending first, then final. */
import { afterEach, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { DAY_MS } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { recoveryKeyDigest } from '../../src/core/codec/recovery.ts';
import { parseRecoveryKey } from '../../src/core/codec/recovery-key-text.ts';
import { openInMemory } from '../../src/memory.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import type { Latchkey } from '../../src/node/latchkey.ts';
import { recoveryKeyOf } from '../../src/node/recovery-key.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import type { ChainView } from '../../src/ui/app.ts';
import { NodeApp } from '../../src/ui/node-app.ts';
import { Coming } from '../support/coming.ts';

const open: NodeApp[] = [];
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
});

async function appWithChain(hub = memoryHub()) {
  const latchkey = await openInMemory(hub);
  const chain = await latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  return { ...(await appOf(latchkey, chain.id)), chain };
}

async function appOf(latchkey: Latchkey, of: Hash) {
  const space = await memoryStore().space('page');
  const app = await NodeApp.open({ latchkey, space, siteRelays: [], siteUrl: 'https://site.example/', now: () => Date.now() });
  open.push(app);
  const id = toHex(of);
  const views: ChainView[] = [];
  const until = (holds: (view: ChainView) => boolean) =>
    new Promise<ChainView>((resolve) => {
      const stop = app.watchChain(id, (view) => {
        if (view === undefined) return;
        views.push(view);
        if (!holds(view)) return;
        stop();
        resolve(view);
      });
    });
  return { app, id, views, until };
}

const textsOf = ({ newest }: ChainView) => newest.entries.map(({ content }) => (content.type === 'text' ? content.text : ''));
const finalOf = ({ newest }: ChainView) => newest.entries.filter(({ state }) => state.type === 'final').length;

test('what is written is on the page, and says when it is final', async () => {
  const { app, id, until } = await appWithChain();
  await app.append(id, 'Tomatoes are ripe.');
  const view = await until((one) => finalOf(one) === 1);
  expect(textsOf(view)).toEqual(['Tomatoes are ripe.']);
  expect(view.status.sync).toEqual({ type: 'final' });
});

test('what its author erases is gone from the page, which says who and when', async () => {
  const { app, id, until } = await appWithChain();
  await app.append(id, 'Ben’s number is 0170 555.');
  const [entry] = (await until((one) => finalOf(one) === 1)).newest.entries;
  expect(entry?.erasable).toBe('yours');
  expect(await app.erase(id, entry ?? { id: '', index: undefined })).toMatchObject({ ok: true });
  const view = await until(({ erasures }) => erasures === 1);
  expect(view.newest.entries).toMatchObject([
    { content: { type: 'erased', by: { by: 'author', name: 'Ada', you: true } }, erasable: undefined },
  ]);
  expect(view.newest.entries[0]?.content.type === 'erased' && (view.newest.entries[0].content.by?.at ?? 0)).toBeGreaterThan(entry?.at ?? 0);
});

test('many entries at once make few views, of which the last has the newest of them in order', async () => {
  const { app, id, views, until } = await appWithChain();
  const texts = Array.from({ length: 300 }, (_, i) => `entry ${i}`);
  const shown = until((one) => textsOf(one).at(-1) === 'entry 299' && finalOf(one) === one.newest.entries.length);
  await Promise.all(texts.map((text) => app.append(id, text)));
  const view = await shown;
  expect(textsOf(view)).toEqual(texts.slice(-50));
  expect(view.newest.earlier).toBe(true);
  expect(views.length).toBeLessThan(150);
  const earlier = await app.loadEntries(id, { before: view.newest.entries[0]?.index ?? 0, limit: 50 });
  expect(earlier.ok && earlier.value.entries.map(({ content }) => content)).toEqual(
    texts.slice(-100, -50).map((text) => ({ type: 'text', text })),
  );
});

test('a linked device is offered what it may do and no more: it reads, writes and invites writers', async () => {
  const hub = memoryHub();
  const { app, id, chain, until } = await appWithChain(hub);
  const { link } = await chain.devices.link();
  const relay = await app.invite(id, { role: 'relay', uses: 1, expiresMs: 3_600_000, shared: false });
  const first = await until((view) => view.invitations.some(({ state }) => state === 'live'));
  expect(first.permissions).toMatchObject({ canLeave: true, canDecide: true });
  expect(first.invitations).toMatchObject([{ canRevoke: true }]);
  const phone = await openInMemory(hub);
  expect(await new Coming((signal) => phone.linkDevice(link, { signal })).over()).toBe('joined');
  const view = await (await appOf(phone, chain.id)).until(({ invitations }) => invitations.length > 0);
  expect(relay.ok).toBe(true);
  expect(view.invitations).toMatchObject([{ canRevoke: false }]);
  expect(view.permissions).toMatchObject({ canAppend: true, canLeave: false, canDecide: false, mayAskFor: [] });
});

test('a key that somebody keeps is named by a founder, and then recovers the chain with another', async () => {
  const { app } = await appWithChain();
  const made = [await app.newRecoveryKey(), await app.newRecoveryKey()].flatMap((one) => (one.ok ? [one.value] : []));
  const keys = made.map(({ link }) => unwrap(parseRecoveryKey(link)));
  const founder = await openInMemory(memoryHub());
  const chain = await founder.createChain({ name: 'Harbour', yourName: 'Ada', recovery: { threshold: 2, delayMs: DAY_MS, keys } });
  const view = await (await appOf(founder, chain.id)).until(({ broken }) => broken.keys > 0);
  expect(view.broken).toMatchObject({ keys: 2, threshold: 2, delayMs: DAY_MS });
  const signers = await Promise.all(made.map(({ words }) => recoveryKeyOf(words.join(' '))));
  expect(signers.map(({ publicKey }) => recoveryKeyDigest(publicKey))).toEqual(keys);
  expect(made.map(({ words }) => words.length)).toEqual([12, 12]);
});
