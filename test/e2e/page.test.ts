/** The page as it is built and served, in a browser of its own: its policy, its address bar, its tabs, its stillness. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CHROMIUM_ARGS, findChromium } from '../support/chromium.ts';
import { type BuiltPage, serveBuiltPage } from '../ui/built-page.ts';

const CODE = 'c2VjcmV0LXNlZWQtb2YtYW4taW52aXRhdGlvbg';

let site: BuiltPage;
let browser: Browser;
let context: BrowserContext;
/** Whatever the pages of a test reported: refused by the policy, thrown, or logged as an error. */
let troubles: string[];
let requested: string[];

beforeAll(async () => {
  site = await serveBuiltPage();
  const executablePath = findChromium();
  browser = await chromium.launch({ args: [...CHROMIUM_ARGS], ...(executablePath === undefined ? {} : { executablePath }) });
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

beforeEach(async () => {
  troubles = [];
  requested = [];
  context = await browser.newContext({ viewport: { width: 390, height: 844 } });
  context.on('request', (request) => requested.push(request.url()));
  context.on('weberror', (error) => troubles.push(String(error.error())));
  context.on('console', (message) => message.type() === 'error' && troubles.push(message.text()));
});

afterEach(() => context.close());

async function open(hash = ''): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${site.address}${hash}`);
  return page;
}

async function createChain(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Create a chain' }).click();
  await page.getByRole('textbox', { name: 'Chain name' }).fill('Choir');
  await page.getByRole('textbox', { name: 'Your name' }).fill('Ada');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { name: 'Choir' }).waitFor();
}

describe('an invitation link', () => {
  test('leaves the address bar and the history at once, and no request carries it', async () => {
    const page = await open(`#j=${CODE}`);
    await page.getByRole('heading', { name: 'Join Garden cooperative' }).waitFor();
    expect(new URL(page.url()).hash).toBe('#/join');
    expect(requested.filter((url) => url.includes(CODE.slice(0, 8)))).toEqual([]);
    await page.goBack();
    expect(page.url()).not.toContain(CODE);
  });

  test('pasted over an open page it is taken out as well', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Create a chain' }).waitFor();
    await page.evaluate((code) => {
      location.hash = `j=${code}`;
    }, CODE);
    await page.getByRole('heading', { name: 'Join Garden cooperative' }).waitFor();
    expect(page.url()).not.toContain(CODE);
  });

  test('after a reload the page asks for the link again, since it kept none', async () => {
    const page = await open(`#j=${CODE}`);
    await page.getByRole('heading', { name: 'Join Garden cooperative' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Open your link once more' }).waitFor();
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    expect(kept).not.toContain(CODE);
  });
});

