/** Erasing a text by hand: what a person is told before, what is shown after, and what no longer is. */
import { afterEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { FakeApp } from './fake-app.ts';
import { CHAIN_ID, chainView, finalEntry } from './fake-views.ts';
import { mount, mountScene, unmount } from './mount.ts';
import { SCENES } from './scenes.ts';

afterEach(unmount);

const entries = () => page.getByRole('list', { name: 'Entries' });

test('one’s own text: the page says what stays, and then who erased it', async () => {
  const app = new FakeApp();
  app.setChain(chainView({ newest: { entries: [finalEntry(0, 'Ben’s number is 0170 555.')], earlier: false } }));
  await mount(app, { page: 'chain', id: CHAIN_ID });
  await page.getByRole('button', { name: /^Erase your text of/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Erase this text?' });
  await expect.element(dialog).toMatchTextContent('does not reach copies that somebody made');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect.element(entries()).toMatchTextContent('0170 555');
  await page.getByRole('button', { name: /^Erase your text of/ }).click();
  await dialog.getByRole('button', { name: 'Erase', exact: true }).click();
  await expect.element(entries()).toMatchTextContent('Erased by you,');
  await expect.element(entries()).not.toMatchTextContent('0170 555');
  expect(page.getByRole('button', { name: /^Erase your text of/ }).elements()).toHaveLength(0);
});

test('another’s text is the federation’s to decide', async () => {
  const { app, route } = SCENES['erase-proposed']?.() ?? expect.fail('no scene');
  await mount(app, route);
  await page.getByRole('button', { name: /^Propose to erase the text of/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Erase the text of the entry at place 4 of the log' });
  await expect.element(dialog).toMatchTextContent('Copies that somebody made outside of this chain stay');
});

test('the federation’s reason is text, and stands beside who proposed it', async () => {
  await mountScene(SCENES['erased-by']?.() ?? expect.fail('no scene'));
  await expect.element(entries()).toMatchTextContent('Erased by the federation, as you proposed,');
  await expect.element(entries()).toMatchTextContent('Reason: It names a child. <img src=x');
  expect(document.querySelectorAll('main img, main script')).toHaveLength(0);
});

test('what was loaded from earlier is let go when something is erased: it may be that', async () => {
  const all = Array.from({ length: 300 }, (_, i) => finalEntry(i, `Entry number ${i}.`));
  const app = new FakeApp();
  const view = chainView({ newest: { entries: all.slice(-50), earlier: true } });
  app.setChain(view, all);
  await mount(app, { page: 'chain', id: CHAIN_ID });
  const rows = entries().getByRole('listitem');
  await page.getByRole('button', { name: 'Show earlier entries' }).click();
  await expect.poll(() => rows.elements().length).toBe(250);
  app.setChain({ ...view, erasures: 1 }, all);
  await expect.poll(() => rows.elements().length).toBe(50);
});
