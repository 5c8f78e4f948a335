/**
 * From one member's append until another member has the entry as final: two members on Node, each on a connection of its
 * own to a relay in another process, one entry after the other. Beside it the round trip of the same connections, taken in
 * between: an entry travels writer → relay → reader, is written durably by the writer and twice by the relay.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { equal } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { decodeTransaction } from '../../src/core/codec/transaction.ts';
import type { Chain } from '../../src/node/chain.ts';
import { type Machine, machine } from './machine.ts';
import { joinChain, openNodeDevice, until } from './node-device.ts';
import { openScene, type Scene } from './scene.ts';
import { median, percentile, rounded } from './statistics.ts';

/** Not counted: the first ones run code that is not compiled yet. */
const WARM_UP = 20;
const ENTRY_CHARACTERS = 200;
const PING_LIMIT_MS = 10_000;
/** libp2p looks after its connections by pings too, and does one at a time. */
const PING_ATTEMPTS = 50;
const PING_PAUSE_MS = 100;

export interface LatencyReport {
  readonly bench: 'latency';
  readonly machine: Machine;
  readonly entries: number;
  readonly appendToFinalMs: { readonly median: number; readonly p95: number };
  /** Of the writer's and the reader's connection to the relay. */
  readonly pingMs: { readonly median: number; readonly p95: number };
  /** Median from append to final, in medians of the ping. */
  readonly ratio: number;
}

/** Runs it. Both members join anew each time. */
export async function benchLatency(entries: number): Promise<LatencyReport> {
  const scene = await openScene(emptySite);
  try {
    return await measure(scene, entries);
  } finally {
    await scene.close();
  }
}

/** Nobody opens the page here, but a relay wants one to serve. */
async function emptySite(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Bench</title>');
}

async function measure(scene: Scene, entries: number): Promise<LatencyReport> {
  const [writer, reader] = [await openNodeDevice(await scene.newFolder()), await openNodeDevice(await scene.newFolder())];
  try {
    const [writes, reads] = [await joinChain(writer, scene.invitation, 'Writer'), await joinChain(reader, scene.invitation, 'Reader')];
    const latencies: number[] = [];
    const pings: number[] = [];
    for (let i = -WARM_UP; i < entries; i++) {
      const latency = await appendUntilFinal(writes, reads, `Entry ${i} `.padEnd(ENTRY_CHARACTERS, '.'));
      const trips = [await ping(writes), await ping(reads)];
      if (i < 0) continue;
      latencies.push(latency);
      pings.push(...trips);
    }
    return report(latencies, pings);
  } finally {
    await Promise.all([writer.close(), reader.close()]);
  }
}

function report(latencies: readonly number[], pings: readonly number[]): LatencyReport {
  const [typical, trip] = [median(latencies), median(pings)];
  return {
    bench: 'latency',
    machine: machine(),
    entries: latencies.length,
    appendToFinalMs: { median: rounded(typical, 2), p95: rounded(percentile(latencies, 0.95), 2) },
    pingMs: { median: rounded(trip, 2), p95: rounded(percentile(pings, 0.95), 2) },
    ratio: rounded(typical / trip, 2),
  };
}

/** Milliseconds from one member's append until another has the entry as final. */
export async function appendUntilFinal(writes: Chain, reads: Chain, text: string): Promise<number> {
  const from = reads.node.ledger.tip.header.logSize;
  const began = performance.now();
  const id = await writes.append(text);
  for (let size = from; ; ) {
    await until(reads, () => reads.node.ledger.tip.header.logSize > size);
    const ended = performance.now();
    size = reads.node.ledger.tip.header.logSize;
    if (await holds(reads, from, size, id)) return ended - began;
  }
}

/** Whether the final leaves of this range have the transaction among them. */
async function holds(chain: Chain, from: number, to: number, id: Hash): Promise<boolean> {
  const leaves = await chain.node.ledger.leaves(from, to);
  return leaves.some(({ bytes }) => {
    const transaction = decodeTransaction(bytes);
    return transaction.ok && equal(transaction.value.id, id);
  });
}

/** Milliseconds there and back to a validator, on the connection that entries take. */
export async function ping(chain: Chain): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    // While validators and members find each other, a connection may give way to another.
    const relay = chain.node.sessions().find(({ access }) => access === 'validator');
    try {
      if (relay === undefined) throw new Error('the session with the relay is gone');
      return await relay.ping(AbortSignal.timeout(PING_LIMIT_MS));
    } catch (error) {
      if (attempt === PING_ATTEMPTS) throw error;
      await setTimeout(PING_PAUSE_MS);
    }
  }
}