describe('the content security policy', () => {
  test('lets the whole page work: nothing of it is refused, thrown or logged as an error', async () => {
    const page = await open();
    await createChain(page);
    await page.getByRole('textbox', { name: 'New entry' }).fill('<img src=x onerror="document.title=1">');
    await page.getByRole('button', { name: 'Add' }).click();
    await page.getByRole('list', { name: 'Entries' }).getByText('<img src=x').waitFor();
    await page.getByRole('button', { name: 'Invite' }).click();
    await page.getByRole('img', { name: /^QR code/ }).waitFor();
    await page.getByText('The same as JSON').click();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('button', { name: 'Show the words' }).click();
    await page.getByRole('dialog', { name: 'Recovery phrase' }).getByText('orbit').waitFor();
    await page.keyboard.press('Escape');
    for (const name of ['Members', 'Requests', 'Proposals', 'Invitations', 'Rules', 'Devices and keys']) {
      await page.getByRole('navigation', { name: 'Chain' }).getByRole('link', { name }).click();
      await page.getByRole('heading', { name, level: 1 }).waitFor();
    }
    await page.getByLabel('Password for the file').fill('long enough to be one');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save a backup' }).click();
    expect((await download).suggestedFilename()).toMatch(/^latchkey-.*\.backup$/);
    expect(troubles).toEqual([]);
    expect(
      requested.filter((url) => !url.startsWith(site.address) && !url.startsWith('blob:')),
      'nobody else is contacted',
    ).toEqual([]);
  });

  test('is the same in the page, for any host, and from the relay, which adds who may frame it', async () => {
    const answer = await fetch(site.address);
    const inPage = /Content-Security-Policy"\s+content="([^"]*)"/.exec(await answer.text())?.[1] ?? '';
    const fromRelay = answer.headers.get('content-security-policy') ?? '';
    const directives = (policy: string) => policy.split(/;\s*/).sort();
    expect(directives(fromRelay)).toEqual(directives(`${inPage}; frame-ancestors 'none'`));
    expect(inPage).not.toContain('unsafe');
  });

  test('stops markup, inline script and code from text', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Create a chain' }).waitFor();
    // Out of the evaluation itself, which the browser frees from the policy.
    const thrown = await page.evaluate(async () => {
      await new Promise((resolve) => setTimeout(resolve));
      const attempts = [
        () => {
          document.body.innerHTML = '<b>markup</b>';
        },
        () => new Function('return 1')(),
        () => Reflect.get(window, 'trustedTypes').createPolicy('another', {}),
      ];
      return attempts.map((attempt) => {
        try {
          attempt();
          return 'allowed';
        } catch {
          return 'refused';
        }
      });
    });
    expect(thrown).toEqual(['refused', 'refused', 'refused']);
    const ran = await page
      .evaluate(() => {
        const script = document.createElement('script');
        script.append('window.ran = 1');
        document.body.append(script);
        return 'ran' in window;
      })
      .catch(() => false);
    expect(ran).toBe(false);
  });
});

test('the page stands before the node is loaded', async () => {
  const loading = Promise.withResolvers<void>();
  await context.route('**/*browser-app*', async (route) => {
    await loading.promise;
    await route.continue();
  });
  const page = await open();
  await page.getByText('Looking for chains on this device').waitFor();
  await page.getByRole('button', { name: 'Create a chain' }).waitFor();
  loading.resolve();
  await page.getByText('None on this device yet').waitFor();
});

describe('two tabs of one browser', () => {
  test('show the same, write through one node, and go on when the tab that ran it is closed', async () => {
    const first = await open();
    await createChain(first);
    const second = await open();
    await second.getByRole('link', { name: 'Choir' }).click();
    await second.getByRole('textbox', { name: 'New entry' }).fill('From the other tab.');
    await second.getByRole('button', { name: 'Add' }).click();
    await first.getByRole('list', { name: 'Entries' }).getByText('From the other tab.').waitFor();
    expect(await second.evaluate(() => globalThis.fake)).toBeUndefined();
    await first.close();
    await second.getByRole('link', { name: 'Latchkey' }).click();
    await second.getByText('None on this device yet').waitFor();
    await createChain(second);
    expect(troubles).toEqual([]);
  });
});

describe('nothing jumps', () => {
  test.each([
    ['phone', 390, 844],
    ['desk', 1280, 800],
  ])('when the relay goes and comes, on a %s', async (_, width, height) => {
    const page = await open();
    await page.setViewportSize({ width, height });
    await createChain(page);
    const composer = page.getByRole('textbox', { name: 'New entry' });
    const before = await composer.boundingBox();
    for (const relay of ['away', 'connected'] as const) {
      await page.evaluate((state) => {
        const chain = fake?.chain('a3'.repeat(32));
        if (chain !== undefined) fake?.setChain({ ...chain, status: { ...chain.status, relay: state } });
      }, relay);
      await page
        .getByRole('status')
        .getByText(relay === 'away' ? 'The relay is away' : 'Verified by you')
        .waitFor();
      expect(await composer.boundingBox(), relay).toEqual(before);
    }
  });
});

test('the page opens again while nobody serves it', async () => {
  const away = await serveBuiltPage();
  const page = await context.newPage();
  await page.goto(away.address);
  await page.getByText('None on this device yet').waitFor();
  const kept = () => page.evaluate(async () => (await caches.match(location.origin + location.pathname)) !== undefined);
  await expect.poll(kept, { timeout: 20_000 }).toBe(true);
  await away.close();
  await page.goto(`${away.address}#j=${CODE}`);
  await page.reload();
  await page.getByRole('link', { name: 'Latchkey' }).click();
  await page.getByText('None on this device yet').waitFor();
  await createChain(page);
});

test('an address that is no secure context says what to do instead of failing', async () => {
  const page = await context.newPage();
  await page.addInitScript(() => Object.defineProperty(window, 'isSecureContext', { value: false }));
  await page.goto(site.address);
  await page.getByRole('alert').getByText('https').waitFor();
});
