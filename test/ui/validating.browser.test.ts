/** What a person is told of validators, and asked before their browser is one: the page over real nodes in memory. */
import { afterEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { toHex } from '../../src/core/base/bytes.ts';
import { openInMemory } from '../../src/memory.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import type { Chain } from '../../src/node/chain.ts';
import type { Latchkey } from '../../src/node/latchkey.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { NodeApp } from '../../src/ui/node-app.ts';
import { mount, mountScene, unmount } from './mount.ts';
import { SCENES } from './scenes.ts';

let hub = memoryHub();
const open: { close: () => Promise<void> }[] = [];
afterEach(async () => {
  unmount();
  for (const one of open.splice(0)) await one.close();
  hub = memoryHub();
});

async function machine(): Promise<Latchkey> {
  const latchkey = await openInMemory(hub);
  open.push(latchkey);
  return latchkey;
}

/** A browser's node, and the app of its page. */
async function browser(): Promise<{ readonly latchkey: Latchkey; readonly app: NodeApp }> {
  const latchkey = await openInMemory(hub, undefined, { validate: false });
  const space = await memoryStore().space('page');
  const app = await NodeApp.open({ latchkey, space, siteRelays: [], siteUrl: 'https://site.example/', now: () => Date.now() });
  open.push(app);
  return { latchkey, app };
}

async function joins(newcomer: Latchkey, chain: Chain, name: string): Promise<Chain> {
  const { link } = await chain.invite();
  if (link === undefined) throw new Error('whoever invites has the link');
  for await (const stage of newcomer.join(link, { name, signal: AbortSignal.timeout(30_000) }))
    if (stage.type === 'joined') return stage.chain;
  throw new Error('a join ends with joined or with a refusal');
}

const grant = async (by: Chain, to: Chain) => {
  const id = to.you()?.id;
  if (id !== undefined) await by.governance.propose({ type: 'grant', member: id, role: 'validator' });
};
const seatsOf = (chain: Chain) => chain.node.ledger.trust.seats.length;
const showsValidators = (app: NodeApp, chain: Chain) => mount(app, { page: 'chain', id: toHex(chain.id), section: 'validators' });
const toggle = page.getByRole('switch', { name: 'Let this browser validate' });

test('a browser with the role is asked, off until its person says so, and then takes its seat', async () => {
  const founder = await machine();
  const chain = await founder.createChain({ name: 'Garden club', yourName: 'Ada' });
  const ben = await browser();
  const bens = await joins(ben.latchkey, chain, 'Ben');
  await showsValidators(ben.app, bens);
  await expect.element(page.getByRole('heading', { name: 'Who they are' })).toBeVisible();
  expect(toggle.elements()).toEqual([]);
  await grant(chain, bens);
  await expect.element(toggle).not.toBeChecked();
  expect(seatsOf(chain)).toBe(1);

  await toggle.click();
  await expect.element(page.getByRole('heading', { name: 'This browser validates' })).toBeVisible();
  await expect.element(page.getByText('2 validators, all answering. None may fail.')).toBeVisible();
  expect(seatsOf(chain)).toBe(2);
});

test('the page of a chain tells who was given the role where to say so', async () => {
  const founder = await machine();
  const chain = await founder.createChain({ name: 'Garden club', yourName: 'Ada' });
  const ben = await browser();
  const bens = await joins(ben.latchkey, chain, 'Ben');
  await mount(ben.app, { page: 'chain', id: toHex(bens.id) });
  await grant(chain, bens);
  const notice = page.getByText(/This browser validates only if you let it/);
  await expect.element(notice).toBeVisible();
  await notice.getByRole('link', { name: 'Validators' }).click();
  await expect.element(toggle).toBeVisible();
});

test('a founder’s browser decides alone, and gives its seat up to a machine that stays on', async () => {
  const ada = await browser();
  const chain = await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  await showsValidators(ada.app, chain);
  await expect.element(page.getByRole('heading', { name: 'This browser decides alone' })).toBeVisible();
  const relay = await joins(await machine(), chain, 'Relay');
  await grant(chain, relay);
  await page.getByRole('button', { name: 'Give up its seat…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Take the role Validator away from Ada' });
  await expect.element(dialog.getByText(/one validator attests everything alone/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Propose', exact: true }).click();
  await expect.poll(() => [seatsOf(chain), seatsOf(relay), chain.node.isValidator]).toEqual([1, 1, false]);
  await showsValidators(ada.app, chain);
  await expect.element(page.getByText('1 validator, answering. None may fail.')).toBeVisible();
  expect(page.getByRole('heading', { name: /This browser/ }).elements()).toEqual([]);
});

test('with no relay to host it a chain begins in the browser, where its person wants that', async () => {
  const { app, latchkey } = await browser();
  await mount(app, { page: 'create' });
  await page.getByRole('textbox', { name: 'Chain name' }).fill('Garden club');
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ada');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await expect.element(page.getByRole('alert')).toBeVisible();
  expect(latchkey.chains()).toEqual([]);
  await page.getByRole('checkbox', { name: 'No relay hosts it: this browser decides until others take over' }).click();
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('navigation', { name: 'Chain' }).getByRole('link', { name: 'Validators' }).click();
  await expect.element(page.getByRole('heading', { name: 'This browser decides alone' })).toBeVisible();
});

test('with one of four away the page says that none more may fail, and what to do; from afar, what it does not know', async () => {
  const away = SCENES['validators-one-away'];
  const afar = SCENES['validators-from-afar'];
  if (away === undefined || afar === undefined) throw new Error('no such scene');
  await mountScene(away());
  const told = page.getByRole('status').getByText(/4 validators, 3 answering\./);
  await expect
    .element(told)
    .toMatchTextContent(/None more may fail until \S*Chapter.*is back\. Start .* again\. If it does not come back, propose/s);
  await mountScene(afar());
  await expect.element(page.getByText(/how many may fail now is not known here/)).toBeVisible();
});

test('a validator that is connected and takes no part does not pass for one that answers', async () => {
  const mute = SCENES['validators-one-mute'];
  if (mute === undefined) throw new Error('no such scene');
  await mountScene(mute());
  await expect.element(page.getByText('connected, but takes no part', { exact: true })).toBeVisible();
  const told = page.getByRole('status').getByText(/4 validators, 3 answering\./);
  await expect
    .element(told)
    .toMatchTextContent(/is connected, but takes no part\. None more may fail until .* See whether its clock is right/s);
});
