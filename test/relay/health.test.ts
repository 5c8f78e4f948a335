/** What monitors and operators read of a running relay over HTTP: the real process, asked as they ask. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { makeCertificate } from '../../relay/src/certificate.ts';
import { METRIC_NAMES } from '../../relay/src/metrics.ts';
import { relayGround } from '../support/relay-ground.ts';
import { runRelay } from '../support/relay-process.ts';

const ground = relayGround();

/** As Prometheus' own reader takes a line: name, labels, number. */
const SAMPLE = /^([a-z_]+)(\{chain="([0-9a-f]{16})"\})? (\S+)$/;

test('says that it lives, that it is ready, and how it is doing', { timeout: 60_000 }, async () => {
  const { url } = await ground.start('--chain', '<b>Harbour</b>');
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(new URL(path, url), { headers });
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() };
  };
  expect(await ask('healthz')).toMatchObject({ status: 200, text: 'ok\n' });
  expect(await ask('readyz')).toMatchObject({ status: 200, text: 'ready\n' });
  const metrics = await ask('metrics');
  const samples = metrics.text
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => SAMPLE.exec(line));
  expect(samples.map((sample) => sample?.[1])).toEqual(METRIC_NAMES);
  expect(samples.every((sample) => Number.isFinite(Number(sample?.[4])))).toBe(true);
  expect(metrics).toMatchObject({ status: 200, type: 'text/plain; version=0.0.4; charset=utf-8' });
  const page = await ask('status');
  expect(page).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
  expect(page.text).toContain('<h2>&lt;b&gt;Harbour&lt;/b&gt;</h2>');
  expect((await ask('status.css')).status).toBe(200);
});

test('keeps it from others: whoever comes through a proxy, or by another name', { timeout: 60_000 }, async () => {
  const { url } = await ground.start();
  for (const path of ['status', 'metrics']) {
    for (const headers of [{ 'x-forwarded-for': '192.0.2.7' }, { forwarded: 'for=192.0.2.7' }, { via: '1.1 caddy' }])
      expect((await fetch(new URL(path, url), { headers })).status).toBe(403);
    // `fetch` sets the host itself; a page of another name that points here sends its own.
    const asked = httpRequest(new URL(path, url), { headers: { host: 'evil.example' } }).end();
    const [answer] = await once(asked, 'response');
    answer.resume();
    expect(answer.statusCode).toBe(403);
  }
  expect((await fetch(new URL('readyz', url), { headers: { via: '1.1 caddy' } })).status).toBe(200);
});

test('shows it to all where its operator says so', { timeout: 60_000 }, async () => {
  const { url } = await ground.start('--show-status', 'all');
  expect((await fetch(new URL('status', url), { headers: { 'x-forwarded-for': '192.0.2.7' } })).status).toBe(200);
});

test('its dashboard draws only what it tells', () => {
  const dashboard = readFileSync(join(import.meta.dirname, '../../deploy/grafana-dashboard.json'), 'utf8');
  const drawn = [...dashboard.matchAll(/latchkey_[a-z_]+/g)].map(([name]) => name);
  expect(drawn.length).toBeGreaterThan(5);
  expect(drawn.filter((name) => !METRIC_NAMES.includes(name))).toEqual([]);
});

test('page and WebSocket speak TLS under the certificate given, and one that does not fit is told', { timeout: 60_000 }, async () => {
  const [cert, key, otherKey] = [ground.path('cert.pem'), ground.path('key.pem'), ground.path('other.pem')];
  const [made, other] = [makeCertificate(new Date()), makeCertificate(new Date())];
  for (const [file, pem] of [
    [cert, made.pem],
    [key, made.privateKey],
    [otherKey, other.privateKey],
  ] as const)
    writeFileSync(file, pem);
  const wrong = await runRelay('start', '--data', ground.data(), '--site', ground.path('site'), '--tls-cert', cert, '--tls-key', otherKey);
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('is not the key of the certificate') });
  const relay = await ground.start('--tls-cert', cert, '--tls-key', key);
  expect(relay.url).toMatch(/^https:/);
  expect(relay.addresses[0]).toMatch(/\/tcp\/\d+\/tls\/ws$/);
  const asked = httpsRequest(new URL('healthz', relay.url), { rejectUnauthorized: false }).end();
  const [answer] = await once(asked, 'response');
  const fingerprint = answer.socket.getPeerX509Certificate().fingerprint256;
  expect(fingerprint).toBe(new X509Certificate(made.pem).fingerprint256);
  const said = await text(answer);
  expect(said).toBe('ok\n');
});
