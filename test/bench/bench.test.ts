/** The benches run, small, and report what they say they do. No figure is judged here: `npm run bench` is for that. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { AuditingReport } from './auditing.ts';
import type { ConsensusReport } from './consensus.ts';
import type { JoinReport, JoinRun } from './join.ts';
import type { JoiningReport } from './joining-cost.ts';
import type { LatencyReport } from './latency.ts';
import type { LogReport } from './log.ts';
import type { PublishingReport } from './publishing.ts';
import type { StateReport } from './state.ts';

const RUN = join(import.meta.dirname, '../../scripts/run.mjs');

async function bench<T>(...args: readonly string[]): Promise<T> {
  const child = spawn(process.execPath, [RUN, '../test/bench/bench', ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

function expectSane(run: JoinRun | undefined): void {
  expect(run?.usableSeconds).toBeGreaterThan(0);
  expect(run?.fullCopySeconds).toBeGreaterThanOrEqual(run?.usableSeconds ?? Number.NaN);
  expect(run?.receivedBytes).toBeGreaterThan(300 * 200);
  expect(run?.ratio).toBeGreaterThan(0);
}

test('a newcomer on Node and one in Chromium come to a verified copy, beside a bare stream', { timeout: 240_000 }, async () => {
  const report = await bench<JoinReport>('join', '--entries', '300', '--runs', '1');
  expect(report).toMatchObject({ bench: 'join', entries: 300, entryBytes: 200, verified: true });
  expectSane(report.node?.median);
  expectSane(report.chromium?.median);
});

test('an entry is timed from append to final at another member, beside the ping', { timeout: 120_000 }, async () => {
  const { entries, appendToFinalMs, pingMs, ratio } = await bench<LatencyReport>('latency', '--entries', '20');
  expect(entries).toBe(20);
  expect(appendToFinalMs.p95).toBeGreaterThanOrEqual(appendToFinalMs.median);
  expect(pingMs.median).toBeGreaterThan(0);
  expect(ratio).toBeGreaterThan(0);
});

test('entries go through four validators, timed beside the round trip and the signatures that the machine checks', {
  timeout: 240_000,
}, async () => {
  const { runs } = await bench<ConsensusReport>('consensus', '--validators', '4', '--entries', '5', '--load', '100');
  const [run] = runs;
  expect(run).toMatchObject({ validators: 4, faultsTolerated: 1, entries: 5, load: { entries: 100, verificationsAnEntry: 5 } });
  expect(run?.roundTrips.p95).toBeGreaterThanOrEqual(run?.roundTrips.median ?? Number.NaN);
  expect(run?.load.entriesPerSecond).toBeGreaterThan(0);
  expect(run?.load.ratio).toBeGreaterThan(0);
});

test('membership transactions are applied, their roots timed and a snapshot of them verified', { timeout: 120_000 }, async () => {
  const report = await bench<StateReport>('state', '--transactions', '1500', '--members', '150');
  expect(report).toMatchObject({ bench: 'state', transactions: 1500, verified: true });
  expect(report.members).toBeGreaterThanOrEqual(150);
  expect(report.kinds.join).toBeGreaterThan(0);
  expect(report.refused).toBeGreaterThanOrEqual(0);
  expect(report.transactionsPerSecond).toBeGreaterThan(0);
  expect(report.rootMs.p95).toBeGreaterThanOrEqual(report.rootMs.median);
  expect(report.snapshot.bytes).toBeGreaterThan(report.snapshot.records * 32);
});

test('leaves are appended to a log, and proofs of them made and verified', { timeout: 120_000 }, async () => {
  const report = await bench<LogReport & { readonly publishing: PublishingReport; readonly auditing: AuditingReport }>(
    'log',
    '--entries',
    '3000',
  );
  expect(report).toMatchObject({ bench: 'log', entries: 3000, verified: true });
  expect(report.appendPerSecond).toBeGreaterThan(0);
  for (const figures of [report.inclusion, report.consistency]) {
    expect(figures.hashes).toBeGreaterThan(8);
    expect(figures.provePerSecond).toBeGreaterThan(0);
    expect(figures.verifyPerSecond).toBeGreaterThan(0);
    expect(figures.verifyRatio).toBeGreaterThan(0);
    expect(figures.proveRatio).toBeGreaterThan(0);
    expect(figures.proveFromTilesPerSecond).toBeGreaterThan(0);
    expect(figures.proveCheckedPerSecond).toBeGreaterThan(0);
  }
  expect(report.auditing.transactions).toBe(3001);
  expect(report.auditing.transactionsPerSecond).toBeGreaterThan(0);
  expect(report.publishing.leaves).toBeGreaterThan(3000);
  expect(report.publishing.bytesPerBlock.median).toBeGreaterThan(0);
  expect(report.publishing.ratio).toBeGreaterThan(0);
});

test('attackers besiege an honest network, with seats to be earned and to be asked for', { timeout: 120_000 }, async () => {
  const { bench: name, medians } = await bench<JoiningReport>('joining-cost', '--identities', '40', '--runs', '1');
  expect(name).toBe('joining-cost');
  expect(medians.map(({ way }) => way)).toEqual(['asking', 'serving', 'forging', 'forging-twice']);
  const of = (wanted: string) => medians.find(({ way }) => way === wanted);
  // By the shipped rules whoever serves nobody is attested by nobody but its own, and its own are one voice.
  expect(of('forging')).toMatchObject({ days: null, tokens: { attackers: 0 } });
  expect(of('serving')?.relayedMiB).toBeGreaterThan(0);
  expect(of('serving')?.days).toBeGreaterThan(of('asking')?.days ?? Number.NaN);
});
