/** Audits on the command line: of the running relay's own copy, and by a node of its own that came by a link. */
import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { relayGround } from '../support/relay-ground.ts';
import { type RelayProcess, runRelay } from '../support/relay-process.ts';
import { WatchProcess } from '../support/watch-process.ts';

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
  const otherwise = ground.path('0'.repeat(64));
  cpSync(published, otherwise, { recursive: true });
  expect(JSON.parse((await audit(otherwise)).stdout)).toMatchObject({ error: { code: 'wrong-chain' } });
  const row = join(published, 'headers', `000.p/${JSON.parse((await audit(published)).stdout).height + 1}`);
  const bytes = readFileSync(row);
  const place = bytes.length - 60;
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  writeFileSync(row, bytes);
  const changed = await audit(published);
  expect(changed.code).toBe(1);
  expect(JSON.parse(changed.stdout)).toMatchObject({ clean: false });
});

test('watches: prints what is new, outlasts what is away for a while, and stays with what is wrong', { timeout: 120_000 }, async () => {
  const data = ground.data();
  const published = ground.path('published');
  await runRelay('propose', 'rules', '--public-read', 'on', '--data', data);
  /** Exports the log once a checkpoint covers all of it; gives its size. */
  const exported = async (): Promise<number> => {
    const size = JSON.parse((await runRelay('status', '--data', data, '--json')).stdout).chains[0].transactions;
    const now = async () => JSON.parse((await runRelay('export-log', 'Club', published, '--data', data, '--json')).stdout).size;
    await expect.poll(now, { timeout: 20_000 }).toBe(size);
    return size;
  };
  const size = await exported();
  const watch = new WatchProcess(published, ground.path('seen'));
  try {
    await watch.sees('what was published first', (look) => look.clean && look.size === size && look.transactions === size);
    // A web server that is away in the meantime.
    renameSync(published, `${published}-away`);
    await expect.poll(() => watch.said, { timeout: 20_000 }).toContain('checkpoint is not there');
    renameSync(`${published}-away`, published);
    await runRelay('write', 'news', '--data', data);
    await exported();
    await watch.sees(
      'the news, and that nothing else was replayed',
      (look) => look.clean && look.size === size + 1 && look.transactions === 1,
    );
    const checkpoint = readFileSync(join(published, 'checkpoint'), 'utf8');
    const otherRoot = checkpoint.replace(/\n([A-Za-z0-9+/])(?=[A-Za-z0-9+/]{42}=\n)/, (_, first) => (first === 'A' ? '\nB' : '\nA'));
    writeFileSync(join(published, 'checkpoint'), otherRoot);
    await watch.sees('that it is wrong', ({ clean, fault }) => !clean && fault?.code === 'wrong-root');
  } finally {
    expect(await watch.stops()).toBe(1);
  }
});
