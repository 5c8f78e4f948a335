/** The built site on a server that knows nothing of Latchkey, below a path of its own, with the headers that lie beside it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeRelayList } from '../../src/net/relay-list.ts';
import { CHROMIUM_ARGS, chromiumPath } from '../support/chromium.ts';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { freePorts } from './free-ports.ts';
import { Person } from './person.ts';
import { type PlainServer, servedFile, startPlainServer } from './plain-server.ts';

const ROOT = join(import.meta.dirname, '../..');
const BASE = '/apps/latchkey/';

let folder: string;
/** Built as for people; what the other stories share is built as for tests, and keeps no page. */
let built: string;
let relay: RelayProcess;
let site: PlainServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-e2e-'));
  built = join(folder, 'site');
  process.env['NODE_ENV'] = 'production';
  await build({ root: ROOT, configFile: join(ROOT, 'vite.config.ts'), logLevel: 'error', build: { outDir: built, emptyOutDir: true } });
  relay = await startRelayProcess('--data', join(folder, 'data'), ...(await freePorts()));
  site = await startPlainServer(built, BASE, { '/latchkey.json': writeRelayList([relay.address]) });
});

afterAll(async () => {
  await Promise.allSettled([site?.close(), relay?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

test('founds a chain on the relay that latchkey.json names, lets in by a link with the path in it, breaks no policy and asks for nothing outside', async () => {
  const [alice, bob] = await Promise.all([Person.arrive('Alice'), Person.arrive('Bob')]);
  const refused: string[] = [];
  for (const { page } of [alice, bob]) page.on('console', (message) => message.type() === 'error' && refused.push(message.text()));
  try {
    await alice.createsChain(site.url, 'Elsewhere');
    const link = await alice.invites();
    expect(link.startsWith(`${site.url}#j=`)).toBe(true);
    await bob.joins(link);
    await bob.writes('From below a path.');
    await alice.entry('From below a path.', 'final').waitFor();
    await alice.page.goto(`${site.url}#check`);
    await alice.page.getByText(/^(Nothing is wrong|\d+ (failed|needs? attention))/).waitFor();
    const hosting = alice.page.getByRole('list', { name: 'This copy of the site' }).getByRole('listitem');
    const states = await hosting.evaluateAll((rows) =>
      rows.map((row) => `${row.querySelector('.check-title')?.textContent}: ${row.getAttribute('data-state')}`),
    );
    expect(states).toEqual(
      ['https', 'Content security policy', 'Protecting headers', 'Caching', 'Files', 'Default relays', 'Opens without its server'].map(
        (title) => `${title}: good`,
      ),
    );
    expect(await hosting.filter({ hasText: 'All files lie' }).textContent()).toContain(`below ${BASE}`);
    expect(refused).toEqual([]);
    expect([...alice.errors, ...bob.errors]).toEqual([]);
    const outside = [...alice.dialled, ...bob.dialled].filter((url) => /^http/.test(url) && !url.startsWith(site.url));
    expect(outside).toEqual([]);
  } finally {
    await Promise.allSettled([alice.leave(), bob.leave()]);
  }
});

test('once it was open it checks the connection also while its server is away', async () => {
  const server = await startPlainServer(built, BASE);
  const alice = await Person.arrive('Alice');
  try {
    await alice.page.goto(server.url);
    const kept = () =>
      alice.page.evaluate(async () => (await (await caches.open('latchkey-page-1')).keys()).map(({ url }) => url).join(' '));
    await expect.poll(kept, { timeout: 20_000 }).toContain('browser-checks');
    await server.close();
    await alice.page.goto(`${server.url}#check`);
    await alice.page.reload();
    await alice.page.getByText(/^\d+ (failed|needs? attention)/).waitFor();
    const row = (title: string) => alice.page.getByRole('listitem').filter({ hasText: title }).getAttribute('data-state');
    expect(await Promise.all(['WebRTC', 'Caching', 'Opens without its server'].map(row))).toEqual(['good', 'unknown', 'good']);
  } finally {
    await alice.leave();
  }
});

test('a page that came by plain http says so, and what else it can tell', async () => {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: [...CHROMIUM_ARGS] });
  try {
    const page = await browser.newPage();
    const http = 'http://latchkey.example/';
    await page.route(`${http}**`, async (route) => route.fulfill(await servedFile(built, new URL(route.request().url()).pathname)));
    await page.goto(`${http}#check`);
    await page.getByText(/^\d+ failed/).waitFor();
    const row = (title: string) =>
      page
        .getByRole('listitem')
        .filter({ has: page.getByText(title, { exact: true }) })
        .getAttribute('data-state');
    expect(await Promise.all(['Secure page', 'Storage', 'https', 'Relays'].map(row))).toEqual(['failed', 'good', 'failed', 'attention']);
    await page.getByRole('button', { name: 'Copy report' }).click();
    expect(await page.getByRole('textbox', { name: 'The report' }).inputValue()).toContain('this page came by plain http');
  } finally {
    await browser.close();
  }
});

test('a page that came by https says why it cannot reach a ws:// relay and what to do, and tries none', async () => {
  const https = `https://latchkey.example${BASE}`;
  const clear = { peer: relay.peerId, addresses: ['/ip4/192.0.2.1/tcp/9001/ws'] };
  const browser: Browser = await chromium.launch({ executablePath: chromiumPath(), args: [...CHROMIUM_ARGS] });
  try {
    const context = await browser.newContext({ serviceWorkers: 'block' });
    await context.route(`${https}**`, async (route) => {
      const path = `/${new URL(route.request().url()).pathname.slice(BASE.length)}`;
      await route.fulfill(await servedFile(built, path, { '/latchkey.json': writeRelayList([clear]) }));
    });
    const page = await context.newPage();
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    await page.goto(`${https}#check`);
    const row = page.getByRole('listitem').filter({ hasText: 'plain WebSocket (ws)' });
    await row.getByText('browsers let such a page open no unencrypted connection').waitFor();
    expect(await row.textContent()).toMatch(/attention.*TLS.*webrtc-direct/s);
    const named = page.getByRole('listitem').filter({ hasText: 'Default relays' });
    await named.getByText('no page that came by https may open that').waitFor();
    expect(sockets).toEqual([]);
  } finally {
    await browser.close();
  }
});
