/** A chain with two histories, as a person meets it: told at once, nothing to write with, and the proof to take along. */
import { afterEach, expect, test } from 'vitest';
import { page } from 'vitest/browser';
import { mountScene, unmount } from './mount.ts';
import { SCENES } from './scenes.ts';

afterEach(unmount);

async function forked(): Promise<void> {
  const scene = SCENES['chain-forked']?.();
  if (scene === undefined) throw new Error('there is such a scene');
  await mountScene(scene);
}

test('says what was found, who signed both, and what to do', async () => {
  await forked();
  const notice = page.getByRole('alert', { name: 'This chain has two histories' });
  await expect.element(notice.getByText(/Zoë Lindqvist signed both/)).toBeVisible();
  await expect.element(notice.getByRole('heading', { name: 'What to do' })).toBeVisible();
  await expect.element(page.getByText(/^Stopped: the chain has two histories/)).toBeVisible();
  await expect.element(page.getByText(/Frost tonight/)).toBeVisible();
});

test('offers nothing that would add to the chain', async () => {
  await forked();
  expect(document.querySelector('entry-composer')).toBeNull();
  expect(page.getByRole('button', { name: 'Invite' }).elements()).toEqual([]);
});

test('gives the proof as a file', async () => {
  await forked();
  const saved: string[] = [];
  const click = HTMLAnchorElement.prototype.click;
  HTMLAnchorElement.prototype.click = function (this: HTMLAnchorElement) {
    saved.push(this.download);
  };
  try {
    await page.getByRole('button', { name: 'Save the proof' }).click();
    await expect.element(page.getByText('Saved among your downloads.')).toBeVisible();
  } finally {
    HTMLAnchorElement.prototype.click = click;
  }
  expect(saved).toEqual([expect.stringMatching(/^latchkey-[0-9a-f]{8}\.fork$/)]);
});
