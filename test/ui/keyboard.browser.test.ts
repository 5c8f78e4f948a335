/** The whole way by keyboard: no pointer is used here. */
import { afterEach, expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { FakeApp } from './fake-app.ts';
import { CHAIN_ID, chainView, PHRASE } from './fake-views.ts';
import { mount, unmount } from './mount.ts';
import { SCENES } from './scenes.ts';

afterEach(unmount);

function focused(): string {
  const element = document.activeElement;
  if (!(element instanceof HTMLElement)) return '';
  const label = 'labels' in element && element.labels instanceof NodeList ? element.labels[0]?.textContent : undefined;
  return (label ?? element.textContent ?? '').trim().replace(/\s+/g, ' ');
}

/** Presses Tab until the named control has focus; fails if it is never reached. */
async function tabTo(name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if (focused() === name) return;
    await userEvent.keyboard('{Tab}');
  }
  expect.unreachable(`Tab never reaches “${name}”; it ended at “${focused()}”`);
}

test('create a chain, write in it, invite, and close the dialog', async () => {
  const app = new FakeApp();
  await mount(app);
  await tabTo('Create a chain');
  await userEvent.keyboard('{Enter}');
  await expect.poll(focused, { message: 'focus goes to the new page' }).toBe('Start a chain');
  await tabTo('Chain name');
  await userEvent.keyboard('Choir');
  await tabTo('Your name');
  await userEvent.keyboard('Ada{Enter}');
  await expect.poll(focused).toBe('Choir');
  await tabTo('New entry');
  await userEvent.keyboard('First rehearsal on Monday.{Control>}{Enter}{/Control}');
  await expect.element(page.getByRole('list', { name: 'Entries' })).toMatchTextContent('First rehearsal on Monday.');
  expect(focused(), 'one can go on writing').toBe('New entry');
  await userEvent.keyboard('{Shift>}{Tab}{/Shift}');
  while (focused() !== 'Invite') await userEvent.keyboard('{Shift>}{Tab}{/Shift}');
  await userEvent.keyboard('{Enter}');
  await expect.poll(focused).toBe('Invitation link');
  await tabTo('Copy');
  await tabTo('Role');
  await userEvent.keyboard('{ArrowDown}');
  await expect.poll(() => app.chain(CHAIN_ID).invitations.at(-1)?.role).toBe('observer');
  await tabTo('Revoke');
  await userEvent.keyboard('{Enter}');
  await expect.poll(() => app.chain(CHAIN_ID).invitations.length).toBe(1);
  await userEvent.keyboard('{Escape}');
  await expect.poll(focused, { message: 'focus returns to what opened the dialog' }).toBe('Invite');
});

test('open a link and join', async () => {
  await mount(new FakeApp());
  await tabTo('Invitation link or code');
  await userEvent.keyboard('some-code{Enter}');
  await expect.poll(focused).toBe('Join Garden cooperative');
  await tabTo('Your name');
  await userEvent.keyboard('Ben{Enter}');
  await expect.poll(focused).toBe('Garden cooperative');
  expect(location.hash).toBe(`#/chain/${CHAIN_ID}`);
});

test('revoking an invitation leaves focus at the head of the list, not nowhere', async () => {
  const made = SCENES['invite']?.();
  if (made === undefined) throw new Error('no such scene');
  await mount(made.app, made.route);
  await tabTo('Invite');
  await userEvent.keyboard('{Enter}');
  await expect.poll(focused).toBe('Invitation link');
  const rows = page.getByRole('list', { name: 'Live invitations' }).getByRole('listitem');
  await expect.poll(() => rows.elements().length).toBe(3);
  await tabTo('Revoke');
  for (const left of [2, 1]) {
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => rows.elements().length).toBe(left);
    await expect.poll(focused).toBe('Live invitations');
    await userEvent.keyboard('{Enter}');
    expect(rows.elements(), 'Enter pressed once more revokes no other').toHaveLength(left);
    await tabTo('Revoke');
  }
});

test.each(['invitation-used', 'no-relay'] as const)('a join refused as %s leaves focus at the heading', async (code) => {
  const app = new FakeApp();
  const gate = Promise.withResolvers<void>();
  app.script.join = async function* () {
    yield { type: 'stage', stage: 'reaching-relay', elapsedMs: 0 };
    await gate.promise;
    yield { type: 'refused', code, detail: '', elapsedMs: 10 };
  };
  await mount(app, { page: 'join', code: 'x' });
  await tabTo('Your name');
  await userEvent.keyboard('Ben');
  await tabTo('Join');
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('list', { name: 'Progress' })).toBeVisible();
  await expect.poll(focused).toBe('Join Garden cooperative');
  gate.resolve();
  await expect.element(page.getByRole('alert')).toBeVisible();
  expect(focused()).toBe('Join Garden cooperative');
});

test('confirming the recovery phrase leaves focus at the chain’s heading', async () => {
  const app = new FakeApp({ recovery: 'unconfirmed' });
  app.setChain(chainView());
  await mount(app, { page: 'chain', id: CHAIN_ID });
  await tabTo('Show the words');
  await userEvent.keyboard('{Enter}');
  await expect.poll(focused).toBe('Recovery phrase');
  await tabTo('I have written them down');
  await userEvent.keyboard('{Enter}');
  const boxes = page.getByRole('dialog').getByRole('textbox');
  await expect.poll(() => boxes.elements().length).toBe(3);
  for (const box of boxes.elements()) if (box instanceof HTMLInputElement) box.value = PHRASE[Number(/\d+/.exec(box.id)?.[0])] ?? '';
  await tabTo('Confirm');
  await userEvent.keyboard('{Enter}');
  await expect.poll(() => app.view.recovery).toBe('confirmed');
  await expect.poll(focused).toBe('Garden cooperative');
});

test('the first Tab leads past the frame', async () => {
  const app = new FakeApp();
  app.setChain(chainView());
  await mount(app, { page: 'chain', id: CHAIN_ID });
  await userEvent.keyboard('{Tab}');
  expect(focused()).toBe('Skip to content');
  await userEvent.keyboard('{Enter}');
  expect(document.activeElement?.id).toBe('main');
  expect(location.hash, 'skipping is not going anywhere').toBe(`#/chain/${CHAIN_ID}`);
});

test('focus is always to be seen', async () => {
  await mount(new FakeApp());
  await tabTo('Create a chain');
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement ?? document.body);
  expect([outlineStyle, outlineWidth]).toEqual(['solid', '3px']);
});

test('back and forward go through the pages', async () => {
  await mount(new FakeApp());
  await tabTo('Create a chain');
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('heading', { name: 'Start a chain' })).toBeVisible();
  history.back();
  await expect.element(page.getByRole('button', { name: 'Create a chain' })).toBeVisible();
  expect(document.title).toBe('Latchkey');
});
