/** Audits on the command line: of the running relay's own copy, and by a node of its own that came by a link. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { relayGround } from '../support/relay-ground.ts';
import { type RelayProcess, runRelay } from '../support/relay-process.ts';

const ground = relayGround();
let relay: RelayProcess;

beforeEach(async () => {
  relay = await ground.start('--chain', 'Club');
});

test('finds a clean chain right, here and from afar, and remembers it', { timeout: 60_000 }, async () => {
  const data = ground.data();
  for (const text of ['one', 'two']) await runRelay('write', text, '--data', data);
  const own = await runRelay('audit', '--data', data);
  expect(own).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Club: [0-9a-f]{64}\nAll right up to block \d+: 4 transactions replayed/),
  });
  const link = relay.invitation ?? '';
  const audit = () => runRelay('audit', link, '--data', ground.path('audit'), '--name', 'Auditor', '--json');
  const afar = await audit();
  const told = JSON.parse(afar.stdout);
  expect(told).toMatchObject({
    name: 'Club',
    clean: true,
    size: 5,
    fault: null,
    findings: [],
    admissions: [{ name: 'Auditor', how: 'invitation' }],
  });
  // The copy is there already: nobody joins a second time.
  expect(JSON.parse((await audit()).stdout)).toMatchObject({ clean: true, size: 5, admissions: [{ name: 'Auditor' }] });
});

test('complains about what is no link', async () => {
  expect(await runRelay('audit', 'nothing', '--data', ground.path('other'))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('damaged-link'),
  });
});

test('audits what is published, at its address or as files, and finds a byte that was changed', { timeout: 90_000 }, async () => {
  const data = ground.data();
  const [{ chain }] = JSON.parse((await runRelay('status', '--data', data, '--json')).stdout).chains;
  await runRelay('propose', 'rules', '--public-read', 'on', '--data', data);
  await runRelay('write', 'for everybody to count', '--data', data);
  const size = JSON.parse((await runRelay('status', '--data', data, '--json')).stdout).chains[0].transactions;
  const url = `${relay.url}${chain}`;
  await expect.poll(async () => (await fetch(`${url}/checkpoint`)).text(), { timeout: 20_000 }).toContain(`\n${size}\n`);
  const published = ground.path('published');
  const audit = (target: string) => runRelay('audit', target, '--data', ground.path('seen'), '--json');
  expect(JSON.parse((await audit(url)).stdout)).toMatchObject({ clean: true, chain, size, admissions: [] });
  await runRelay('export-log', 'Club', published, '--data', data);
  expect(JSON.parse((await audit(published)).stdout)).toMatchObject({ clean: true, chain, size });
  const row = join(published, 'headers', `000.p/${JSON.parse((await audit(published)).stdout).height + 1}`);
  const bytes = readFileSync(row);
  const place = bytes.length - 60;
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  writeFileSync(row, bytes);
  const changed = await audit(published);
  expect(changed.code).toBe(1);
  expect(JSON.parse(changed.stdout)).toMatchObject({ clean: false });
});
