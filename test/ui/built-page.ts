/** Builds the real page, with a fake node in the node's place, and serves it as a relay does. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';
import { readSite, startSite } from '../../relay/src/static-site.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FAKE = fileURLToPath(new URL('./fake-browser-app.ts', import.meta.url));

function fakeNode(): Plugin {
  return {
    name: 'fake-node',
    enforce: 'pre',
    resolveId: (source, importer) => (source.endsWith('/browser-app.ts') && importer?.endsWith('/src/main.ts') ? FAKE : undefined),
  };
}

export interface BuiltPage {
  readonly address: string;
  close(): Promise<void>;
}

export async function serveBuiltPage(): Promise<BuiltPage> {
  const outDir = await mkdtemp(join(tmpdir(), 'latchkey-page-'));
  // Tests run as `test`; the page is built as it is for people.
  process.env['NODE_ENV'] = 'production';
  await build({
    root: ROOT,
    configFile: join(ROOT, 'vite.config.ts'),
    logLevel: 'error',
    plugins: [fakeNode()],
    build: { outDir, emptyOutDir: true },
  });
  const server = await startSite({ host: '127.0.0.1', port: 0, site: readSite(outDir), dynamic: () => undefined });
  const close = async () => {
    await server.close();
    await rm(outDir, { recursive: true });
  };
  return { address: `http://127.0.0.1:${server.port}/`, close };
}
