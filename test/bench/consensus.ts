/**
 * Several validators, each a process of its own with SQLite on disk, on loopback: entries a second at full load, beside the
 * Ed25519 verifications that the machine does; and, in processes that are warm by then, from one member's append until another
 * has the entry as final, beside the round trip of the same connections. Everything shares the machine's cores, the two members in
 * this process included: what they take of them is told too.
 */
import { availableParallelism } from 'node:os';
import { faultsTolerated } from '../../src/core/policy/quorum.ts';
import type { Chain } from '../../src/node/chain.ts';
import { Ground } from '../stories/ground.ts';
import type { Operator } from '../stories/operator.ts';
import { floodEntries } from './fill.ts';
import { appendUntilFinal, ping } from './latency.ts';
import { type Machine, machine } from './machine.ts';
import { joinChain, openNodeDevice, until } from './node-device.ts';
import { processUse } from './processes.ts';
import { median, percentile, rounded } from './statistics.ts';
import { syncMs, verificationsPerSecond } from './yardsticks.ts';

/** Not counted: the first ones run code that is not compiled yet. */
const WARM_UP = 20;
const ENTRY_CHARACTERS = 200;
/** A member grows into a validator in a few blocks; on a busy machine it takes its time. */
const SEAT_LIMIT_MS = 120_000;
/** Each entry's signature is checked by its validators and by the one of the two members who did not write it. */
const MEMBERS_CHECKING = 1;
/**
 * Strict writes that wait for one another. Alone: the writer's outbox, and both votes in one. Among others: the writer's outbox,
 * the proposal's vote, the others' votes for it, and theirs for its finality.
 */
const SYNCS_ALONE = 2;
const SYNCS_AMONG_OTHERS = 4;

export interface ConsensusOptions {
  readonly validators: readonly number[];
  readonly entries: number;
  readonly load: number;
  readonly log: (line: string) => void;
}

export interface ConsensusRun {
  readonly validators: number;
  readonly faultsTolerated: number;
  readonly entries: number;
  readonly appendToFinalMs: { readonly median: number; readonly p95: number };
  /** Of the writer's and the reader's connection to a validator, in between. */
  readonly roundTripMs: { readonly median: number; readonly p95: number };
  /** One strict write of the store on the same disk. */
  readonly syncMs: number;
  readonly syncsInARow: number;
  /** The median from append to final, less the syncs in a row. */
  readonly withoutSyncsMs: number;
  /** From append to final, in medians of the round trip; `withoutSyncs` is the median less the syncs in a row. */
  readonly roundTrips: { readonly median: number; readonly p95: number; readonly withoutSyncs: number };
  /** For one entry at a time. Far above that at full load: a block, its votes and its messages for each. */
  readonly processorMsAnEntry: ProcessorUse;
  readonly load: LoadRun;
}

/** Of all validators, and of the two members, who share this process with the measuring. `null` where the machine does not tell. */
export interface ProcessorUse {
  readonly validators: number | null;
  readonly members: number;
}

export interface LoadRun {
  readonly entries: number;
  readonly blocks: number;
  readonly entriesPerSecond: number;
  /** What the machine does with all of its cores and nothing else to do. */
  readonly verificationsPerSecond: number;
  /** Every node that takes an entry checks it, and here all of them share the cores. */
  readonly verificationsAnEntry: number;
  /** Entries a second of all nodes, had the machine nothing to do but to check them. */
  readonly verificationAlone: number;
  /** Entries a second, of those that verification alone would allow on this machine. */
  readonly ratio: number;
  /** Entries a second beside verifications a second: what it would be if each node had such a machine for itself and used as little of it. */
  readonly rawRatio: number;
  readonly processorMsAnEntry: ProcessorUse;
  readonly processorMsAnEntryAndValidator: number | null;
  /** Of all that the cores could have done meanwhile; what is missing to 1 they waited, for a disk among others, or worked for others. */
  readonly processorShare: ProcessorUse;
  readonly residentMiB: { readonly median: number | null; readonly most: number | null };
}

export interface ConsensusReport {
  readonly bench: 'consensus';
  readonly machine: Machine;
  readonly runs: readonly ConsensusRun[];
}

export async function benchConsensus(options: ConsensusOptions): Promise<ConsensusReport> {
  const runs: ConsensusRun[] = [];
  for (const validators of options.validators) runs.push(await runWith(validators, options));
  return { bench: 'consensus', machine: machine(), runs };
}

async function runWith(validators: number, options: ConsensusOptions): Promise<ConsensusRun> {
  await using stage = new AsyncDisposableStack();
  const ground = await Ground.open('bench', stage);
  options.log(`${validators} validators: they take their seats`);
  const { operators, invitation } = await council(ground, validators);
  const members = [];
  for (const name of ['Writer', 'Reader']) {
    const device = await openNodeDevice(`${ground.folder}/${name}`);
    stage.defer(() => device.close());
    members.push(await joinChain(device, invitation, name));
  }
  const [writes, reads] = members;
  if (writes === undefined || reads === undefined) throw new Error('broken invariant: there are two members');
  options.log(`${validators} validators: ${options.load} entries at once`);
  const load = await measureLoad(operators, writes, reads, options.load);
  options.log(`${validators} validators: ${options.entries} entries, one after the other`);
  const latency = await measureLatency(operators, writes, reads, options.entries);
  const sync = await syncMs(ground.folder);
  return {
    validators,
    faultsTolerated: faultsTolerated(validators),
    entries: options.entries,
    ...inRoundTrips(latency, sync, validators),
    load,
  };
}

