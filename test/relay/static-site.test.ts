import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { madeFile, readSite, type SiteServer, startSite } from '../../relay/src/static-site.ts';

const SCRIPT = `console.log('${'latchkey '.repeat(500)}');`;

let folder: string;
let server: SiteServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
  const site = join(folder, 'site');
  mkdirSync(join(site, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(site, 'index.html'), '<!doctype html><title>Latchkey</title>');
  writeFileSync(join(site, 'assets/main-Dk3_9aZq.js'), SCRIPT);
  writeFileSync(join(site, 'manifest.webmanifest'), '{}');
  writeFileSync(join(site, 'latchkey.json'), '{ "relays": [] }');
  const relays = madeFile('/latchkey.json', '{ "relays": ["this one"] }');
  server = await startSite({
    host: '127.0.0.1',
    port: 0,
    site: readSite(site),
    dynamic: (path) => (path === '/latchkey.json' ? relays : undefined),
  });
});
afterEach(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bytes: Buffer;
}

/** A request with its path as given, where `fetch` would tidy it up. */
function ask(path: string, { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, path, method, headers }, async (response) => {
      const pieces: Buffer[] = [];
      for await (const piece of response) pieces.push(piece);
      resolve({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(pieces) });
    });
    sent.on('error', reject).end();
  });
}

describe('a page', () => {
  test('comes with its type and with all that keeps foreign code out of it', async () => {
    const { status, headers, bytes } = await ask('/');
    expect([status, bytes.toString()]).toEqual([200, '<!doctype html><title>Latchkey</title>']);
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(bytes.length),
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain('unsafe');
  });

  test('is the same under its name, and with a query', async () => {
    const page = await ask('/');
    expect((await ask('/index.html')).bytes).toEqual(page.bytes);
    expect((await ask('/?utm=x')).bytes).toEqual(page.bytes);
  });

  test('is not sent again to who has it', async () => {
    const { headers } = await ask('/');
    const again = await ask('/', { headers: { 'if-none-match': `W/"other", ${headers['etag']}` } });
    expect([again.status, again.bytes.length, again.headers['etag']]).toEqual([304, 0, headers['etag']]);
    expect((await ask('/', { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  test('is only described to HEAD', async () => {
    const { status, headers, bytes } = await ask('/', { method: 'HEAD' });
    expect([status, headers['content-length'], bytes.length]).toEqual([200, '38', 0]);
  });
});

test('files with a hash in their name are kept for good', async () => {
  const { headers } = await ask('/assets/main-Dk3_9aZq.js');
  expect(headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  });
});

test('scripts are compressed as the client likes it', async () => {
  const asked = (accepted: string) => ask('/assets/main-Dk3_9aZq.js', { headers: { 'accept-encoding': accepted } });
  const [brotli, gzip, plain, refused] = await Promise.all([asked('gzip, deflate, br'), asked('gzip'), asked('identity'), asked('br;q=0')]);
  expect(brotli.headers['content-encoding']).toBe('br');
  expect(brotliDecompressSync(brotli.bytes).toString()).toBe(SCRIPT);
  expect(gzip.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(gzip.bytes).toString()).toBe(SCRIPT);
  for (const answer of [plain, refused]) {
    expect([answer.headers['content-encoding'], answer.bytes.toString()]).toEqual([undefined, SCRIPT]);
    expect(answer.headers['vary']).toBe('accept-encoding');
  }
});

test('the relay’s own list of relays comes before the site’s', async () => {
  const { headers, bytes } = await ask('/latchkey.json');
  expect([headers['content-type'], bytes.toString()]).toEqual(['application/json; charset=utf-8', '{ "relays": ["this one"] }']);
});

test.each([
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/assets/../../secret.txt',
  '/assets/..%5c..%5csecret.txt',
  '//secret.txt',
  '/index.html%00.js',
  '/%',
  '/assets/',
  '/assets',
  '/constructor',
])('nothing else is there: %s', async (path) => {
  const { status, bytes } = await ask(path);
  expect([status, bytes.toString()]).toEqual([404, 'There is no such page.\n']);
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is refused', async (method) => {
  const { status, headers } = await ask('/', { method });
  expect([status, headers['allow']]).toEqual([405, 'GET, HEAD']);
});

test('a request with a long header is refused', async () => {
  expect((await ask('/', { headers: { cookie: 'x'.repeat(10_000) } })).status).toBe(431);
});

test('what is no HTTP is answered as such and let go', async () => {
  const socket = connect(server.port, '127.0.0.1');
  socket.write('\u0000\u0001\u0002\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 400/);
});

test('closing does not wait for a client that holds its connection', async () => {
  const socket = connect(server.port, '127.0.0.1');
  const gone = new Promise<void>((resolve) => socket.on('close', () => resolve()).on('error', () => undefined));
  socket.write('GET / HTTP/1.1\r\n');
  await server.close().then(() => gone);
  server = await startSite({ host: '127.0.0.1', port: 0, site: new Map(), dynamic: () => undefined });
});

test('a folder without a page is refused with what to do', () => {
  expect(() => readSite(folder)).toThrow(/There is no built site in .*npm run build -- site.*--site/);
  expect(() => readSite(join(folder, 'nowhere'))).toThrow(/There is no built site/);
});
