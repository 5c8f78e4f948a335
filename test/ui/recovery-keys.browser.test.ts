/** Naming recovery keys when a chain is made, and keeping one for somebody else's chain, as a person does it on the page. */
import { afterEach, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ok } from '../../src/core/base/result.ts';
import type { NewChain } from '../../src/ui/app.ts';
import { FakeApp } from './fake-app.ts';
import { CHAIN_ID, PHRASE, recoveryKeyLink } from './fake-views.ts';
import { mount, unmount } from './mount.ts';

afterEach(unmount);

test('whoever keeps a key sees its words once, and then a link that a founder can name', async () => {
  const app = new FakeApp();
  await mount(app, { page: 'recovery-key' });
  await page.getByRole('button', { name: 'Make a recovery key' }).click();
  await expect.poll(() => document.querySelectorAll('.phrase li').length).toBe(PHRASE.length);
  await page.getByRole('button', { name: 'I have written them down' }).click();
  await expect.element(page.getByRole('textbox', { name: 'Link with your recovery key' })).toHaveValue(recoveryKeyLink());
  await expect.element(page.getByRole('img', { name: 'QR code of the link with your recovery key' })).toBeVisible();
  expect(document.querySelector('.phrase')).toBeNull();
});

test('a founder of a consortium names three keys of which two must sign', async () => {
  const app = new FakeApp();
  const made: NewChain[] = [];
  app.script.createChain = async (options) => {
    made.push(options);
    return ok(CHAIN_ID);
  };
  await mount(app, { page: 'create', key: recoveryKeyLink(1).split('=').at(-1) ?? '' });
  await page.getByRole('textbox', { name: 'Chain name' }).fill('Harbour');
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ada');
  await page.getByRole('radio', { name: 'Consortium' }).click();
  const keys = page.getByRole('textbox', { name: 'Recovery keys, one a line' });
  (await keys.element()).focus();
  await userEvent.keyboard(`{Control>}{End}{/Control}${recoveryKeyLink(2)}{Enter}${recoveryKeyLink(3).slice(0, -1)}`);
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await expect.element(page.getByText('Recovery key 3 is damaged or incomplete. Paste it again.')).toBeVisible();
  expect(made).toEqual([]);
  await keys.fill([1, 2, 3].map((byte) => recoveryKeyLink(byte)).join('\n'));
  await expect.element(page.getByRole('combobox', { name: 'Needed, of 3 keys' })).toHaveValue('2');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await expect.poll(() => made.length).toBe(1);
  expect(made[0]?.template).toBe('consortium');
  expect(made[0]?.recovery).toMatchObject({ threshold: 2, delayMs: 7 * 86_400_000 });
  expect(made[0]?.recovery?.keys.map(([byte]) => byte)).toEqual([1, 2, 3]);
});
