/** Go, and its own libraries for notes and logs: both Debian's packages, so that nothing comes from anywhere else. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Row } from './check.ts';

const SOURCE = join(import.meta.dirname, 'go');
/** Where Debian puts Go libraries. */
const GOPATH = '/usr/share/gocode';
const PACKAGES = ['golang-go', 'golang-golang-x-mod-dev'];

/** Why there is no Go here, or `undefined` where there is. Installs it where that may be done: on Debian, as root. */
export function whyNoGo(): string | undefined {
  if (isThere()) return undefined;
  if (!existsSync('/etc/debian_version') || process.getuid?.() !== 0)
    return `${PACKAGES.join(' and ')} are missing, and only root on Debian may install them.`;
  console.error(`No Go found: installing Debian's packages ${PACKAGES.join(' and ')}.`);
  if (!aptGet('update') || !aptGet('install', '-y', '--no-install-recommends', ...PACKAGES) || !isThere())
    return `${PACKAGES.join(' and ')} could not be installed.`;
  return undefined;
}

function isThere(): boolean {
  return existsSync(join(GOPATH, 'src/golang.org/x/mod/sumdb/tlog')) && spawnSync('go', ['version']).status === 0;
}

// Standard output belongs to the table.
function aptGet(...options: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', options, { stdio: ['ignore', 2, 2], env }).status === 0;
}

export interface GoProgram extends Disposable {
  /** What Go makes of a folder. */
  readonly check: (folder: string) => readonly Row[];
  /** Has Go write a folder for the log of these leaves (a file, each with its length before it) at these sizes. */
  readonly make: (folder: string, leaves: string, sizes: readonly number[]) => void;
}

/** Builds the program that lies in `go`, without a network. */
export function buildGoProgram(): GoProgram {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-go-'));
  const program = join(folder, 'conformance');
  const environment = { GO111MODULE: 'off', GOPATH, GOFLAGS: '', GOPROXY: 'off', GOCACHE: join(folder, 'cache') };
  run('go', ['build', '-o', program, '.'], environment);
  return {
    check: (from) => JSON.parse(run(program, ['check', from])) as readonly Row[],
    make: (to, leaves, sizes) => {
      run(program, ['make', to, leaves, ...sizes.map(String)]);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function run(command: string, options: readonly string[], environment: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, options, {
    cwd: SOURCE,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    maxBuffer: 16 * 1024 * 1024,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${options[0] ?? ''}: ${stderr}`);
  return stdout;
}
