import { expect, test } from 'vitest';
import { browserKeyStore, dexieStore, openInBrowser } from '../../src/browser.ts';

// Databases of its own: the tests of one page share an origin.
const open = () => openInBrowser({ relays: [], store: dexieStore('embedded'), keys: browserKeyStore('embedded-keys') });

test('a page opens its node with one call, and finds its chain again when it is opened anew', async () => {
  const first = await open();
  const chain = await first.createChain({ name: 'Garden club', yourName: 'Alice' });
  await first.close();
  const again = await open();
  expect(again.chains().map(({ id }) => id)).toEqual([chain.id]);
  await again.close();
});

test('a node that cannot be opened leaves nothing of what was begun', async () => {
  const store = dexieStore('unopened');
  const broken = { space: () => Promise.reject(new Error('no room')), spaces: () => store.spaces(), drop: store.drop };
  let closed = 0;
  const close = async () => {
    closed += 1;
    await store.close();
  };
  await expect(openInBrowser({ store: { ...broken, close } })).rejects.toThrow('no room');
  expect(closed).toBe(1);
});
