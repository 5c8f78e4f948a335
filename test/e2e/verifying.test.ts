/** Taking nobody's word for it, in real browsers: a device checks the whole record by itself, and a stranger a receipt, offline. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isolatedName } from '../../src/core/base/shown-name.ts';
import { type RelayProcess, runRelay, startRelayProcess } from '../support/relay-process.ts';
import { freePorts } from './free-ports.ts';
import { Person } from './person.ts';

let folder: string;
let relay: RelayProcess;
let alice: Person;
let bob: Person;
let stranger: Person;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-e2e-'));
  const ports = await freePorts();
  const started = [
    startRelayProcess('--data', join(folder, 'data'), ...ports),
    Person.arrive('Alice'),
    Person.arrive('Bob'),
    Person.arrive('A stranger'),
  ] as const;
  [relay, alice, bob, stranger] = await Promise.all(started);
  await alice.createsChain(relay.url, 'Choir');
});

afterAll(async () => {
  await Promise.allSettled([alice?.leave(), bob?.leave(), stranger?.leave(), relay?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const VERIFIED = 'Verified by you: this device has checked everything from the beginning, and keeps it.';

test('a newcomer’s device replays the record, and says so; a reload does not forget it', async () => {
  await alice.writes('Rehearsal on Monday.');
  await bob.joins(await alice.invites());
  await bob.page.getByText(VERIFIED).waitFor();
  await alice.page.getByText(VERIFIED).waitFor();
  await bob.page.reload();
  await bob.page.getByText(VERIFIED).waitFor();
});

test('a receipt, as a link or a file, holds on a stranger’s device without any network, and not with a letter changed', async () => {
  await alice.page.getByRole('navigation', { name: 'Chain' }).getByRole('link', { name: 'Members' }).click();
  await alice.page.getByRole('link', { name: 'Why is Bob here?' }).click();
  const link = await alice.copies(async () => {
    await alice.page.getByRole('button', { name: 'Copy it as a link' }).click();
    await alice.page.getByText('Copied.').waitFor();
  });
  const [saved] = await Promise.all([alice.page.waitForEvent('download'), alice.page.getByRole('button', { name: 'Get receipt' }).click()]);
  const file = join(folder, 'bob.receipt');
  await saved.saveAs(file);

  const { page } = stranger;
  await page.goto(relay.url);
  await page.getByText('None on this device yet').waitFor();
  await page.context().setOffline(true);
  await page.evaluate((fragment) => {
    location.hash = fragment;
  }, new URL(link).hash);
  await page.getByText('It holds.').waitFor();
  await page.getByText(`${isolatedName('Bob')} was invited by ${isolatedName('Alice')} as writer and signed the request to join`).waitFor();
  await page.getByRole('heading', { name: 'What it does not prove' }).waitFor();

  await page.getByLabel('Receipt file').setInputFiles(file);
  await page.getByText('It holds.').waitFor();
  const bytes = await readFile(file);
  const place = bytes.length - 20;
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  await writeFile(`${file}.changed`, bytes);
  await page.getByLabel('Receipt file').setInputFiles(`${file}.changed`);
  await page.getByText('It does not hold.').waitFor();
  await page.context().setOffline(false);

  expect(await runRelay('verify', file)).toMatchObject({ code: 0, stdout: expect.stringContaining('It holds: Bob in Choir.') });
});

test('the proof of an entry leads from the record to a file that holds on its own; the log is saved as an archive', async () => {
  const { page } = alice;
  await page.getByRole('navigation', { name: 'Chain' }).getByRole('link', { name: 'Record' }).click();
  await page.getByRole('link', { name: 'Proof of the entry of' }).click();
  await page.getByText('It holds.').waitFor();
  await page.getByText(/stands at place \d+ of the log of .Choir/).waitFor();
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the proof' }).click()]);
  const file = join(folder, 'rehearsal.tlog-proof');
  await saved.saveAs(file);
  expect(await runRelay('verify', file)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^It holds: Place \d+ in the log of Choir\./),
  });

  await page.getByRole('button', { name: 'Show everything' }).click();
  await page.getByText('began Choir').waitFor();
  const [archive] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the log' }).click()]);
  await archive.saveAs(join(folder, 'log.zip'));
  expect((await readFile(join(folder, 'log.zip'))).subarray(0, 4).toString('latin1')).toBe('PK\u0003\u0004');
  await page.getByRole('navigation', { name: 'Chain' }).getByRole('link', { name: 'Checkpoints' }).click();
  await page.getByText(/keeps to the rules, and so/).waitFor();
  await page.getByRole('heading', { name: 'Checkpoints seen here' }).waitFor();
});

test('no script failed', () => {
  expect([...alice.errors, ...bob.errors, ...stranger.errors]).toEqual([]);
});
