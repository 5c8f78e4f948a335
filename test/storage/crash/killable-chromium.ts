/** A Chromium with a profile on the disk that can be killed like a process, because it is one of ours. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { CHROMIUM_ARGS, chromiumPath } from '../../support/chromium.ts';

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the page of `page.ts`, bundled, on loopback: the same origin for as long as it is up. */
export async function servePage(): Promise<PageServer> {
  const script = await bundle(fileURLToPath(new URL('./page.ts', import.meta.url)));
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(
      isScript ? script : '<!doctype html><meta charset="utf-8"><title>crash</title><script type="module" src="/page.js"></script>',
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close };
}

async function bundle(entry: string): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, lib: { entry, formats: ['es'], fileName: 'page' } },
  });
  const [first] = Array.isArray(output) ? output : [output];
  if (first === undefined || !('output' in first)) throw new Error('the bundler watches instead of building');
  return first.output[0].code;
}

export interface KillableChromium {
  readonly page: Page;
  /** Ends all its processes at once, without a word to them. */
  kill(): Promise<void>;
}

/** Starts a Chromium on a profile folder and opens the page; `prepare` has the tab before that. */
export async function startChromium(profile: string, url: string, prepare?: (page: Page) => Promise<void>): Promise<KillableChromium> {
  const child = spawn(
    chromiumPath(),
    [
      ...CHROMIUM_ARGS,
      '--headless=new',
      '--remote-debugging-port=0',
      `--user-data-dir=${profile}`,
      '--no-default-browser-check',
      'about:blank',
    ],
    // A process group of its own, so that its helpers die with it.
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const exited = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const kill = async () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, 'SIGKILL');
    await exited;
  };
  try {
    const browser = await connect(child.stderr);
    const page = await (browser.contexts()[0] ?? (await browser.newContext())).newPage();
    await prepare?.(page);
    await page.goto(url);
    await page.waitForFunction(() => globalThis.crashPage !== undefined);
    return { page, kill };
  } catch (error) {
    await kill();
    throw error;
  }
}

async function connect(stderr: NodeJS.ReadableStream): Promise<Browser> {
  let said = '';
  for await (const chunk of stderr) {
    said += String(chunk);
    const endpoint = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
    if (endpoint !== undefined) return chromium.connectOverCDP(endpoint);
  }
  throw new Error(`Chromium ended before it listened: ${said}`);
}
