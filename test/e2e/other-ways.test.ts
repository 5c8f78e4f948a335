/** Ways in beside a live invitation, in real browsers: a knock after a used link, and a second device of the same member. */
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
let bobsPhone: Person;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-e2e-'));
  const ports = await freePorts();
  const started = [
    startRelayProcess('--data', folder, ...ports),
    Person.arrive('Alice'),
    Person.arrive('Bob'),
    Person.arrive('Bob'),
  ] as const;
  [relay, alice, bob, bobsPhone] = await Promise.all(started);
  await alice.createsChain(relay.url, 'Choir', 'Members approve');
});

afterAll(async () => {
  await Promise.allSettled([alice?.leave(), bob?.leave(), bobsPhone?.leave(), relay?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const section = (person: Person, name: string | RegExp) =>
  person.page.getByRole('navigation', { name: 'Chain' }).getByRole('link', { name }).click();

test('whoever comes with a revoked link may knock; the knock is told apart, and its approval lets them in', async () => {
  const link = await alice.invites();
  await section(alice, 'Invitations');
  await alice.page.getByRole('button', { name: 'Revoke' }).click();
  await alice.page.getByRole('list', { name: 'Used up, expired or revoked' }).getByText('revoked').waitFor();

  await bob.opensAndJoins(link);
  await bob.page.getByRole('alert').getByText('revoked').waitFor();
  await bob.page.getByRole('button', { name: 'Ask to join without a link' }).click();
  await bob.page.getByText('You have asked to join').waitFor();

  await section(alice, 'Requests 1 to decide');
  const knock = alice.page.getByRole('article', { name: 'Bob knocks, without an invitation, to join as Writer' });
  await knock.getByRole('button', { name: 'Approve' }).click();
  await bob.page.getByRole('textbox', { name: 'New entry' }).waitFor();

  await section(alice, 'Members');
  await alice.page.getByRole('link', { name: 'Why is Bob here?' }).click();
  await alice.page.getByText('By knocking, without an invitation').waitFor();
});

test('a link from one device makes another one the same member, who reads and writes', async () => {
  await section(bob, 'Devices and keys');
  await bob.page.getByRole('button', { name: 'Add a device' }).click();
  const link = await bob.page.getByRole('textbox', { name: 'Link for the other device' }).inputValue();
  expect(link).toContain('#d=');

  await bobsPhone.page.goto(link);
  expect(bobsPhone.page.url()).not.toContain('#d=');
  await bobsPhone.page.getByRole('button', { name: 'Add this device' }).click();
  await bobsPhone.page.getByRole('textbox', { name: 'New entry' }).waitFor();
  await bobsPhone.writes('From my phone.');
  await bobsPhone.entry('From my phone.', 'final').waitFor();

  await bob.page.keyboard.press('Escape');
  await bob.page.getByRole('heading', { name: '2 devices' }).waitFor();
  await section(alice, 'Record');
  await alice.entry('From my phone.', 'final').filter({ hasText: 'Bob' }).waitFor();
  expect(await alice.page.getByRole('list', { name: 'Members' }).getByRole('listitem').count()).toBe(3);
});

test('no script failed', () => {
  expect([...alice.errors, ...bob.errors, ...bobsPhone.errors]).toEqual([]);
});
