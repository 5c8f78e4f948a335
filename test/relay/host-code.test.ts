/** A relay that hosts by code: its operator gives one out, a founder uses it up, and nobody else gets a chain there. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { HostCodeBook } from '../../relay/src/host-codes.ts';
import { codeOf } from '../net/kit.ts';
import { deviceOnNode } from '../support/device-on-node.ts';
import { relayGround } from '../support/relay-ground.ts';
import { runRelay } from '../support/relay-process.ts';

const { data, start, atEnd } = relayGround();

async function newCode(): Promise<string> {
  const { code, stdout } = await runRelay('host-code', '--data', data(), '--json');
  expect(code).toBe(0);
  return (JSON.parse(stdout) as { code: string }).code;
}

test('without a code a founder is told that one is needed; with one it has a chain, and the code is used up', async () => {
  const relay = await start('--host-chains', 'invited');
  const code = await newCode();
  expect(code).toMatch(/^([0-9A-Z]{4}-){3}[0-9A-Z]{4}$/);
  expect(readFileSync(`${data()}/host-codes.json`, 'utf8')).not.toContain(code.slice(0, 4));
  const founder = await deviceOnNode();
  atEnd(() => founder.close());
  const create = (hostCode?: string) => founder.createChain({ name: 'Choir', yourName: 'Ada', relay: relay.address, hostCode });
  expect(await codeOf(create())).toBe('host-code-missing');
  expect(await codeOf(create('0000-0000-0000-0000'))).toBe('host-code-refused');
  expect(await codeOf(create('x'.repeat(65)))).toBe('host-code-refused');
  // As a person types it.
  const chain = await create(` ${code.toLowerCase().replaceAll('-', ' ')}`);
  expect(chain.members()).toHaveLength(2);
  expect(await codeOf(create(code))).toBe('host-code-refused');
});

test('a code outlives a restart of the relay, and is hosted for once even so', async () => {
  const before = await start('--host-chains', 'invited');
  const code = await newCode();
  await before.stop();
  const relay = await start('--host-chains', 'invited');
  const founder = await deviceOnNode();
  atEnd(() => founder.close());
  const create = () => founder.createChain({ name: 'Choir', yourName: 'Ada', relay: relay.address, hostCode: code });
  const made = await Promise.allSettled([create(), create()]);
  expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

test('a code ends with its time, and is asked of nobody where the relay hosts for everybody', async () => {
  await start();
  const { code, stderr } = await runRelay('host-code', '--data', data());
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('--host-chains invited') });
  let now = Date.parse('2026-11-21');
  const book = new HostCodeBook(data(), () => now);
  const made = await book.make(60_000);
  now += 59_999;
  expect(book.isLive(made.code)).toBe(true);
  now += 1;
  expect(book.isLive(made.code)).toBe(false);
  expect(await book.spend(made.code)).toBe(false);
});
