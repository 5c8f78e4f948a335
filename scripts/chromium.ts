/** Finds a Chromium for the tests, or installs one and says so. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findChromium } from '../test/support/chromium.ts';
import { runTool } from './command.ts';

// Standard output belongs to the tests' results.
const TO_STDERR = ['ignore', 2, 2] as const;

/** Path of a Chromium that exists. Throws, saying what to do, if none was found and none could be installed. */
export function ensureChromium(): string {
  const found = findChromium();
  if (found !== undefined) return found;
  const chosen = process.env['CHROMIUM_PATH'];
  if (chosen) throw new Error(`CHROMIUM_PATH names ${chosen}, where there is nothing: correct it, or unset it to have one found.`);
  if (!install()) throw new Error('Chromium could not be installed: install it by hand, or set CHROMIUM_PATH to its executable.');
  return findChromium() ?? fail();
}

// Debian's package brings the system libraries that Playwright's download expects to be there.
function install(): boolean {
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    console.error("No Chromium found: installing Debian's package chromium.");
    return aptGet('update') && aptGet('install', '-y', '--no-install-recommends', 'chromium');
  }
  console.error('No Chromium found: installing one with Playwright, in its own cache folder.');
  return runTool('playwright', ['install', 'chromium'], { stdio: [...TO_STDERR] });
}

function aptGet(...options: readonly string[]): boolean {
  return spawnSync('apt-get', options, { stdio: [...TO_STDERR], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0;
}

function fail(): never {
  throw new Error('Chromium was installed but not found: set CHROMIUM_PATH to its executable.');
}
