/** A lost device, in real browsers: the phrase and any link of the chain make a fresh browser the same member again. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
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
let bobAnew: Person;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-e2e-'));
  const ports = await freePorts();
  const started = [
    startRelayProcess('--data', folder, ...ports),
    Person.arrive('Alice'),
    Person.arrive('Bob'),
    Person.arrive('Bob'),
  ] as const;
  [relay, alice, bob, bobAnew] = await Promise.all(started);
});

afterAll(async () => {
  await Promise.allSettled([alice?.leave(), bob?.leave(), bobAnew?.leave(), relay?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

let link: string;
let words: string;

test('a member keeps the twelve words', async () => {
  await alice.createsChain(relay.url, 'Archive');
  link = await alice.invites();
  await bob.joins(link);
  await bob.writes('Written before the loss.');
  await bob.entry('Written before the loss.', 'final').waitFor();
  await bob.page.getByRole('button', { name: 'Show the words' }).click();
  words = (await bob.page.getByRole('dialog', { name: 'Recovery phrase' }).getByRole('listitem').allInnerTexts()).join(' ');
  expect(words.split(/\s+/)).toHaveLength(12);
});

test('the words and a used link make another browser that member, and nobody new', async () => {
  await bobAnew.page.goto(relay.url);
  await bobAnew.page.getByRole('link', { name: 'I have a recovery phrase' }).click();
  await bobAnew.page.getByRole('textbox', { name: 'The twelve words' }).fill(words);
  await bobAnew.page.getByRole('textbox', { name: 'Any link of the chain' }).fill(link);
  await bobAnew.page.getByRole('button', { name: 'Recover' }).click();
  await bobAnew.page.getByRole('textbox', { name: 'New entry' }).waitFor();
  await bobAnew.entry('Written before the loss.', 'final').filter({ hasText: 'you' }).waitFor();
  await bobAnew.writes('Back again.');
  await alice.entry('Back again.', 'final').filter({ hasText: 'Bob' }).waitFor();
  expect(await alice.page.getByRole('list', { name: 'Members' }).getByRole('listitem').count()).toBe(3);
});

test('the lost device is told that it acts no more', async () => {
  await bob.page.keyboard.press('Escape');
  await bob.page.getByText('without this one').waitFor();
  await expect.poll(() => bob.page.getByRole('textbox', { name: 'New entry' }).count()).toBe(0);
});

test('a backup, its password and the words do the same without a link, and the file holds no word of the phrase', async () => {
  const nav = bobAnew.page.getByRole('navigation', { name: 'Chain' });
  await nav.getByRole('link', { name: 'Devices and keys' }).click();
  await bobAnew.page.getByLabel('Password for the file').fill('a long enough password');
  const [download] = await Promise.all([
    bobAnew.page.waitForEvent('download'),
    bobAnew.page.getByRole('button', { name: 'Save a backup' }).click(),
  ]);
  const file = join(folder, 'bob.backup');
  await download.saveAs(file);
  const bytes = await readFile(file, 'latin1');
  for (const word of words.split(/\s+/)) expect(bytes).not.toContain(word);

  const third = await Person.arrive('Bob');
  try {
    await third.page.goto(relay.url);
    await third.page.getByRole('link', { name: 'I have a recovery phrase' }).click();
    await third.page.getByRole('textbox', { name: 'The twelve words' }).fill(words);
    await third.page.getByRole('radio', { name: 'I have a backup file' }).check();
    await third.page.getByLabel('Backup file', { exact: true }).setInputFiles(file);
    await third.page.getByLabel('Password of the file').fill('the wrong password');
    await third.page.getByRole('button', { name: 'Recover' }).click();
    await third.page.getByRole('alert').getByText('password').waitFor();
    await third.page.getByLabel('Password of the file').fill('a long enough password');
    await third.page.getByRole('button', { name: 'Recover' }).click();
    await third.page.getByRole('link', { name: 'Archive' }).click();
    await third.writes('From the backup.');
    await alice.entry('From the backup.', 'final').filter({ hasText: 'Bob' }).waitFor();
    expect(third.errors).toEqual([]);
  } finally {
    await third.leave();
  }
});

test('words that recover nobody are told as such', async () => {
  const carol = await Person.arrive('Carol');
  try {
    await carol.page.goto(relay.url);
    await carol.page.getByRole('link', { name: 'I have a recovery phrase' }).click();
    await carol.page.getByRole('textbox', { name: 'The twelve words' }).fill('abandon '.repeat(11).concat('about'));
    await carol.page.getByRole('textbox', { name: 'Any link of the chain' }).fill(link);
    await carol.page.getByRole('button', { name: 'Recover' }).click();
    await carol.page.getByRole('alert').getByText('These words recover nobody in that chain.').waitFor();
  } finally {
    await carol.leave();
  }
});

test('no script failed', () => {
  expect([...alice.errors, ...bob.errors, ...bobAnew.errors]).toEqual([]);
});
