/**
 * How long a newcomer takes from pressing *Join* to a chain it can use, and to a verified copy of all of it on its disk;
 * beside it, in the same run, a bare libp2p stream for the same bytes. Every run has a new device, process and profile.
 */
import { join } from 'node:path';
import type { BareTimes } from './bare.ts';
import { type BareSite, bareInChromium, buildSite, joinInChromium, openBareSite } from './chromium-device.ts';
import { ENTRY_BYTES } from './fill.ts';
import { type Helper, runHelper, startHelper } from './helper.ts';
import { type Machine, machine } from './machine.ts';
import type { NewcomerReport } from './newcomer.ts';
import { fillChain, openScene, type Scene } from './scene.ts';
import { median, rounded } from './statistics.ts';

export const NEWCOMERS = ['node', 'chromium'] as const;
export type Newcomer = (typeof NEWCOMERS)[number];

export interface JoinOptions {
  readonly entries: number;
  readonly runs: number;
  readonly newcomers: readonly Newcomer[];
  /** Where each Node newcomer's CPU profile goes; none is made without. Profiled figures are slower. */
  readonly profileFolder: string | undefined;
  readonly log: (line: string) => void;
}

/** One run. Seconds, all from just before the first dial. */
export interface JoinRun {
  readonly usableSeconds: number;
  readonly fullCopySeconds: number;
  readonly receivedBytes: number;
  readonly sentBytes: number;
  readonly entriesPerSecond: number;
  readonly bareStreamSeconds: number;
  /** The part of it before the stream began, which a join has too. */
  readonly bareDialSeconds: number;
  /** Full copy over bare stream. */
  readonly ratio: number;
  /** What came after *usable*, over the bare stream without its dial: copying alone. */
  readonly copyRatio: number;
  /** On Node: processor time of the newcomer's process until the full copy. */
  readonly processorSeconds?: number;
  /** In a page: stretches of 50 ms and more in which it could not answer. */
  readonly longTasksMs?: readonly number[];
}

export interface JoinSummary {
  readonly median: JoinRun;
  readonly runs: readonly JoinRun[];
}

export interface JoinReport {
  readonly bench: 'join';
  readonly entries: number;
  readonly entryBytes: number;
  /** Every copy was read back after a restart: its root is the certified one, and every body is there. */
  readonly verified: true;
  readonly machine: Machine;
  readonly fillSeconds: number;
  readonly node?: JoinSummary;
  readonly chromium?: JoinSummary;
}

export async function benchJoin(options: JoinOptions): Promise<JoinReport> {
  const { entries, newcomers, runs, log } = options;
  await using ground = await openGround(newcomers, log);
  const { scene } = ground;
  log(`A member writes ${entries} entries of ${ENTRY_BYTES} bytes`);
  const fillSeconds = await fillChain(scene, entries, (done) => done % 5000 === 0 && log(`${done} are final`));
  const results = new Map<Newcomer, JoinRun[]>(newcomers.map((newcomer) => [newcomer, []]));
  for (let run = 1; run <= runs; run++) {
    for (const newcomer of newcomers) {
      const result = await RUNS[newcomer](ground, options);
      results.get(newcomer)?.push(result);
      log(`${newcomer} ${run} of ${runs}: full copy in ${result.fullCopySeconds} s, ${result.ratio} times the bare stream`);
    }
  }
  const summaries = [...results].map(([newcomer, all]) => [newcomer, { median: medianRun(all), runs: all }] as const);
  const head = {
    bench: 'join',
    entries,
    entryBytes: ENTRY_BYTES,
    verified: true,
    machine: machine(),
    fillSeconds: rounded(fillSeconds, 2),
  } as const;
  return { ...head, ...Object.fromEntries(summaries) };
}

// ---------------------------------------------------------------- what the runs stand on

interface Ground extends AsyncDisposable {
  readonly scene: Scene;
  readonly bare: Helper<string>;
  readonly bareAddress: string;
  readonly bareSite: BareSite | undefined;
}

async function openGround(newcomers: readonly Newcomer[], log: (line: string) => void): Promise<Ground> {
  await using parts = new AsyncDisposableStack();
  log('Building the page');
  const scene = await openScene(buildSite);
  parts.defer(() => scene.close());
  const bareSite = newcomers.includes('chromium') ? await openBareSite(join(scene.folder, 'bare-site')) : undefined;
  parts.defer(() => bareSite?.close());
  const bare = startHelper<string>('bare-server', []);
  parts.defer(() => bare.end());
  const bareAddress = await bare.next();
  const open = parts.move();
  return { scene, bare, bareAddress, bareSite, [Symbol.asyncDispose]: () => open.disposeAsync() };
}

// ---------------------------------------------------------------- one run

const RUNS: Readonly<Record<Newcomer, (ground: Ground, options: JoinOptions) => Promise<JoinRun>>> = {
  async node({ scene, bareAddress }, { entries, profileFolder }) {
    const flags = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
    const report = await runHelper<NewcomerReport>('newcomer', [await scene.newFolder(), scene.invitation], flags);
    const bare = await runHelper<BareTimes>('bare-client', [bareAddress, String(report.receivedBytes)]);
    return { ...runOf(report, bare, entries), processorSeconds: rounded(report.processorSeconds, 3) };
  },
  async chromium({ scene, bareAddress, bareSite }, { entries }) {
    if (bareSite === undefined) throw new Error('broken invariant: the page of the bare stream was built');
    const report = await joinInChromium(await scene.newFolder(), scene.invitation);
    const bare = await bareInChromium(await scene.newFolder(), bareSite, bareAddress, report.receivedBytes);
    return { ...runOf(report, bare, entries), longTasksMs: report.longTasksMs.map((ms) => rounded(ms, 0)) };
  },
};

function runOf(report: Omit<NewcomerReport, 'processorSeconds'>, bare: BareTimes, entries: number): JoinRun {
  const { usableSeconds, fullSeconds, receivedBytes, sentBytes, copy } = report;
  if (copy.entries !== entries) throw new Error(`the copy has ${copy.entries} of ${entries} entries`);
  return {
    usableSeconds: rounded(usableSeconds, 3),
    fullCopySeconds: rounded(fullSeconds, 3),
    receivedBytes,
    sentBytes,
    entriesPerSecond: Math.round(entries / fullSeconds),
    bareStreamSeconds: rounded(bare.seconds, 3),
    bareDialSeconds: rounded(bare.dialSeconds, 3),
    ratio: rounded(fullSeconds / bare.seconds, 2),
    copyRatio: rounded((fullSeconds - usableSeconds) / bare.streamSeconds, 2),
  };
}

/** The median of each figure by itself. */
function medianRun(runs: readonly JoinRun[]): JoinRun {
  const of = (figure: (run: JoinRun) => number) => median(runs.map(figure));
  return {
    usableSeconds: of((run) => run.usableSeconds),
    fullCopySeconds: of((run) => run.fullCopySeconds),
    receivedBytes: of((run) => run.receivedBytes),
    sentBytes: of((run) => run.sentBytes),
    entriesPerSecond: of((run) => run.entriesPerSecond),
    bareStreamSeconds: of((run) => run.bareStreamSeconds),
    bareDialSeconds: of((run) => run.bareDialSeconds),
    ratio: of((run) => run.ratio),
    copyRatio: of((run) => run.copyRatio),
  };
}
