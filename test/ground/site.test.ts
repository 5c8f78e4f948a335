import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { build, type Rolldown } from 'vite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ROOT } from '../../scripts/command.ts';
import { FIRST_LOAD_GZIP_BYTES_MAX, type FirstLoad, firstLoad } from '../../scripts/first-load.ts';

/** Builds a site by the project's own configuration, in memory. */
async function buildSite(root: string): Promise<{ outputs: Rolldown.RolldownOutput['output']; load: FirstLoad }> {
  const built = await build({ root, configFile: join(ROOT, 'vite.config.ts'), logLevel: 'silent', build: { write: false } });
  if (Array.isArray(built) || !('output' in built)) throw new Error('one build was asked for');
  return { outputs: built.output, load: firstLoad(built.output) };
}

function hasLibp2p(outputs: Rolldown.RolldownOutput['output']): boolean {
  return outputs.some((output) => output.type === 'chunk' && output.moduleIds.some((id) => id.includes('/node_modules/libp2p/')));
}

// vitest sets it to `test`, which would give development builds of the libraries.
beforeEach(() => void vi.stubEnv('NODE_ENV', 'production'));
afterEach(() => void vi.unstubAllEnvs());

describe('a small site', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'latchkey-site-'));
    mkdirSync(join(root, 'src'));
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'), 'junction');
    writeFileSync(
      join(root, 'index.html'),
      '<!doctype html><html lang="en"><head><title>Site</title></head><body><script type="module" src="/src/main.ts"></script></body></html>',
    );
    writeFileSync(join(root, 'src/main.css'), 'p { color: green }');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const main = (source: string) => writeFileSync(join(root, 'src/main.ts'), source);

  test('counts the page, its entry and its style sheet; what loads later counts not', async () => {
    main("import './main.css';\nvoid import('libp2p').then(({ createLibp2p }) => createLibp2p());");
    const { outputs, load } = await buildSite(root);
    expect(load.files.map((name) => extname(name)).sort()).toEqual(['.css', '.html', '.js']);
    expect(load.libp2pModules).toEqual([]);
    expect(hasLibp2p(outputs)).toBe(true);
  });

  test('does not build with libp2p in its first load', async () => {
    main("import { createLibp2p } from 'libp2p';\nvoid createLibp2p();");
    await expect(buildSite(root)).rejects.toThrow('libp2p is in the first load');
  });

  test('does not build when its first load is over the limit', async () => {
    // Hexadecimal of hashes: gzip can halve it at best.
    const noise = Array.from({ length: Math.ceil(FIRST_LOAD_GZIP_BYTES_MAX / 24) }, (_, i) =>
      createHash('sha256').update(`${i}`).digest('hex'),
    ).join('');
    main(`document.title = '${noise}';`);
    await expect(buildSite(root)).rejects.toThrow('over its limit');
  });

  test('works from any folder of a host', async () => {
    main("import './main.css';");
    const { outputs } = await buildSite(root);
    const page = outputs.find(({ fileName }) => fileName === 'index.html');
    expect(page?.type === 'asset' ? page.source : '').toMatch(/src="\.\/assets\/[^"]+\.js"/);
  });
});

test("the page's own first load keeps its limits, and libp2p comes after it", async () => {
  const { outputs, load } = await buildSite(ROOT);
  expect(load.gzipBytes).toBeLessThanOrEqual(FIRST_LOAD_GZIP_BYTES_MAX);
  expect(load.libp2pModules).toEqual([]);
  expect(hasLibp2p(outputs)).toBe(true);
});
