import { expect, test } from 'vitest';
import { browserKeyStore, dexieStore, openInBrowser } from '../../src/browser.ts';
import { RefusalError } from '../../src/core/base/result.ts';

// Databases of its own: the tests of one page share an origin.
const open = () => openInBrowser({ relays: [], store: dexieStore('embedded'), keys: browserKeyStore('embedded-keys') });

/** A lock that is given up is free a moment later. */
const held = async () => (await navigator.locks.query()).held?.map(({ name }) => name);

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
  await expect.poll(held).toEqual([]);
});

test('a second node over the same keys is refused until the first is closed; over keys of its own it is not', async () => {
  const first = await open();
  const elsewhere = openInBrowser({ relays: [], store: dexieStore('embedded'), keys: browserKeyStore('embedded-keys') });
  const refused = await elsewhere.catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(RefusalError);
  expect(refused).toMatchObject({ code: 'already-open' });
  const other = await openInBrowser({ relays: [], store: dexieStore('other'), keys: browserKeyStore('other-keys') });
  await other.close();
  await first.close();
  await (await open()).close();
  await expect.poll(held).toEqual([]);
});

test('one that opens while another closes waits for it', async () => {
  const first = await open();
  const second = open();
  await first.close();
  await (await second).close();
});
