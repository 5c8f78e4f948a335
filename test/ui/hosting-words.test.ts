/** How a copy of the site judges its hosting by its server's answers. */
import { expect, test } from 'vitest';
import { FOR_GOOD, SECURITY_HEADERS } from '../../relay/src/site-headers.ts';
import { cachingFinding, httpsFinding, placeFinding, policyFinding, protectionFinding } from '../../src/ui/check/hosting-words.ts';

const POLICY = SECURITY_HEADERS['content-security-policy'] ?? '';
const OWN = POLICY.replace("; frame-ancestors 'none'", '');

test('our own headers leave nothing to say', () => {
  expect(policyFinding(POLICY, OWN).state).toBe('good');
  expect(protectionFinding(new Headers(SECURITY_HEADERS)).state).toBe('good');
  expect(cachingFinding('no-cache', FOR_GOOD).state).toBe('good');
});

test('a policy that is missing or says otherwise is named by what it lacks', () => {
  expect(policyFinding(null, OWN)).toMatchObject({ state: 'attention', says: expect.stringContaining('who may frame') });
  const loose = POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'");
  expect(policyFinding(loose, OWN)).toMatchObject({ state: 'attention', says: expect.stringContaining("script-src 'self'") });
});

test('each header that is missing is named with its value', () => {
  const { 'referrer-policy': _, ...others } = SECURITY_HEADERS;
  expect(protectionFinding(new Headers(others)).says).toBe('The server does not send referrer-policy: no-referrer.');
});

test('a page that is kept for long is worse than files that are not', () => {
  expect(cachingFinding('public, max-age=604800', FOR_GOOD).state).toBe('failed');
  expect(cachingFinding('no-cache', null).state).toBe('attention');
  expect(cachingFinding('no-cache', 'public, max-age=600').state).toBe('attention');
  expect(cachingFinding(null, undefined).state).toBe('good');
});

test('https, or the machine itself', () => {
  const state = (protocol: string, hostname: string) => httpsFinding({ protocol, hostname }).state;
  expect(state('https:', 'latchkey.example')).toBe('good');
  expect(['localhost', '127.0.0.1', '[::1]'].map((host) => state('http:', host))).toEqual(['good', 'good', 'good']);
  expect(['192.168.1.2', 'localhost.example'].map((host) => state('http:', host))).toEqual(['failed', 'failed']);
});

test('a folder of its own is as good as the root', () => {
  expect(placeFinding('/', []).says).toBe('All files lie beside the page.');
  expect(placeFinding('/apps/latchkey/index.html', []).says).toBe('All files lie beside the page, below /apps/latchkey/.');
  expect(placeFinding('/apps/', ['service-worker.js'])).toMatchObject({ state: 'failed' });
});
