/** The one place that knows where a Chromium may be found and how the tests start it. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';

/**
 * Flags for every Chromium of the tests. Containers have no user namespaces for the sandbox; peers of one machine meet on
 * loopback, by plain addresses instead of mDNS names; nothing may call home.
 */
export const CHROMIUM_ARGS: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--allow-loopback-in-peer-connection',
  '--disable-features=WebRtcHideLocalIpsWithMdns',
];

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

const PLACES: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome'].flatMap((folder) => NAMES.map((name) => join(folder, name))),
  darwin: ['Chromium', 'Google Chrome', 'Microsoft Edge'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`),
  win32: [process.env['PROGRAMFILES'], process.env['PROGRAMFILES(X86)'], process.env['LOCALAPPDATA']]
    .filter((folder) => folder !== undefined)
    .flatMap((folder) => ['Google\\Chrome', 'Chromium', 'Microsoft\\Edge'].map((name) => join(folder, name, 'Application')))
    .flatMap((folder) => [join(folder, 'chrome.exe'), join(folder, 'msedge.exe')]),
};

/** A Chromium on this machine: `CHROMIUM_PATH`, else the usual places, the PATH, then Playwright's own download. */
export function findChromium(): string | undefined {
  const chosen = process.env['CHROMIUM_PATH'];
  if (chosen !== undefined && chosen !== '') return existsSync(chosen) ? chosen : undefined;
  return [...(PLACES[process.platform] ?? []), ...onPath(), ...playwrightDownload()].find((path) => existsSync(path));
}

/** The Chromium that tests run in. Throws, saying what to do, if there is none. */
export function chromiumPath(): string {
  const path = findChromium();
  if (path === undefined) throw new Error('No Chromium found: run `npm test`, which installs one, or set CHROMIUM_PATH to its executable.');
  return path;
}

function onPath(): readonly string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
}

// Loaded on demand: this module is also read by configuration that should start fast.
function playwrightDownload(): readonly string[] {
  try {
    const { chromium } = createRequire(import.meta.url)('playwright-core') as typeof import('playwright-core');
    return [chromium.executablePath()];
  } catch {
    return [];
  }
}
