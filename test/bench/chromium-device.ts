/** Real Chromiums, each with a new profile on disk: the built page in one, a bare stream in another. */
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { readSite, startSite } from '../../relay/src/static-site.ts';
import { TABLES, type Table, type WriteOperation } from '../../src/node/ports.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { CHROMIUM_ARGS, chromiumPath } from '../support/chromium.ts';
import type { BareTimes } from './bare.ts';
import type { NewcomerReport } from './newcomer.ts';
import { markPage, type PageMarks } from './page-marks.ts';
import { countSocketBytes } from './socket-bytes.ts';
import { type VerifiedCopy, verifyCopy } from './verify-copy.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Above what any run takes: only one that hangs is ended. */
const PATIENCE_MS = 600_000;

export interface ChromiumReport extends Omit<NewcomerReport, 'processorSeconds'> {
  readonly longTasksMs: readonly number[];
}

/** Builds the page as `npm run build` does, into this folder. */
export async function buildSite(folder: string): Promise<void> {
  await build({ root: ROOT, logLevel: 'warn', build: { outDir: folder, emptyOutDir: true } });
}

export interface BareSite {
  readonly url: string;
  close(): Promise<void>;
}

/** Builds and serves the page of the bare stream. */
export async function openBareSite(folder: string): Promise<BareSite> {
  const root = join(import.meta.dirname, 'page');
  await build({ root, configFile: false, logLevel: 'warn', base: './', build: { outDir: folder, emptyOutDir: true, target: 'es2024' } });
  const web = await startSite({ host: '127.0.0.1', port: 0, site: readSite(folder), dynamic: () => undefined });
  return { url: `http://127.0.0.1:${web.port}/`, close: () => web.close() };
}

async function inChromium<T>(profile: string, run: (page: Page, context: BrowserContext) => Promise<T>): Promise<T> {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: chromiumPath(),
    args: [...CHROMIUM_ARGS],
    headless: true,
  });
  try {
    return await run(context.pages()[0] ?? (await context.newPage()), context);
  } finally {
    await context.close();
  }
}

/** A bare stream in a Chromium of its own. */
export function bareInChromium(profile: string, { url }: BareSite, address: string, bytes: number): Promise<BareTimes> {
  return inChromium(profile, async (page) => {
    await page.goto(url);
    return page.evaluate(([to, count]) => window.measureBare(to, count), [address, bytes] as const);
  });
}

/**
 * Opens the link in the built page, presses *Join*, and waits until the page says that everything is here. Then ends the
 * browser, starts it again on the same profile and checks what it kept.
 */
export async function joinInChromium(profile: string, invitation: string): Promise<ChromiumReport> {
  const marks = await inChromium(profile, (page) => pressJoin(page, invitation));
  const copy = await inChromium(profile, (page) => keptCopy(page, invitation.slice(0, invitation.indexOf('#'))));
  const { joinPressed = Number.NaN, usable = Number.NaN, full = Number.NaN, bytes, longTasks } = marks;
  return {
    usableSeconds: (usable - joinPressed) / 1000,
    fullSeconds: (full - joinPressed) / 1000,
    receivedBytes: bytes?.received ?? 0,
    sentBytes: bytes?.sent ?? 0,
    longTasksMs: longTasks,
    copy,
  };
}

async function pressJoin(page: Page, invitation: string): Promise<PageMarks> {
  await page.addInitScript(markPage);
  await page.addInitScript(`window.benchMarks.bytes = (${countSocketBytes})()`);
  await page.goto(invitation);
  await page.getByRole('textbox', { name: 'Your name' }).fill('Newcomer');
  // What a person needs to read the page is enough for it to load the rest of its program.
  await page.waitForLoadState('networkidle');
  await page.getByRole('button', { name: 'Join' }).click();
  await page.waitForFunction(() => window.benchMarks.full !== undefined, undefined, { timeout: PATIENCE_MS, polling: 200 });
  return page.evaluate(() => window.benchMarks);
}

// ---------------------------------------------------------------- what the browser kept

type Rows = Readonly<Record<string, readonly (readonly [number | string, readonly string[]])[]>>;

async function keptCopy(page: Page, url: string): Promise<VerifiedCopy> {
  await page.goto(url);
  const rows = await page.evaluate(readRows, Object.keys(TABLES));
  const store = memoryStore();
  const space = await store.space('copy');
  const operations = (Object.keys(TABLES) as Table[]).flatMap((table) =>
    (rows[table] ?? []).map(([key, parts]): WriteOperation => {
      const value = Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')));
      return { type: 'put', table, key, value };
    }),
  );
  await space.write(operations, 'relaxed');
  return verifyCopy(space);
}

/** All rows of the one chain, as of one moment, in base64. Runs in the page. */
async function readRows(tables: readonly string[]): Promise<Rows> {
  const settled = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const name = (await indexedDB.databases()).find((one) => one.name?.startsWith('latchkey/chain-'))?.name;
  if (name === undefined) throw new Error('the browser has no chain');
  const database = await settled(indexedDB.open(name));
  const transaction = database.transaction(database.objectStoreNames, 'readonly');
  const pieces = transaction.objectStore('pieces');
  const read = await Promise.all(
    tables.map(async (table) => {
      const store = transaction.objectStore(table);
      const [keys, values] = await Promise.all([settled(store.getAllKeys()), settled(store.getAll())]);
      // Of a long value the row holds the length alone.
      const whole = (key: IDBValidKey) => settled(pieces.getAll(IDBKeyRange.bound([table, key], [table, key, []])));
      const parts = await Promise.all(values.map((value, i) => (typeof value === 'number' ? whole(keys[i] ?? 0) : [value])));
      return [table, keys.map((key, i) => [key, (parts[i] ?? []).map((part) => part.toBase64())])];
    }),
  );
  database.close();
  return Object.fromEntries(read);
}
