/** The page's app over real nodes in memory: what is written is shown, pending first, then final. */
import { afterEach, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { openInMemory } from '../../src/memory.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import type { ChainView } from '../../src/ui/app.ts';
import { NodeApp } from '../../src/ui/node-app.ts';

const open: NodeApp[] = [];
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
});

async function appWithChain() {
  const latchkey = await openInMemory(memoryHub());
  const chain = await latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  const space = await memoryStore().space('page');
  const app = await NodeApp.open({ latchkey, space, siteRelays: [], siteUrl: 'https://site.example/', now: () => Date.now() });
  open.push(app);
  const views: ChainView[] = [];
  const until = (holds: (view: ChainView) => boolean) =>
    new Promise<ChainView>((resolve) => {
      const stop = app.watchChain(toHex(chain.id), (view) => {
        if (view === undefined) return;
        views.push(view);
        if (!holds(view)) return;
        stop();
        resolve(view);
      });
    });
  return { app, id: toHex(chain.id), views, until };
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
