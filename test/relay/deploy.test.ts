/** What hosts copy: that it is as the code says, and that the box builds and runs without the engine it is made for. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { serviceUnit } from '../../relay/src/cli/install-service.ts';
import { deployFiles } from '../support/deploy-files.ts';
import { runRelay } from '../support/relay-process.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('the table of settings and the headers for other servers are as the code has them', () => {
  for (const [path, text] of deployFiles(ROOT)) expect(read(path), `${path}: npm run deploy-files`).toBe(text);
});

test('the page itself carries the same content security policy, but for what only a server can say', () => {
  const ofServer = /content-security-policy: (.*)/.exec(read('public/_headers'))?.[1] ?? '';
  const ofPage = /Content-Security-Policy"\s+content="([^"]*)"/.exec(read('index.html'))?.[1] ?? '';
  const rules = (text: string) =>
    text
      .split(';')
      .map((rule) => rule.trim())
      .sort();
  expect(rules(ofPage)).toEqual(rules(ofServer).filter((rule) => !rule.startsWith('frame-ancestors')));
  expect(ofServer).not.toContain('unsafe');
});

describe('the image', () => {
  /** Instructions of the last stage: what runs. */
  const stage = () =>
    read('deploy/Dockerfile')
      .split(/^FROM /m)
      .at(-1)
      ?.replaceAll('\\\n', ' ')
      .split('\n')
      .filter((line) => /^[A-Z]+ /.test(line)) ?? [];
  const of = (instruction: string) =>
    stage()
      .filter((line) => line.startsWith(`${instruction} `))
      .map((line) => line.slice(instruction.length + 1));

  test('runs as a user of its own, keeps everything in one volume, says whether it lives, and fetches nothing by itself', () => {
    expect(of('USER')).toEqual(['latchkey']);
    expect(of('VOLUME')).toEqual(['/data']);
    expect(of('HEALTHCHECK')).toHaveLength(1);
    expect(stage().findIndex((line) => line.startsWith('USER '))).toBeLessThan(stage().findIndex((line) => line.startsWith('ENTRYPOINT ')));
    expect(of('ADD')).toEqual([]);
    expect(of('RUN').join()).not.toMatch(/curl|wget|npm|apt/);
    expect(read('deploy/compose.yaml')).toMatch(/read_only: true/);
  });

  test('is built by a script that needs no Docker; what it makes runs, and writes nothing beside its data', {
    timeout: 300_000,
  }, async () => {
    const [app, data] = [join(folder, 'app'), join(folder, 'data')];
    execFileSync('sh', [join(ROOT, 'deploy/build-image.sh'), app], { stdio: 'pipe' });
    // No test tools in it, and no install script has run.
    expect(existsSync(join(app, 'node_modules/vitest'))).toBe(false);
    const before = contents(app);
    const environment = {
      ...process.env,
      LATCHKEY_DATA: data,
      LATCHKEY_HTTP_PORT: '0',
      LATCHKEY_P2P_PORT: '0',
      LATCHKEY_LOG_FORMAT: 'json',
    };
    const [, ...entry] = JSON.parse(of('ENTRYPOINT')[0] ?? '') as string[];
    const relay = spawn(process.execPath, [...entry.map((part) => part.replace(/^\/app/, app)), 'start', '--json'], {
      env: environment,
      cwd: folder,
    });
    try {
      const [line] = await once(relay.stdout.setEncoding('utf8'), 'data');
      const { url } = JSON.parse(line);
      expect(await (await fetch(url)).text()).toContain('<title>Latchkey</title>');
      const healthy = () =>
        spawnSync(process.execPath, [join(app, 'healthy.mjs')], { env: { ...environment, LATCHKEY_HTTP_PORT: new URL(url).port } }).status;
      expect(healthy()).toBe(0);
      const ended = once(relay, 'exit');
      relay.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      expect(healthy()).toBe(1);
      expect(contents(app)).toEqual(before);
    } finally {
      relay.kill('SIGKILL');
    }
  });
});

/** Every file with the time of its last change. */
function contents(root: string): readonly string[] {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => `${join(parentPath, name)} ${statSync(join(parentPath, name)).mtimeMs}`);
}

describe('the systemd unit', () => {
  test('is written where units are, and systemd takes it', async () => {
    const wrote = await runRelay('install-service', '--unit-dir', folder, '--json');
    const { file, unit } = JSON.parse(wrote.stdout);
    expect(readFileSync(file, 'utf8')).toBe(unit);
    expect(unit).toContain(`ExecStart=${process.execPath} ${join(ROOT, 'relay/bin/latchkey-relay.mjs')} start\n`);
    const verified = spawnSync('systemd-analyze', ['verify', file], { encoding: 'utf8' });
    // Elsewhere than on Debian with systemd there is nobody to ask.
    if (verified.error === undefined) expect([verified.status, verified.stderr]).toEqual([0, '']);
    expect(unit).toMatch(/^DynamicUser=yes$/m);
  });

  test('is not made of a path that systemd would misread, nor written where this user may not', async () => {
    expect(() => serviceUnit({ node: '/opt/my node/node', command: '/opt/x.mjs' })).toThrow(/misread/);
    writeFileSync(join(folder, 'file'), '');
    expect(await runRelay('install-service', '--unit-dir', join(folder, 'file'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be written'),
    });
  });
});
