/** `npm run bench -- join | latency | consensus | state | log | joining-cost [options]`: measures, and prints what it measured and on what. */

import { chosen, Misuse, runCommand, wholeNumber } from '../support/command-line.ts';
import { type AuditingReport, benchAuditing } from './auditing.ts';
import { benchConsensus, type ConsensusReport, type ConsensusRun } from './consensus.ts';
import { benchJoin, type JoinReport, type JoinRun, NEWCOMERS } from './join.ts';
import { benchJoiningCost, describeJoiningCost } from './joining-cost.ts';
import { benchLatency, type LatencyReport } from './latency.ts';
import { benchLog, type LogReport, type ProofFigures } from './log.ts';
import type { Machine } from './machine.ts';
import { benchPublishing, type PublishingReport } from './publishing.ts';
import { benchState, type StateReport } from './state.ts';

const USAGE = `npm run bench -- join [options]      how long a newcomer takes to a verified copy, beside a bare libp2p stream

  --entries N           entries of 200 bytes on the chain (default 10000)
  --runs N              newcomers of each kind; figures are medians over them (default 3)
  --only KIND           node or chromium (default both)
  --profile DIR         write a CPU profile of each Node newcomer there

npm run bench -- latency [options]   from append to final at another member, beside the ping of the same connections

  --entries N           entries that are timed, one after the other (default 200)

npm run bench -- consensus [options] from append to final with several validators, each a process with a disk of its own; full load

  --validators LIST     numbers of validators (default 1,4,7)
  --entries N           entries that are timed, one after the other (default 100)
  --load N              entries written as fast as they are taken (default 3000)

npm run bench -- state [options]     membership transactions a second, state root a block, snapshot; nothing but the state machine

  --transactions N      transactions that are applied (default 100000)
  --members N           members before the first of them (default 10000)

npm run bench -- log [options]       leaves appended, proofs made and verified, a second; publishing a block; an audit from genesis

  --entries N           leaves of 200 bytes in it (default 100000)

npm run bench -- joining-cost [options]  days and relayed bytes until attackers hold a third of the seats, with and without joining tokens

  --identities LIST     how many they have (default 10,100,1000)
  --runs N              runs of each kind; figures are medians over them (default 3)

All take --json and --help.`;

