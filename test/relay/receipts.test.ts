/** Receipts and proofs on the command line: a running relay writes one, and any machine checks it without the relay. */
import { readFileSync, writeFileSync } from 'node:fs';
import { beforeEach, expect, test } from 'vitest';
import { relayGround } from '../support/relay-ground.ts';
import { type RelayProcess, runRelay } from '../support/relay-process.ts';

const ground = relayGround();
let relay: RelayProcess;

beforeEach(async () => {
  relay = await ground.start('--chain', 'Club');
});

test('is written by the relay, holds without it, and not with a byte changed', async () => {
  const file = ground.path('relay.receipt');
  const made = await runRelay('receipt', 'Relay', file, '--data', ground.data(), '--json');
  const { link, bytes } = JSON.parse(made.stdout);
  expect(readFileSync(file).length).toBe(bytes);
  await relay.stop();
  const words = await runRelay('verify', file);
  expect(words).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^It holds: Relay in Club\..*It does not prove:.*Who Relay is/s),
  });
  const told = JSON.parse((await runRelay('verify', link, '--json')).stdout);
  expect(told).toMatchObject({ kind: 'join-receipt', holds: true, how: 'founder', name: 'Relay', chainName: 'Club', leaf: 0 });
  const changed = readFileSync(file);
  const last = changed.length - 10;
  changed[last] = (changed[last] ?? 0) ^ 1;
  writeFileSync(file, changed);
  expect(await runRelay('verify', file)).toMatchObject({ code: 1, stdout: expect.stringContaining('It does not hold') });
  writeFileSync(file, 'something else');
  expect(await runRelay('verify', file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('is no receipt, no fork proof and no tlog-proof'),
  });
});

test('the proof that a transaction was logged likewise; by the policy of another chain it does not hold', async () => {
  const data = ['--data', ground.data(), '--json'] as const;
  const { id } = JSON.parse((await runRelay('write', 'The pump key hangs behind the shed door.', ...data)).stdout);
  const file = ground.path('entry.tlog-proof');
  const prove = () => runRelay('proof', id.slice(0, 8), file, ...data);
  // The checkpoint comes some seconds after the block.
  await expect.poll(async () => (await prove()).code, { timeout: 30_000, interval: 500 }).toBe(0);
  const policy = ground.path('policy');
  await relay.stop();
  const words = await runRelay('verify', file);
  expect(words).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^It holds: Place 2 in the log of Club\..*It does not prove:.*compare its id/s),
  });
  expect(JSON.parse((await runRelay('verify', file, '--json')).stdout)).toMatchObject({
    kind: 'tlog-proof',
    holds: true,
    chainName: 'Club',
    transaction: id,
    type: 'entry',
    index: 2,
  });
  writeFileSync(policy, 'log latchkey/elsewhere+17ab1562+AWBLqPFAYAlJrIi5qoXbkqlMcgwsVVC7O2v5hJ0XMGLh\nquorum none\n');
  expect(await runRelay('verify', file, '--policy', policy)).toMatchObject({ code: 1 });
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('index 2', 'index 1'));
  expect(await runRelay('verify', file)).toMatchObject({ code: 1, stdout: expect.stringMatching(/^It does not hold \([a-z-]+\): /) });
});
