/** Receipts on the command line: a running relay writes one, and any machine checks it without the relay. */
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
  expect(await runRelay('verify', file)).toMatchObject({ code: 1, stderr: expect.stringContaining('neither a receipt nor a fork proof') });
});
