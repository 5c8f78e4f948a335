/**
 * Takes a picture of every scene, wide and narrow, light and dark, into a folder: `node test/ui/look.ts FOLDER [SCENE…]`.
 * For a person who changed the look of the page; no test runs it.
 */
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';
import { CHROMIUM_ARGS, findChromium } from '../support/chromium.ts';

const [folder = 'looks', ...wanted] = process.argv.slice(2);
const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } } as const;
mkdirSync(folder, { recursive: true });

const server = await createServer({
  configFile: false,
  root: new URL('../..', import.meta.url).pathname,
  logLevel: 'error',
  server: { port: 0, hmr: false },
});
await server.listen();
const address = server.resolvedUrls?.local[0];
const executablePath = findChromium();
const browser = await chromium.launch({ args: [...CHROMIUM_ARGS], ...(executablePath === undefined ? {} : { executablePath }) });
try {
  const list = await browser.newPage();
  list.on('pageerror', (error) => console.error(error));
  list.on('console', (message) => message.type() === 'error' && console.error(message.text()));
  await list.goto(`${address}test/ui/gallery.html`, { waitUntil: 'networkidle' });
  const names = await list.locator('a').allTextContents();
  for (const name of names.filter((one) => wanted.length === 0 || wanted.includes(one))) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      for (const colorScheme of ['light', 'dark'] as const) {
        const page = await browser.newPage({ viewport, colorScheme });
        page.on('pageerror', (error) => console.error(name, error));
        await page.goto(`${address}test/ui/gallery.html?scene=${name}`);
        await page.waitForSelector('body[data-drawn]');
        await page.waitForTimeout(500);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (overflow > 0) console.error(`${name} ${size}: ${overflow} px too wide`);
        await page.screenshot({
          path: `${folder}/${name}-${size}-${colorScheme}.png`,
          fullPage: size === 'narrow' && !name.startsWith('invite') && !name.startsWith('recovery'),
        });
        await page.close();
      }
    }
  }
} finally {
  await browser.close();
  await server.close();
}
