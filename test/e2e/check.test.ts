/** The connection check on the real page against a real relay, before and after the relay has gone. */
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

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-e2e-'));
  [relay, alice] = await Promise.all([freePorts().then((ports) => startRelayProcess('--data', folder, ...ports)), Person.arrive('Alice')]);
});

afterAll(async () => {
  await Promise.allSettled([alice?.leave(), relay?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

/** What each row says, by its title without the relay's name. */
async function checked(): Promise<Readonly<Record<string, string>>> {
  await alice.page.getByText(/^(Nothing is wrong|\d+ (failed|needs? attention))/).waitFor();
  const rows = await alice.page
    .locator('.check')
    .evaluateAll((found) => found.map((row) => [row.querySelector('.check-title')?.textContent, row.getAttribute('data-state')] as const));
  return Object.fromEntries(rows.map(([title, state]) => [title?.replace(/^127\.0\.0\.1:\d+: /, '') ?? '', state ?? '']));
}

const ADDRESSES = ['plain WebSocket (ws)', 'webrtc-direct', 'STUN'];

test('finds the relay by each of its addresses, and its hosting without a lack; the report carries no link and no key', async () => {
  await alice.createsChain(relay.url, 'Checked');
  const link = await alice.invites();
  await alice.page.getByRole('link', { name: 'Check the connection' }).click();
  await alice.page.getByRole('heading', { name: 'Connection check' }).waitFor();
  const states = await checked();
  const good = [
    ...ADDRESSES,
    'Secure page',
    'Storage',
    'WebRTC',
    'Clock',
    'https',
    'Content security policy',
    'Protecting headers',
    'Caching',
  ];
  expect(good.filter((title) => states[title] !== 'good')).toEqual([]);
  expect(states['Default relays']).toBe('good');
  const report = await alice.copies(() => alice.page.getByRole('button', { name: 'Copy report' }).click());
  expect(report).toContain('Answers, and is the relay that it should be');
  expect(report).not.toContain('#');
  expect(report).not.toContain(new URL(alice.page.url()).hash.slice(-64));
  expect(report).not.toContain(link.slice(link.indexOf('#j=') + 3).slice(0, 20));
});

test('with the relay gone it says what fails, within its time, and nobody else is asked', async () => {
  await relay.stop('SIGKILL');
  const before = alice.dialled.length;
  await alice.page.getByRole('button', { name: 'Check again' }).click();
  const states = await checked();
  expect(ADDRESSES.map((title) => states[title])).toEqual(['failed', 'failed', 'attention']);
  expect(states['Storage']).toBe('good');
  const ports = relay.addresses.map((text) => /\/(\d+)\//.exec(text.replace('/ip4/127.0.0.1', ''))?.[1]);
  const others = alice.dialled
    .slice(before)
    .filter((url) => !url.startsWith(relay.url) && !ports.some((port) => url.includes(`127.0.0.1:${port}`)));
  expect(others).toEqual([]);
  expect(alice.errors).toEqual([]);
});
