/** A forked chain on the command line: what a running relay says of it, and the proof that any machine checks without it. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fileKeyStore } from '../../relay/src/file-keys.ts';
import { sqliteStore } from '../../relay/src/sqlite-store.ts';
import { encodeForkProof } from '../../src/core/codec/fork-proof.ts';
import { proofAgainst } from '../../src/node/fork-finding.ts';
import { writeForkProof } from '../../src/node/fork-row.ts';
import { Ledger } from '../../src/node/ledger.ts';
import type { Space } from '../../src/node/ports.ts';
import { forgedBlock } from '../support/forger.ts';
import { type RelayProcess, runRelay, startRelayProcess } from '../support/relay-process.ts';

let folder: string;
let relay: RelayProcess;
const data = () => join(folder, 'data');
const file = () => join(folder, 'club.fork');

async function start(): Promise<void> {
  relay = await startRelayProcess(
    '--data',
    data(),
    '--site',
    join(folder, 'site'),
    '--http-port',
    '0',
    '--p2p-port',
    '0',
    '--chain',
    'Club',
  );
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-forks-'));
  mkdirSync(join(folder, 'site'));
  writeFileSync(join(folder, 'site', 'index.html'), '<!doctype html><title>Latchkey</title>');
  await start();
});
afterEach(async () => {
  await relay.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens the one chain in a data folder that no process uses. */
async function withChain<T>(dataFolder: string, work: (ledger: Ledger, space: Space) => Promise<T>): Promise<T> {
  const store = sqliteStore(join(dataFolder, 'chains'));
  try {
    const [name = ''] = (await store.spaces()).filter((one) => one.startsWith('chain-'));
    const space = await store.space(name);
    const ledger = await Ledger.open(space);
    if (ledger === undefined) throw new Error('there is a chain');
    return await work(ledger, space);
  } finally {
    await store.close();
  }
}

/** The relay's own key finalises another block where its record has one, and the relay gets to know of it. */
async function isCaught(): Promise<void> {
  await relay.stop();
  cpSync(data(), join(folder, 'before'), { recursive: true });
  await start();
  expect(await runRelay('write', 'As it was.', '--data', data())).toMatchObject({ code: 0 });
  await relay.stop();
  const forged = await withChain(join(folder, 'before'), ({ tip }) => forgedBlock(tip, [{ keys: fileKeyStore(join(data(), 'keys')) }]));
  await withChain(data(), async (ledger, space) => {
    const proof = await proofAgainst(ledger, { header: forged.point.header, certificate: forged.certificate });
    if (proof === undefined) throw new Error('two blocks of one height');
    await writeForkProof(space, encodeForkProof(proof));
  });
  await start();
}

test('is told of by status, refused to writers, and proved by a file', { timeout: 120_000 }, async () => {
  const before = JSON.parse((await runRelay('status', '--json', '--data', data())).stdout);
  expect(before.chains).toMatchObject([{ fork: null }]);
  await isCaught();
  const [chain] = JSON.parse((await runRelay('status', '--json', '--data', data())).stdout).chains;
  expect(chain).toMatchObject({ problem: 'conflicting-block', validating: false, fork: { height: chain.height, epoch: 0 } });
  expect(chain.fork.signers).toMatchObject([{ name: 'Relay' }]);
  expect((await runRelay('status', '--data', data())).stdout).toContain('This chain has two histories.');
  expect(await runRelay('write', 'And on.', '--data', data())).toMatchObject({ code: 1 });
  expect((await runRelay('entries', '--data', data())).stdout).toContain('As it was.');
  expect(await runRelay('fork-proof', file(), '--data', data())).toMatchObject({ code: 0 });
  // The record here is right in itself, and still one of two.
  expect(await runRelay('audit', '--data', data())).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/NOT RIGHT. Block \d+ is wrong \(conflicting-block\): there is another history/),
  });
  await relay.stop();
  await isVerified(chain.chain);
});

async function isVerified(chain: string): Promise<void> {
  const words = await runRelay('verify', file());
  expect(words).toMatchObject({ code: 0, stdout: expect.stringMatching(/^It holds.*was made final twice.*Who signed both:.*seat 0/s) });
  const told = JSON.parse((await runRelay('verify', file(), '--json')).stdout);
  expect(told).toMatchObject({ kind: 'fork-proof', holds: true, chain, validators: 1, signers: [{ seat: 0 }] });
  const changed = readFileSync(file());
  const last = changed.length - 10;
  changed[last] = (changed[last] ?? 0) ^ 1;
  writeFileSync(file(), changed);
  expect(await runRelay('verify', file())).toMatchObject({ code: 1, stdout: expect.stringContaining('It does not hold') });
}