/** A relay that founds the chain, and so many nodes that become validators one after the other. */
async function council(ground: Ground, validators: number): Promise<{ operators: readonly Operator[]; invitation: string }> {
  await ground.emptyPage();
  const founder = await ground.relay('V1', ['--chain', 'Bench']);
  const invitation: string = (await founder.types('invite', 'Bench', '--uses', '0')).url;
  const operators = [founder];
  for (let i = 2; i <= validators; i++) {
    const node = await ground.node(`V${i}`, invitation);
    await node.isAdmitted();
    await founder.types('propose', 'grant', `V${i}`, 'validator');
    operators.push(node);
    for (const one of operators) await one.sees(`${i} seats`, () => isSeated(one, i), SEAT_LIMIT_MS);
  }
  return { operators, invitation };
}

async function isSeated(operator: Operator, seats: number): Promise<boolean> {
  const { validating, validators } = await operator.chain();
  return validating && validators === seats;
}

// ---------------------------------------------------------------- one after the other

interface Latency {
  readonly latencies: readonly number[];
  readonly trips: readonly number[];
  readonly processorMsAnEntry: ProcessorUse;
}

async function measureLatency(operators: readonly Operator[], writes: Chain, reads: Chain, entries: number): Promise<Latency> {
  const [latencies, trips]: [number[], number[]] = [[], []];
  let meter = await startMeter(operators);
  for (let i = -WARM_UP; i < entries; i++) {
    if (i === 0) meter = await startMeter(operators);
    const latency = await appendUntilFinal(writes, reads, `Entry ${i} `.padEnd(ENTRY_CHARACTERS, '.'));
    const pings = [await ping(writes), await ping(reads)];
    if (i < 0) continue;
    latencies.push(latency);
    trips.push(...pings);
  }
  return { latencies, trips, processorMsAnEntry: over(await meter(), entries) };
}

function inRoundTrips({ latencies, trips, processorMsAnEntry }: Latency, sync: number, validators: number) {
  const [typical, slow, trip] = [median(latencies), percentile(latencies, 0.95), median(trips)];
  const syncsInARow = validators === 1 ? SYNCS_ALONE : SYNCS_AMONG_OTHERS;
  const withoutSyncs = Math.max(0, typical - syncsInARow * sync);
  return {
    appendToFinalMs: { median: rounded(typical, 2), p95: rounded(slow, 2) },
    roundTripMs: { median: rounded(trip, 2), p95: rounded(percentile(trips, 0.95), 2) },
    syncMs: rounded(sync, 2),
    syncsInARow,
    withoutSyncsMs: rounded(withoutSyncs, 2),
    roundTrips: { median: rounded(typical / trip, 2), p95: rounded(slow / trip, 2), withoutSyncs: rounded(withoutSyncs / trip, 2) },
    processorMsAnEntry,
  };
}

// ---------------------------------------------------------------- as many as they take

async function measureLoad(operators: readonly Operator[], writes: Chain, reads: Chain, entries: number): Promise<LoadRun> {
  const meter = await startMeter(operators);
  const { height } = writes;
  const began = performance.now();
  await floodEntries(writes, entries);
  const { logSize } = writes.node.ledger.tip.header;
  await until(reads, () => reads.node.ledger.tip.header.logSize >= logSize);
  const ms = performance.now() - began;
  const use = await meter();
  const blocks = writes.height - height;
  const verifications = await verificationsPerSecond();
  const verificationsAnEntry = operators.length + MEMBERS_CHECKING;
  const rate = entries / (ms / 1000);
  const each = over(use, entries);
  return {
    entries,
    blocks,
    entriesPerSecond: rounded(rate, 1),
    verificationsPerSecond: Math.round(verifications),
    verificationsAnEntry,
    verificationAlone: Math.round(verifications / verificationsAnEntry),
    ratio: rounded((rate * verificationsAnEntry) / verifications, 3),
    rawRatio: rounded(rate / verifications, 3),
    processorMsAnEntry: each,
    processorMsAnEntryAndValidator: each.validators === null ? null : rounded(each.validators / operators.length, 3),
    processorShare: over(use, ms * availableParallelism()),
    residentMiB: await residentOf(operators),
  };
}

// ---------------------------------------------------------------- what it takes

/** Starts to count; gives what ends it, with the milliseconds of a processor that were used. */
async function startMeter(operators: readonly Operator[]): Promise<() => Promise<ProcessorUse>> {
  const before = await usesOf(operators);
  const own = process.cpuUsage();
  return async () => {
    const { user, system } = process.cpuUsage(own);
    const after = await usesOf(operators);
    const spent = after.map((use, i) => difference(use?.processorMs, before[i]?.processorMs));
    return { validators: total(spent) ?? null, members: (user + system) / 1000 };
  };
}

/** Spread over so many. */
function over({ validators, members }: ProcessorUse, count: number): ProcessorUse {
  return { validators: validators === null ? null : rounded(validators / count, 3), members: rounded(members / count, 3) };
}

async function residentOf(operators: readonly Operator[]): Promise<LoadRun['residentMiB']> {
  const resident = (await usesOf(operators)).flatMap((use) => use?.residentMiB ?? []);
  if (resident.length === 0) return { median: null, most: null };
  return { median: rounded(median(resident), 1), most: rounded(Math.max(...resident), 1) };
}

function usesOf(operators: readonly Operator[]) {
  return Promise.all(operators.map(({ pid }) => (pid === undefined ? undefined : processUse(pid))));
}

function difference(after: number | undefined, before: number | undefined): number | undefined {
  return after === undefined || before === undefined ? undefined : after - before;
}

/** `undefined` unless all of them are known. */
function total(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length < values.length ? undefined : known.reduce((sum, value) => sum + value, 0);
}
