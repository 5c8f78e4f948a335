import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../scripts/command.ts';

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** A program on Node whose device listens on a WebSocket, with the browser's node beside it for its types. */
const NETWORKED = `
import { Latchkey, systemClock, systemRandom, webCryptoVerifier } from 'latchkey';
import { openInBrowser } from 'latchkey/browser';
import { createNetwork, libp2pTransport, memoryKeyStore, memoryStore, nodeLibp2p, RelayBook } from 'latchkey/network';

async function open(listen: readonly string[]): Promise<Latchkey> {
  const [clock, random, verifier] = [systemClock(), systemRandom(), webCryptoVerifier()];
  const transport = libp2pTransport(await nodeLibp2p({ listen }));
  const network = createNetwork({ transport, clock, random, verifier });
  return Latchkey.open({ store: memoryStore(), keys: memoryKeyStore(random), network, clock, random, verifier });
}
export const inPage = (): Promise<Latchkey> => openInBrowser({ relays: [] });

const node = await open(['/ip4/127.0.0.1/tcp/0/ws']);
const relays = new RelayBook([{ peer: node.network.peerId, addresses: node.network.addresses() }]);
console.log(node.network.addresses().length, node.network.addresses().every((address) => relays.allows(address)));
await node.close();
`;

describe('a project that installed the library', () => {
  let folder: string;

  const node = (...options: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, options, { cwd: folder, encoding: 'utf8', timeout: 30_000 });
    return { status, stdout, stderr };
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-library-'));
    const installed = join(folder, 'node_modules/latchkey');
    mkdirSync(installed, { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(installed, 'node_modules'), 'junction');
    expect(node(TSC, '--project', join(ROOT, 'tsconfig.lib.json'), '--outDir', join(installed, 'dist/lib'))).toMatchObject({
      status: 0,
      stdout: '',
    });
    const example = readFileSync(join(ROOT, 'examples/two-nodes.ts'), 'utf8');
    writeFileSync(join(folder, 'networked.ts'), NETWORKED);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(
      join(folder, 'two-nodes.ts'),
      example.replace("'../src/index.ts'", "'latchkey'").replace("'../src/memory.ts'", "'latchkey/memory'"),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('runs the example on it as JavaScript', () => {
    expect(node('two-nodes.ts')).toMatchObject({ status: 0, stdout: expect.stringContaining('Tomatoes are ripe.') });
  });

  test('opens a node on the real network', () => {
    expect(node('networked.ts')).toMatchObject({ status: 0, stdout: '1 true\n', stderr: '' });
  });

  test('has its types', () => {
    const strict = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2024', '--skipLibCheck', '--ignoreConfig'];
    expect(node(TSC, ...strict, 'two-nodes.ts', 'networked.ts')).toMatchObject({ status: 0, stdout: '' });
    writeFileSync(join(folder, 'wrong.ts'), "import { openInMemory } from 'latchkey/memory';\nopenInMemory('not a hub');\n");
    expect(node(TSC, ...strict, 'wrong.ts')).toMatchObject({ status: 1, stdout: expect.stringContaining('TS2345') });
  });
});
