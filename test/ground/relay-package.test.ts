import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/command.ts';

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
/** The compiler and the relay, on a machine that does other things. */
const SLOW_MS = 60_000;
/** Shorter, so that a relay that hangs is killed by its own test. */
const READY_LIMIT_MS = 30_000;

interface Manifest {
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
}

function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest;
}

describe('the installed relay', { timeout: SLOW_MS }, () => {
  let folder: string;
  let installed: string;
  const command = (...options: readonly string[]) => [join(installed, 'bin/latchkey-relay.mjs'), ...options];

  // Below node_modules, where Node strips no types, and with nothing but what the manifest lists.
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-relay-package-'));
    installed = join(folder, 'node_modules/@latchkey/relay');
    mkdirSync(installed, { recursive: true });
    cpSync(join(ROOT, 'relay/package.json'), join(installed, 'package.json'));
    for (const listed of manifest('relay').files.filter((name) => name !== 'dist'))
      cpSync(join(ROOT, 'relay', listed), join(installed, listed), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules'), 'junction');
    const options = ['--project', join(ROOT, 'relay/tsconfig.json'), '--outDir', join(installed, 'dist')];
    const { status, stdout } = spawnSync(process.execPath, [TSC, ...options], { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    mkdirSync(join(installed, 'dist/dist/site'), { recursive: true });
    writeFileSync(join(installed, 'dist/dist/site/index.html'), '<!doctype html><title>The carried site</title>');
  }, SLOW_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('says by itself what it can do', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, command('start', '--help'), { cwd: folder, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('latchkey-relay start');
  });

  test('starts, serves the site that it carries, and ends when it is told to', async () => {
    const options = command('start', '--json', '--http-port', '0', '--p2p-port', '0');
    const relay = spawn(process.execPath, options, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(relay, 'exit');
    try {
      const [line] = (await once(createInterface(relay.stdout), 'line', { signal: AbortSignal.timeout(READY_LIMIT_MS) })) as [string];
      const { url } = JSON.parse(line) as { url: string };
      expect(await (await fetch(url)).text()).toContain('<title>The carried site</title>');
      relay.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    } finally {
      relay.kill('SIGKILL');
      await ended;
    }
  });

  test('names each package that it imports, in the version that is tested here', () => {
    const modules = globSync('dist/{relay,src}/**/*.js', { cwd: installed });
    const imported = modules.flatMap((file) => importsOf(readFileSync(join(installed, file), 'utf8')));
    const { dependencies } = manifest('.');
    const expected = [...new Set(imported)].sort().map((name) => [name, dependencies[name]]);
    expect(expected.length).toBeGreaterThan(0);
    expect(manifest('relay').dependencies).toEqual(Object.fromEntries(expected));
  });
});

/** The packages that a compiled module imports. */
function importsOf(source: string): readonly string[] {
  const specifiers = source.matchAll(/(?:^(?:import|export|\}) ?[^'"\n]*|import\()['"]([^'".][^'"]*)['"]/gm);
  const names = [...specifiers].map(([, specifier = '']) => specifier).filter((specifier) => !isBuiltin(specifier));
  return names.map((specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
}
