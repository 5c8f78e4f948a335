/**
 * The main job, all of it real: a relay process on SQLite, two Chromium processes, WebRTC between them. One person makes a
 * chain and sends a link, the other joins by it, both write; then the pages are reloaded and the relay is killed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { freePorts } from './free-ports.ts';
import { Person } from './person.ts';

let folder: string;
let ports: readonly string[];
let relay: RelayProcess;
let alice: Person;
let bob: Person;

const start = () => startRelayProcess('--data', folder, ...ports);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-e2e-'));
  ports = await freePorts();
  [relay, alice, bob] = await Promise.all([start(), Person.arrive('Alice'), Person.arrive('Bob')]);
});

afterAll(async () => {
  await Promise.allSettled([alice?.leave(), bob?.leave(), relay?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

let link: string;

test('one makes a chain and sends a link; the other opens it, presses Join, and is a member', async () => {
  await alice.createsChain(relay.url, 'Garden club');
  link = await alice.invites();
  expect(link.length).toBeLessThan(relay.url.length + 3 + 400); // 300 bytes in base64url

  await bob.page.goto(link);
  await bob.page.getByRole('heading', { name: 'Join Garden club' }).waitFor();
  expect(bob.page.url()).not.toContain('#j=');
  expect(await bob.page.getByText('Alice').count()).toBeGreaterThan(0);
  expect(bob.dialled.filter((url) => url.startsWith('ws'))).toEqual([]);

  await bob.joins(link);
  for (const person of [alice, bob]) {
    const members = person.page.getByRole('list', { name: 'Members' });
    for (const name of ['Alice', 'Bob']) await members.getByText(name, { exact: true }).waitFor();
    await person.page.getByRole('status').getByText('attested by one operator').waitFor();
  }
});

test('both write, and what they write becomes final at both', async () => {
  await bob.writes('Tomatoes are ripe.');
  await alice.entry('Tomatoes are ripe.', 'final').waitFor();
  await alice.writes('Bring baskets.');
  await bob.entry('Bring baskets.', 'final').waitFor();
});

test('the two browsers meet directly, and the page says so', async () => {
  await alice.peer('Bob', 'direct').waitFor();
  await bob.peer('Alice', 'direct').waitFor();
  await alice.peer('Relay', 'relay').waitFor();
});

test('a reload, and the link opened again, lead back to the same chain as the same member', async () => {
  await bob.page.reload();
  await bob.entry('Bring baskets.', 'final').waitFor();
  await bob.page.goto('about:blank');
  await bob.page.goto(link);
  await bob.entry('Bring baskets.', 'final').waitFor();
  expect(bob.page.url()).not.toContain('#j=');
  await alice.peer('Bob', 'direct').waitFor();
  expect(await alice.page.getByRole('list', { name: 'Members' }).getByRole('listitem').count()).toBe(3);
});

test('without the relay what one writes shows at the other as pending, and is final at both once it is back', async () => {
  await relay.stop('SIGKILL');
  await alice.page.getByText('The relay is away').first().waitFor();
  await bob.writes('Written while the relay was away.');
  await alice.entry('Written while the relay was away.', 'pending').waitFor();
  await alice.writes('So was this.');
  await bob.entry('So was this.', 'pending').waitFor();

  relay = await start();
  for (const person of [alice, bob]) {
    await person.entry('Written while the relay was away.', 'final').waitFor();
    await person.entry('So was this.', 'final').waitFor();
    await person.page.getByText('The relay is away').first().waitFor({ state: 'hidden' });
  }
});

test('the relay killed while it writes loses nothing that was final, and everything written becomes final once', async () => {
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 5; i++) await (i % 2 === 0 ? alice : bob).writes(`Round ${round}, line ${i}.`);
    await relay.stop('SIGKILL');
    const finalBefore = (await alice.entries()).filter((text) => text.includes('final')).length;
    relay = await start();
    await alice.entry(`Round ${round}, line 4.`, 'final').waitFor();
    expect((await alice.entries()).filter((text) => text.includes('final')).length).toBeGreaterThanOrEqual(finalBefore);
  }
  for (const person of [alice, bob]) {
    await expect.poll(async () => (await person.entries()).filter((text) => text.includes('pending')).length, { timeout: 30_000 }).toBe(0);
    const lines = (await person.entries()).map((text) => /Round \d, line \d/.exec(text)?.[0]).filter((line) => line !== undefined);
    expect(lines.toSorted()).toEqual(Array.from({ length: 20 }, (_, i) => `Round ${Math.floor(i / 5)}, line ${i % 5}`));
  }
});

test('no third party was contacted, and no script failed', () => {
  for (const person of [alice, bob]) {
    expect(person.errors).toEqual([]);
    const hosts = new Set(person.dialled.filter((url) => !/^(about|blob|data):/.test(url)).map((url) => new URL(url).hostname));
    expect([...hosts]).toEqual(['127.0.0.1']);
  }
});
