import { expect, test } from 'vitest';
import { hashOf, type Route, routeOf, SECTIONS, takeRoute } from '../../src/ui/route.ts';

const CHAIN = 'a3'.repeat(32);

test('every page but a join by link is read back from its address', () => {
  const routes: readonly Route[] = [
    { page: 'start' },
    { page: 'create' },
    { page: 'create', key: 'q83vEjRWeJA' },
    { page: 'recovery-key' },
    { page: 'chain', id: CHAIN },
    { page: 'join', code: undefined },
    { page: 'recover' },
    { page: 'request', code: 'q83vEjRWeJA' },
    { page: 'receipt' },
    { page: 'receipt', code: 'q83vEjRWeJA' },
    { page: 'check' },
    { page: 'check', chain: CHAIN },
    ...SECTIONS.map((section): Route => ({ page: 'chain', id: CHAIN, section })),
    { page: 'chain', id: CHAIN, section: 'members', item: 'b4'.repeat(32) },
  ];
  for (const route of routes) expect(routeOf(hashOf(route))).toEqual(route);
});

test.each([
  '',
  '#',
  '#/nowhere',
  '#/chain/',
  '#/chain/xyz',
  `#/chain/${CHAIN}0`,
  '#/chain/../create',
  `#/chain/${CHAIN}/nowhere`,
  `#/chain/${CHAIN}/members/xyz`,
])('%j leads to the start page', (hash) => {
  expect(routeOf(hash)).toEqual({ page: 'start' });
});

test('an invitation leaves the address and the history, and its code goes nowhere else', () => {
  const written: string[] = [];
  const history = { replaceState: (_data: unknown, _title: string, url?: string | URL | null) => void written.push(String(url)) };
  const route = takeRoute({ hash: '#j=c2VjcmV0' }, history);
  expect(route).toEqual({ page: 'join', code: 'c2VjcmV0' });
  expect(written).toEqual(['#/join']);
  expect(hashOf(route)).not.toContain('c2VjcmV0');
});

test('a link for another device leaves them too, and is told from an invitation', () => {
  const written: string[] = [];
  const history = { replaceState: (_data: unknown, _title: string, url?: string | URL | null) => void written.push(String(url)) };
  expect(takeRoute({ hash: '#d=c2VjcmV0' }, history)).toEqual({ page: 'join', code: '#d=c2VjcmV0' });
  expect(written).toEqual(['#/join']);
});

test('an address without an invitation is left alone', () => {
  const history = { replaceState: () => expect.unreachable() };
  expect(takeRoute({ hash: '#/create' }, history)).toEqual({ page: 'create' });
});
