/** `npm run bench -- join | latency [options]`: measures, and prints what it measured and on what. */
import { parseArgs } from 'node:util';
import { benchJoin, type JoinReport, type JoinRun, NEWCOMERS } from './join.ts';
import { benchLatency, type LatencyReport } from './latency.ts';
import type { Machine } from './machine.ts';

const HELP = `npm run bench -- join [options]      how long a newcomer takes to a verified copy, beside a bare libp2p stream

  --entries N           entries of 200 bytes on the chain (default 10000)
  --runs N              newcomers of each kind; figures are medians over them (default 3)
  --only KIND           node or chromium (default both)
  --profile DIR         write a CPU profile of each Node newcomer there
  --json                print one JSON object

npm run bench -- latency [options]   from append to final at another member, beside the ping of the same connections

  --entries N           entries that are timed, one after the other (default 200)
  --json, --help`;

const OPTIONS = {
  entries: { type: 'string' },
  runs: { type: 'string', default: '3' },
  only: { type: 'string' },
  profile: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const [what, ...more] = positionals;
  if (values.help || what === undefined || more.length > 0) {
    console.log(HELP);
    return values.help ? 0 : 1;
  }
  if (what === 'latency') {
    const report = await benchLatency(numberOf(values.entries ?? '200'));
    console.log(values.json ? JSON.stringify(report) : describeLatency(report));
    return 0;
  }
  if (what !== 'join') {
    console.log(HELP);
    return 1;
  }
  const log = (line: string) => console.error(line);
  const newcomers = NEWCOMERS.filter((newcomer) => values.only === undefined || values.only === newcomer);
  const report = await benchJoin({
    entries: numberOf(values.entries ?? '10000'),
    runs: numberOf(values.runs),
    newcomers,
    profileFolder: values.profile,
    log,
  });
  console.log(values.json ? JSON.stringify(report) : describeJoin(report));
  return 0;
}

function numberOf(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`${text} is no whole number above zero`);
  return number;
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

function describeMachine({ cores, processor, memoryGiB, node, load }: Machine): string {
  return `${cores} cores (${processor}), ${memoryGiB} GiB, Node ${node}, load ${load}`;
}

process.exitCode = await main(process.argv.slice(2));
