/** The relay in Prometheus' text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */
import type { ChainStatus } from './chain-host.ts';
import type { StatusAnswer } from './commands.ts';

interface Metric {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
}

interface RelayMetric extends Metric {
  readonly value: (status: StatusAnswer) => number;
}

interface ChainMetric extends Metric {
  readonly value: (chain: ChainStatus) => number;
}

const RELAY_METRICS: readonly RelayMetric[] = [
  {
    name: 'latchkey_start_time_seconds',
    type: 'gauge',
    help: 'When the relay started, in seconds since 1970.',
    value: ({ startedAt }) => Date.parse(startedAt) / 1000,
  },
  { name: 'latchkey_connections', type: 'gauge', help: 'Open connections of libp2p.', value: ({ connections }) => connections },
  {
    name: 'latchkey_reservations',
    type: 'gauge',
    help: 'Browsers that others reach through this relay.',
    value: ({ reservations }) => reservations,
  },
  { name: 'latchkey_chains', type: 'gauge', help: 'Chains on this relay.', value: ({ chains }) => chains.length },
  { name: 'latchkey_disk_free_bytes', type: 'gauge', help: 'Room left on the data folder’s disk.', value: ({ disk }) => disk.freeBytes },
  { name: 'latchkey_memory_bytes', type: 'gauge', help: 'Resident memory of the process.', value: () => process.memoryUsage.rss() },
  { name: 'latchkey_cpu_seconds_total', type: 'counter', help: 'Processor time of the process.', value: cpuSeconds },
];

const CHAIN_METRICS: readonly ChainMetric[] = [
  { name: 'latchkey_chain_height', type: 'gauge', help: 'Height of the newest final block.', value: ({ height }) => height },
  {
    name: 'latchkey_chain_final_time_seconds',
    type: 'gauge',
    help: 'Time of the newest final block.',
    value: ({ consensus }) => Date.parse(consensus.final.time) / 1000,
  },
  { name: 'latchkey_chain_transactions', type: 'gauge', help: 'Leaves of the log.', value: ({ transactions }) => transactions },
  { name: 'latchkey_chain_members', type: 'gauge', help: 'Members.', value: ({ members }) => members },
  {
    name: 'latchkey_chain_sessions',
    type: 'gauge',
    help: 'Nodes of the chain that this one is connected with.',
    value: ({ sessions }) => sessions,
  },
  { name: 'latchkey_chain_validators', type: 'gauge', help: 'Validators.', value: ({ validators }) => validators },
  {
    name: 'latchkey_chain_validators_reached',
    type: 'gauge',
    help: 'Validators in reach, this node included.',
    value: ({ consensus }) => consensus.validators.filter(({ reached }) => reached).length,
  },
  {
    name: 'latchkey_chain_waiting',
    type: 'gauge',
    help: 'Transactions that wait to become final.',
    value: ({ consensus }) => consensus.waiting,
  },
  {
    name: 'latchkey_chain_validating',
    type: 'gauge',
    help: '1 while this node is a validator.',
    value: ({ validating }) => Number(validating),
  },
  {
    name: 'latchkey_chain_stopped',
    type: 'gauge',
    help: '1 if the chain cannot go on here.',
    value: ({ problem }) => Number(problem !== undefined),
  },
  { name: 'latchkey_chain_disk_bytes', type: 'gauge', help: 'Room that the chain takes on the disk.', value: ({ disk }) => disk.bytes },
  { name: 'latchkey_chain_disk_quota_bytes', type: 'gauge', help: 'Room that it may take.', value: ({ disk }) => disk.quotaBytes },
];

/** Names of all metrics, for whoever draws them. */
export const METRIC_NAMES: readonly string[] = [...RELAY_METRICS, ...CHAIN_METRICS].map(({ name }) => name);

/** Chains are told apart by the beginning of their ids: names are their members' business and may say anything. */
export function metricsText(status: StatusAnswer): string {
  const ofRelay = RELAY_METRICS.flatMap((metric) => [...headOf(metric), `${metric.name} ${metric.value(status)}`]);
  const ofChains = CHAIN_METRICS.flatMap((metric) => [
    ...headOf(metric),
    ...status.chains.map((chain) => `${metric.name}{chain="${chain.chain.slice(0, 16)}"} ${metric.value(chain)}`),
  ]);
  return `${[...ofRelay, ...ofChains].join('\n')}\n`;
}

function headOf({ name, help, type }: Metric): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
