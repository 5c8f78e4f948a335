/** The connection check as a person uses it: on arrival, stopped, begun again, taken along; and the real checks of a real browser. */
import { afterEach, expect, test } from 'vitest';
import { good } from '../../src/net/checks/finding.ts';
import { browserCheckRun } from '../../src/ui/check/browser-checks.ts';
import type { CheckContext, CheckSource } from '../../src/ui/check/checks.ts';
import { found } from './check-scenes.ts';
import { FakeApp } from './fake-app.ts';
import { CHAIN_ID, chainView, RELAY } from './fake-views.ts';
import { mount, unmount } from './mount.ts';

afterEach(unmount);

const page = () => document.querySelector<HTMLElement>('check-page') ?? document.body;
const button = (name: string) => [...page().querySelectorAll('button')].find(({ textContent }) => textContent?.trim() === name);
const states = () => [...page().querySelectorAll<HTMLElement>('.check')].map(({ dataset }) => dataset['state']);
const summary = () => page().querySelector('.check-summary')?.textContent?.trim();

test('begins by itself, says what it found in words, and can be begun again', async () => {
  let runs = 0;
  const once = found(['This device', 'Storage', good('Works.')]);
  const checks: CheckSource = (context) => {
    runs += 1;
    return once(context);
  };
  await mount(new FakeApp(), { page: 'check' }, checks);
  await expect.poll(summary).toBe('Nothing is wrong here.');
  expect(page().querySelector('.check')?.textContent).toMatch(/Storage\s*good\s*Works\./s);
  button('Check again')?.click();
  await expect.poll(() => runs).toBe(2);
  await expect.poll(summary).toBe('Nothing is wrong here.');
});

test('stops when told to: what was found stays, what was not is said to be stopped, and the shared is let go', async () => {
  const closed: string[] = [];
  const lines = found(['This device', 'Storage', good('Works.')], ['Relays', 'far away', undefined]);
  const checks: CheckSource = async (context) => ({ ...(await lines(context)), close: async () => void closed.push('run') });
  await mount(new FakeApp(), { page: 'check' }, checks);
  await expect.poll(states).toEqual(['good', 'running']);
  button('Stop')?.click();
  await expect.poll(states).toEqual(['good', 'stopped']);
  expect(summary()).toBe('Stopped before all was checked.');
  expect(closed).toEqual(['run']);
});

test('stopped before there was anything to check it calls nothing right', async () => {
  await mount(new FakeApp(), { page: 'check' }, () => new Promise(() => {}));
  await expect.poll(summary).toBe('Checking…');
  button('Stop')?.click();
  await expect.poll(summary).toBe('Stopped before all was checked.');
});

test('checks that cannot be loaded are a finding themselves', async () => {
  await mount(new FakeApp(), { page: 'check' }, () => Promise.reject(new Error('no such file')));
  await expect.poll(summary).toBe('1 failed.');
  expect(page().textContent).toContain('could not be loaded');
});

test('leaving the page stops it', async () => {
  const closed: string[] = [];
  const lines = found(['Relays', 'far away', undefined]);
  const checks: CheckSource = async (context) => ({ ...(await lines(context)), close: async () => void closed.push('run') });
  await mount(new FakeApp(), { page: 'check' }, checks);
  await expect.poll(states).toEqual(['running']);
  location.hash = '#/';
  await expect.poll(() => closed).toEqual(['run']);
});

test('checks the relays of the chain it was opened from, and else those that the page begins with', async () => {
  const asked: CheckContext[] = [];
  const checks: CheckSource = async (context) => {
    asked.push(context);
    return { checks: [], close: async () => {} };
  };
  const app = new FakeApp();
  const own = { peerId: '12D3KooWOwn', addresses: ['/dns4/own.example/tcp/443/tls/ws'], label: 'own.example' };
  const view = chainView({ relays: [own] });
  app.setChain(view);
  await mount(app, { page: 'check', chain: CHAIN_ID }, checks);
  await expect.poll(() => asked.map(({ relays }) => relays)).toEqual([[own]]);
  expect(asked[0]?.newestBlock).toBe(view.validators.finalAt);
  await mount(app, { page: 'check' }, checks);
  await expect.poll(() => asked[1]?.relays.map(({ peerId }) => peerId)).toEqual([RELAY.peerId]);
});

test('the report is plain text without what follows the # of the address; where the clipboard is closed it is shown to be copied', async () => {
  const { clipboard } = navigator;
  const written: string[] = [];
  const taken = { writeText: async (text: string) => void written.push(text) };
  Object.defineProperty(navigator, 'clipboard', { configurable: true, value: taken });
  try {
    const app = new FakeApp();
    app.setChain(chainView());
    await mount(app, { page: 'check', chain: CHAIN_ID }, found(['This device', 'Storage', good('Works.')]));
    await expect.poll(summary).toBe('Nothing is wrong here.');
    button('Copy report')?.click();
    await expect.poll(() => written[0]).toMatch(/Latchkey connection check.*This device\n {2}good +Storage\n +Works\./s);
    expect(written[0]).not.toContain(CHAIN_ID);
    expect(written[0]).not.toContain('#');
    taken.writeText = () => Promise.reject(new Error('closed'));
    button('Copy report')?.click();
    await expect.poll(() => page().querySelector('textarea')?.value).toContain('Works.');
  } finally {
    Object.defineProperty(navigator, 'clipboard', { configurable: true, value: clipboard });
  }
});

test('the real checks all come to an end in a real browser, without a relay', async () => {
  const run = await browserCheckRun({ relays: [], newestBlock: undefined });
  const told = await Promise.all(
    run.checks.map(async ({ title, run: check }) => [title, await check(AbortSignal.timeout(12_000))] as const),
  );
  await run.close();
  const stateOf = (title: string) => told.find(([one]) => one === title)?.[1].state;
  expect(['Secure page', 'Storage', 'WebRTC', 'https'].map(stateOf)).toEqual(['good', 'good', 'good', 'good']);
  expect(stateOf('Relays')).toBe('attention');
});
