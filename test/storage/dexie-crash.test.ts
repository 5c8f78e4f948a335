import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { seededRandom } from '../support/seeded-random.ts';
import { type KillableChromium, type PageServer, servePage, startChromium } from './crash/killable-chromium.ts';

const KILLS = 5;

let server: PageServer;
let profile: string;
let chromium: KillableChromium | undefined;

beforeAll(async () => {
  server = await servePage();
}, 60_000);
afterAll(() => server.close());
beforeEach(async () => {
  profile = await mkdtemp(join(tmpdir(), 'latchkey-profile-'));
});
afterEach(async () => {
  await chromium?.kill();
  await rm(profile, { recursive: true, force: true, maxRetries: 5 });
});

test('a browser killed in the middle of a write finds every acknowledged batch whole, and no half of one', {
  timeout: 180_000,
}, async () => {
  const random = seededRandom(5);
  let acknowledged = -1;
  for (let kill = 0; kill <= KILLS; kill++) {
    chromium = await startChromium(profile, server.url);
    const found = await chromium.page.evaluate(() => globalThis.crashPage?.check());
    expect(found).toBeGreaterThanOrEqual(acknowledged);
    if (kill < KILLS) acknowledged = await writeUntilKilled(chromium, Number(found) + 1, 3 + Math.floor(random() * 30), random() * 10);
  }
  expect(acknowledged).toBeGreaterThan(KILLS * 3);
});

test('a browser without room refuses a write as such, keeps what it had, and takes writes again when there is room', {
  timeout: 60_000,
}, async () => {
  const { origin } = new URL(server.url);
  let setQuota: (bytes: number) => Promise<unknown> = async () => undefined;
  // Before the page opens a database: the browser asks for the quota then, and remembers the answer for a while.
  chromium = await startChromium(profile, server.url, async (page) => {
    const session = await page.context().newCDPSession(page);
    setQuota = (quotaSize) => session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize });
    await setQuota(2_000_000);
  });
  const { page } = chromium;
  const fill = (key: number) => page.evaluate((number) => globalThis.crashPage?.fill(number, 300_000), key);
  const outcomes: unknown[] = [];
  for (let key = 0; key < 20 && outcomes.at(-1) !== 'storage-full'; key++) outcomes.push(await fill(key));
  expect(new Set(outcomes)).toEqual(new Set(['settled', 'storage-full']));
  await setQuota(1_000_000_000);
  await expect.poll(() => fill(30), { timeout: 45_000, interval: 500 }).toBe('settled');
  expect(await page.evaluate(() => globalThis.crashPage?.filled())).toEqual([...outcomes.slice(1).keys(), 30]);
});

/** Lets the page write until `reports` batches have settled and `waitMs` more, kills the browser, and returns the last that settled. */
async function writeUntilKilled({ page, kill }: KillableChromium, first: number, reports: number, waitMs: number): Promise<number> {
  let settled = first - 1;
  const enough = new Promise<void>((resolve) => {
    page.on('console', (message) => {
      settled = Number(message.text().replace('settled ', ''));
      if (settled >= first + reports) resolve();
    });
  });
  const ended = page.evaluate((from) => globalThis.crashPage?.writeFrom(from), first);
  ended.catch(() => undefined);
  // Rejects early if a write fails; once the browser is dead, it must.
  await Promise.race([enough, ended]);
  await delay(waitMs);
  await kill();
  await expect(ended).rejects.toThrow(/closed/);
  return settled;
}
