import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { main } from '../../relay/src/cli/main.ts';
import { qrCode } from '../../relay/src/cli/output.ts';
import { openDataFolder } from '../../relay/src/data-folder.ts';

let folder: string;
let data: string;
let site: string;
const cleanUp: (() => void)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
  data = join(folder, 'data');
  site = join(folder, 'site');
  mkdirSync(site);
  writeFileSync(join(site, 'index.html'), '<!doctype html><title>Latchkey</title>');
});
afterEach(() => {
  for (const clean of cleanUp.splice(0)) clean();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command that ends by itself, in this process. */
async function run(...args: readonly string[]) {
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += text;
      return true;
    });
  }
  try {
    return { code: await main(args), ...written };
  } finally {
    vi.restoreAllMocks();
  }
}

describe('what an operator can mend is told in one line, with exit code 1', () => {
  async function complaintOf(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^.+\n$/) });
    return stderr.trim();
  }
  const startArguments = () => ['start', '--data', data, '--site', site, '--http-port', '0', '--p2p-port', '0'];

  test('another relay on the folder', async () => {
    const { release } = await openDataFolder(data);
    cleanUp.push(release);
    expect(await complaintOf(...startArguments())).toBe(
      `Another relay is running on the data folder ${data}: stop it, or choose another folder with --data.`,
    );
  });

  test('a folder that is none', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect(await complaintOf(...startArguments(), '--data', join(folder, 'file'))).toMatch(/cannot be written: .*--data/);
  });

  test('a site that was not built', async () => {
    expect(await complaintOf(...startArguments(), '--site', folder)).toMatch(/^There is no built site in .*npm run build/);
  });

  test('a TCP port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanUp.push(() => server.close());
    const port = String((server.address() as { port: number }).port);
    expect(await complaintOf(...startArguments(), '--http-port', port)).toBe(
      `TCP port ${port} is taken: stop what uses it, or choose another one with --http-port.`,
    );
    expect(await complaintOf(...startArguments(), '--p2p-port', port)).toBe(
      `TCP port ${port} is taken: stop what uses it, or choose another one with --p2p-port.`,
    );
  });

  test('a UDP port that is taken, STUN’s too', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    cleanUp.push(() => socket.close());
    const { port } = socket.address();
    expect(await complaintOf(...startArguments(), '--p2p-port', String(port))).toBe(
      `UDP port ${port} is taken: stop what uses it, or choose another one with --p2p-port.`,
    );
    expect(await complaintOf(...startArguments(), '--p2p-port', String(port - 1))).toMatch(new RegExp(`^UDP port ${port} is taken`));
  });

  test.each([
    [['start', '--p2p-port', 'many'], /^--p2p-port many is no port/],
    [['start', '--host-chains', 'some'], /^--host-chains some is not known: choose open, invited or none\.$/],
    [['start', '--announce', '/dnsaddr/relay.example'], /^--announce \/dnsaddr\/relay.example is no address/],
    [['start', '--host', '192.0.2.1'], /^192\.0\.2\.1 is no address of this machine/],
    [['start', '--colour'], /^Unknown option '--colour'\. See latchkey-relay start --help\.$/],
    [['chain', 'destroy', 'x'], /^Say what to do: latchkey-relay chain create NAME/],
    [['chain', 'create', ' '], /^A chain needs a name/],
    [['invite'], /^Say to which chain/],
    [['invite', 'x', '--role', 'king'], /^There is no role king/],
    [['invite', 'x', '--uses', '-1'], /uses/],
    [['invite', 'x', '--expires', '7 days'], /^--expires 7 days is no length of time/],
    [['invite', 'x', '--expires', '400d'], /at most 366 days/],
    [['dance'], /^There is no command dance/],
  ])('%j', async (args, complaint) => {
    expect(await complaintOf(...args, '--data', data, ...(args[0] === 'start' ? ['--site', site] : []))).toMatch(complaint);
  });

  test('help is on stdout, and no failure', async () => {
    for (const args of [['--help'], ['start', '--help'], ['chain', '--help'], ['invite', '--help'], ['status', '--help']]) {
      const { code, stdout, stderr } = await run(...args);
      expect([code, stderr, stdout.startsWith('latchkey-relay')]).toEqual([0, '', true]);
    }
  });
});

test('a QR code is a square of two modules a line, dark on light', () => {
  const lines = qrCode('https://latchkey.example/#j=abc').split('\n');
  const [dark, plain] = ['\u001b[30;107m', '\u001b[0m'];
  expect(lines.every((line) => line.startsWith(dark) && line.endsWith(plain))).toBe(true);
  const modules = lines.map((line) => line.slice(dark.length, -plain.length));
  expect(modules.every((line) => line.length === modules.length * 2 - 1)).toBe(true);
  expect(modules[1]).toMatch(/^ {2}█▀▀▀▀▀█.*█▀▀▀▀▀█ {2}$/);
});
