/**
 * Who gets in, and why, all of it real: a relay process, two Chromium processes. A founder lets members approve; a newcomer
 * waits, over a reload too; the founder decides by a request's link; the newcomer is in by itself, and the page says why. Then
 * it is removed, and its connection closes.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { freePorts } from './free-ports.ts';
import { Person } from './person.ts';

let folder: string;
let relay: RelayProcess;
let alice: Person;
let bob: Person;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-e2e-'));
  const ports = await freePorts();
  [relay, alice, bob] = await Promise.all([startRelayProcess('--data', folder, ...ports), Person.arrive('Alice'), Person.arrive('Bob')]);
});

afterAll(async () => {
  await Promise.allSettled([alice?.leave(), bob?.leave(), relay?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

test('a founder lets members approve, and a newcomer’s page says that it waits', async () => {
  await alice.createsChain(relay.url, 'Bee keepers', 'Members approve');
  await bob.opensAndJoins(await alice.invites());
  await bob.page.getByText('Nobody has decided yet.').waitFor();
  await bob.page.getByText('0 of 1 approval so far.').waitFor();
});

test('waiting survives a reload', async () => {
  await bob.page.reload();
  await bob.page.getByRole('heading', { name: 'Bee keepers' }).waitFor();
  await bob.page.getByText('0 of 1 approval so far.').waitFor();
});

test('a badge tells the founder; the request’s link opens it ready to decide; the newcomer enters by itself', async () => {
  const nav = alice.page.getByRole('navigation', { name: 'Chain' });
  await nav.getByRole('link', { name: 'Requests 1 to decide' }).click();
  const request = alice.page.getByRole('article', { name: 'Bob asks to join as Writer' });
  await request.getByText('After this the chain has 3 members; now it has 2.').waitFor();

  const link = await alice.copies(() => request.getByRole('button', { name: 'Copy a link to this request' }).click());
  expect(link).toContain('#r=');
  await alice.page.goto('about:blank');
  await alice.page.goto(link);
  await alice.page.getByRole('heading', { name: 'Bob asks to join as Writer' }).waitFor();
  await alice.page.getByRole('textbox', { name: 'Reason' }).fill('He has kept bees for years.');
  await alice.page.getByRole('button', { name: 'Approve', exact: true }).click();
  await alice.page.getByText('1 of 1 approval.').waitFor();

  await bob.page.getByRole('textbox', { name: 'New entry' }).waitFor();
  await bob.writes('Thank you for having me.');
  await bob.entry('Thank you for having me.', 'final').waitFor();
});

test('“Why is Bob here?” shows the invitation, the rule and the approval with its reason, at both', async () => {
  for (const person of [alice, bob]) {
    await person.page.getByRole('navigation', { name: 'Chain' }).getByRole('link', { name: 'Members', exact: true }).click();
    await person.page.getByRole('link', { name: 'Why is Bob here?' }).click();
    await person.page.getByRole('heading', { name: 'Why is Bob here?' }).waitFor();
    const approvals = person.page.getByRole('list', { name: 'Approvals' }).getByRole('listitem');
    await approvals.filter({ hasText: /Alice.*approved.*He has kept bees for years\./s }).waitFor();
    expect(await approvals.count()).toBe(1);
  }
  expect(new URL(alice.page.url()).hash).toBe(new URL(bob.page.url()).hash);
});

test('removed, one is told so, writes no more, and is connected to nobody', async () => {
  await bob.page.getByRole('link', { name: 'Record' }).click();
  await alice.page.getByRole('button', { name: 'Remove…' }).click();
  const dialog = alice.page.getByRole('dialog', { name: 'Remove Bob' });
  await dialog.getByText('After this the chain has 2 members; now it has 3.').waitFor();
  await dialog.getByText('This cannot be undone').waitFor();
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Took the honey.');
  await dialog.getByRole('button', { name: 'Propose' }).click();
  await alice.page.getByRole('heading', { name: /^Remove/ }).waitFor();

  await bob.page.getByText('The federation has removed you from this chain.').waitFor();
  await expect.poll(() => bob.page.getByRole('textbox', { name: 'New entry' }).count()).toBe(0);
  await bob.page.getByText('Nobody is connected just now.').waitFor();
  await alice.page.getByRole('link', { name: 'Record' }).click();
  await expect.poll(() => alice.peer('Bob', 'direct').count()).toBe(0);
  const members = alice.page.getByRole('list', { name: 'Members' });
  expect(await members.getByText('Bob').count()).toBe(0);
});

test('no script failed', () => {
  expect([...alice.errors, ...bob.errors]).toEqual([]);
});
