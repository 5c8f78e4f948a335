/** A chain that no relay hosts begins in its founder's browser and is handed over to a machine that stays on: real browsers and processes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { freePorts } from './free-ports.ts';
import { Person } from './person.ts';

let folder: string;
let relay: RelayProcess;
let machine: RelayProcess | undefined;
let ada: Person;
let ben: Person;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-e2e-'));
  const ports = await freePorts();
  const started = [
    startRelayProcess('--data', join(folder, 'relay'), '--host-chains', 'none', '--serve', 'all', ...ports),
    Person.arrive('Ada'),
    Person.arrive('Ben'),
  ] as const;
  [relay, ada, ben] = await Promise.all(started);
});

afterAll(async () => {
  await Promise.allSettled([ada?.leave(), ben?.leave(), machine?.stop(), relay?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

const section = (name: string) => ada.page.getByRole('navigation', { name: 'Chain' }).getByRole('link', { name }).click();
const proposes = () => ada.page.getByRole('dialog').getByRole('button', { name: 'Propose', exact: true }).click();

test('refused by the relay, it begins in the browser, which says what that costs', async () => {
  const { page } = ada;
  await page.goto(relay.url);
  await page.getByRole('button', { name: 'Create a chain' }).click();
  await page.getByRole('textbox', { name: 'Chain name' }).fill('Garden club');
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ada');
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await page.getByRole('alert').waitFor();
  await page.getByRole('checkbox', { name: 'No relay hosts it' }).check();
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  await ada.writes('We begin.');
  await ada.entry('We begin.', 'final').waitFor();
  await section('Validators');
  await page.getByRole('heading', { name: 'This browser decides alone' }).waitFor();
  await section('Record');
});

test('a machine joins through the relay, takes a seat, and the browser gives up its own', async () => {
  const { page } = ada;
  const link = await ada.invites();
  machine = await startRelayProcess('--data', join(folder, 'machine'), '--p2p-port', '0', '--name', 'Machine', '--join', link);
  await section('Members');
  await page.getByRole('link', { name: 'Why is Machine here?' }).click();
  await page.getByRole('button', { name: 'Give a role…' }).click();
  await page.getByRole('combobox', { name: 'Role' }).selectOption('validator');
  await proposes();
  await section('Validators');
  await page.getByText('2 validators, all answering. None may fail.').waitFor();
  await page.getByRole('button', { name: 'Give up its seat…' }).click();
  await proposes();
  await section('Validators');
  await page.getByText('1 validator, answering. None may fail.').waitFor();
  expect(await page.getByRole('heading', { name: /This browser/ }).count()).toBe(0);
});

test('the founder goes, and with a link of theirs somebody joins and writes', async () => {
  await section('Record');
  const link = await ada.invites();
  await ada.entry('We begin.', 'final').waitFor();
  expect(ada.errors).toEqual([]);
  await ada.leave();
  await ben.joins(link);
  await ben.writes('Ada sleeps.');
  await ben.entry('Ada sleeps.', 'final').waitFor();
  expect(ben.errors).toEqual([]);
});