const OPTIONS = {
  entries: { type: 'string' },
  validators: { type: 'string', default: '1,4,7' },
  load: { type: 'string', default: '3000' },
  transactions: { type: 'string', default: '100000' },
  members: { type: 'string', default: '10000' },
  identities: { type: 'string', default: '10,100,1000' },
  runs: { type: 'string', default: '3' },
  only: { type: 'string' },
  profile: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

type Values = Parameters<Parameters<typeof runCommand<typeof OPTIONS>>[1]['run']>[0];

function main(args: readonly string[]): Promise<number> {
  return runCommand(args, {
    usage: USAGE,
    options: OPTIONS,
    run: async (values, [what, ...more]) => {
      if (more.length > 0) throw new Misuse(`One bench at a time: what is ${more.join(' ')}?`);
      const [, bench] = chosen('A bench', what, BENCHES);
      const { report, text } = await bench(values);
      console.log(values.json ? JSON.stringify(report) : text());
      return 0;
    },
  });
}

type Bench = (values: Values) => Promise<{ readonly report: unknown; readonly text: () => string }>;

/** Longer chains take long to found, and change little. */
const PUBLISHED_ENTRIES_MAX = 20_000;

const BENCHES: Readonly<Record<string, Bench>> = {
  join: async (values) => {
    const report = await benchJoin({
      entries: wholeNumber('--entries', values.entries ?? '10000'),
      runs: wholeNumber('--runs', values.runs),
      newcomers:
        values.only === undefined ? NEWCOMERS : [chosen('--only', values.only, { node: 'node', chromium: 'chromium' } as const)[1]],
      profileFolder: values.profile,
      log,
    });
    return { report, text: () => describeJoin(report) };
  },
  latency: async (values) => {
    const report = await benchLatency(wholeNumber('--entries', values.entries ?? '200'));
    return { report, text: () => describeLatency(report) };
  },
  consensus: async (values) => {
    const validators = values.validators.split(',').map((one) => wholeNumber('--validators', one));
    const report = await benchConsensus({
      validators,
      entries: wholeNumber('--entries', values.entries ?? '100'),
      load: wholeNumber('--load', values.load),
      log,
    });
    return { report, text: () => describeConsensus(report) };
  },
  state: async (values) => {
    const report = benchState({
      transactions: wholeNumber('--transactions', values.transactions),
      members: wholeNumber('--members', values.members),
      log,
    });
    return { report, text: () => describeState(report) };
  },
  log: async (values) => {
    const entries = wholeNumber('--entries', values.entries ?? '100000');
    const publishing = await benchPublishing(Math.min(entries, PUBLISHED_ENTRIES_MAX));
    const report = { ...benchLog(entries), publishing, auditing: await benchAuditing(entries) };
    return {
      report,
      text: () => [describeLog(report), ...describePublishing(publishing), ...describeAuditing(report.auditing)].join('\n'),
    };
  },
  'joining-cost': async (values) => {
    const identities = values.identities.split(',').map((text) => wholeNumber('--identities', text));
    const report = benchJoiningCost({ identities, runs: wholeNumber('--runs', values.runs), log });
    return { report, text: () => [describeMachine(report.machine), describeJoiningCost(report)].join('\n') };
  },
};

function log(line: string): void {
  console.error(line);
}

function describeJoin(report: JoinReport): string {
  const lines = [`${report.entries} entries of ${report.entryBytes} bytes, every copy verified`, describeMachine(report.machine)];
  for (const newcomer of NEWCOMERS) {
    const summary = report[newcomer];
    if (summary !== undefined) lines.push('', `${newcomer}, median of ${summary.runs.length}:`, ...describeRun(summary.median));
  }
  return lines.join('\n');
}

function describeRun(run: JoinRun): readonly string[] {
  return [
    `  usable after      ${run.usableSeconds} s`,
    `  full copy after   ${run.fullCopySeconds} s (${run.entriesPerSecond} entries a second, ${run.receivedBytes} bytes received)`,
    `  bare stream       ${run.bareStreamSeconds} s, of these ${run.bareDialSeconds} s to dial`,
    `  ratio             ${run.ratio}; copying alone ${run.copyRatio}`,
  ];
}

function describeLatency({ entries, machine, appendToFinalMs, pingMs, ratio }: LatencyReport): string {
  return [
    `${entries} entries, from append until final at another member`,
    describeMachine(machine),
    `  append to final   ${appendToFinalMs.median} ms median, ${appendToFinalMs.p95} ms at the 95th percentile`,
    `  ping              ${pingMs.median} ms median, ${pingMs.p95} ms at the 95th percentile`,
    `  ratio             ${ratio}`,
  ].join('\n');
}

function describeConsensus(report: ConsensusReport): string {
  return [describeMachine(report.machine), ...report.runs.flatMap((run) => ['', ...describeConsensusRun(run)])].join('\n');
}

function describeConsensusRun(run: ConsensusRun): readonly string[] {
  const { validators, appendToFinalMs, roundTripMs, roundTrips, syncMs, processorMsAnEntry, load } = run;
  return [
    `${validators} validators, of which ${run.faultsTolerated} may fail`,
    `  append to final   ${appendToFinalMs.median} ms median, ${appendToFinalMs.p95} ms at the 95th percentile`,
    `  round trip        ${roundTripMs.median} ms median; a disk sync ${syncMs} ms`,
    `  in round trips    ${roundTrips.median} median, ${roundTrips.p95} at the 95th percentile`,
    `  without syncs     ${roundTrips.withoutSyncs} round trips, ${run.withoutSyncsMs} ms: ${run.syncsInARow} wait for one another`,
    `  processor         ${processorMsAnEntry.validators} ms an entry for all validators, ${processorMsAnEntry.members} for the two members`,
    `  full load         ${load.entriesPerSecond} entries a second, over ${load.entries} in ${load.blocks} blocks`,
    `  verification      ${load.verificationsPerSecond} a second on this machine, ${load.verificationsAnEntry} an entry: ${load.ratio} of the ${load.verificationAlone} that it alone allows`,
    `                    entries beside verifications, for a node with such a machine of its own: ${load.rawRatio}`,
    `  processor         ${load.processorMsAnEntry.validators} ms an entry for all validators, ${load.processorMsAnEntryAndValidator} for one, ${load.processorMsAnEntry.members} for the two members`,
    `                    of the machine ${load.processorShare.validators} by validators, ${load.processorShare.members} by the members`,
    `  memory            ${load.residentMiB.median} MiB a validator, ${load.residentMiB.most} at most`,
  ];
}

function describeState(report: StateReport): string {
  const { machine, snapshot, rootMs, smallRootMs } = report;
  return [
    `${report.transactions} membership transactions in ${report.blocks} blocks, on a chain with ${report.members} members`,
    describeMachine(machine),
    `  applied           ${report.transactionsPerSecond} a second, roots included; ${report.applyMicroseconds} µs each without`,
    `  root of a block   ${rootMs.median} ms median, ${rootMs.p95} ms at the 95th percentile, for a full block`,
    `                    ${smallRootMs.median} ms median for a block of one; from nothing takes ${report.rootRatio} times as long`,
    `  snapshot          ${snapshot.bytes} bytes, ${snapshot.records} records, ${snapshot.bytesPerMember} bytes a member`,
    `                    made in ${snapshot.makeMs} ms, verified in ${snapshot.verifyMs} ms, ${snapshot.ratio} times its plain hash`,
  ].join('\n');
}

function describeLog(report: LogReport): string {
  return [
    `a log of ${report.entries} leaves of ${report.entryBytes} bytes in blocks of ${report.blockLeaves}: ${report.tiles} tiles of hashes`,
    describeMachine(report.machine),
    `  appended          ${report.appendPerSecond} leaves a second, into frontier and tiles: ${report.appendRatio} of ${report.hashesPerSecond} hashes a second`,
    ...describeProofs('inclusion  ', report.inclusion),
    ...describeProofs('consistency', report.consistency),
  ].join('\n');
}

function describePublishing(report: PublishingReport): readonly string[] {
  const { leaves, blockLeaves, commitMs, signMs, keepMs, filesMs, filesPerBlock, bytesPerBlock, syncMs, ratio } = report;
  return [
    `  published         after each block of ${blockLeaves}, in a chain of ${leaves} on this disk; ms, median (95 %)`,
    `                    checkpoint made durable and signed ${signMs.median} (${signMs.p95}), verified and kept ${keepMs.median} (${keepMs.p95})`,
    `                    ${filesPerBlock.median} files of ${bytesPerBlock.median} bytes ${filesMs.median} (${filesMs.p95}); the block itself ${commitMs.median} (${commitMs.p95})`,
    `                    all of it takes ${ratio} times as long as to make one row durable, ${syncMs}`,
  ];
}

function describeAuditing(report: AuditingReport): readonly string[] {
  const { transactions, blocks, ms, transactionsPerSecond, verificationsPerSecond, ratio } = report;
  return [
    `  audited           ${transactions} transactions in ${blocks} blocks from genesis in ${ms} ms: ${transactionsPerSecond} a second,`,
    `                    ${ratio} of the ${verificationsPerSecond} signatures a second that the machine checks`,
  ];
}

function describeProofs(kind: string, figures: ProofFigures): readonly string[] {
  return [
    `  ${kind}       ${figures.provePerSecond} proofs a second of ${figures.hashes} hashes, ${figures.proveRatio} for each verified`,
    `                    ${figures.verifyPerSecond} verified, ${figures.verifyRatio} of the hashes a second`,
    `                    ${figures.proveFromTilesPerSecond} made out of tiles alone, ${figures.proveCheckedPerSecond} with the tiles checked each time`,
  ];
}

function describeMachine({ cores, processor, memoryGiB, node, load }: Machine): string {
  return `${cores} cores (${processor}), ${memoryGiB} GiB, Node ${node}, load ${load}`;
}

process.exitCode = await main(process.argv.slice(2));
