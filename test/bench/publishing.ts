/**
 * What it costs to publish the log after each block, at the end of a long log and on a disk: the checkpoint is made durable, signed
 * as log and as cosigner, verified and kept; then the files that are new are made, as `export-log` does.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore } from '../../relay/src/sqlite-store.ts';
import { logSigners } from '../../src/core/light/log-signers.ts';
import { encodeNote } from '../../src/core/log/note.ts';
import { tilePath } from '../../src/core/log/tile.ts';
import { Checkpoints } from '../../src/node/checkpoints.ts';
import { Cosigner } from '../../src/node/cosigning.ts';
import type { Ledger } from '../../src/node/ledger.ts';
import type { Signer, Space } from '../../src/node/ports.ts';
import { newTiles, publishedFile } from '../../src/node/published-log.ts';
import { systemClock } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { grownChain, type TestChain } from '../support/chain.ts';
import { median, percentile, rounded } from './statistics.ts';
import { syncMs } from './yardsticks.ts';

/** Blocks at whose end a checkpoint is published, one by one. */
const BLOCKS = 50;
const BLOCK_LEAVES = 10;
const BUILT_BLOCK_LEAVES = 500;
const ENTRY_BYTES = 200;
const CHANGING_FILES = ['policy', 'keys', 'checkpoint'];

interface Spread {
  readonly median: number;
  readonly p95: number;
}

export interface PublishingReport {
  /** Leaves in the log at the end. */
  readonly leaves: number;
  readonly blocks: number;
  readonly blockLeaves: number;
  /** To commit the block itself, for comparison. */
  readonly commitMs: Spread;
  /** Durable, then signed as log and as cosigner. */
  readonly signMs: Spread;
  /** Verified, compared with the log and kept. */
  readonly keepMs: Spread;
  /** All that is new since the block before. */
  readonly filesMs: Spread;
  readonly filesPerBlock: Spread;
  readonly bytesPerBlock: Spread;
  /** To make one small row durable on the same disk. */
  readonly syncMs: number;
  /** Signing, keeping and making the files beside that, of the medians. */
  readonly ratio: number;
}

export async function benchPublishing(entries: number): Promise<PublishingReport> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-bench-'));
  const store = sqliteStore(folder);
  try {
    return await measure(await store.space('chain'), entries, () => syncMs(folder));
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(space: Space, entries: number, syncing: () => Promise<number>): Promise<PublishingReport> {
  const blocks = Math.ceil(entries / BUILT_BLOCK_LEAVES);
  const { chain, ledger } = await grownChain(space, { signatures: 'fake', blocks, entriesPerBlock: BUILT_BLOCK_LEAVES });
  const publisher = await publisherOf(ledger, chain.note);
  await publisher.publish(0);
  const figures: Record<'commit' | 'sign' | 'keep' | 'files' | 'count' | 'bytes', number[]> = {
    commit: [],
    sign: [],
    keep: [],
    files: [],
    count: [],
    bytes: [],
  };
  for (let block = 0; block < BLOCKS; block++) {
    const before = ledger.tip.header.logSize;
    const made = await blockOf(chain, block);
    figures.commit.push(await timed(() => ledger.commit(made)));
    const published = await publisher.publish(before);
    for (const name of ['sign', 'keep', 'files', 'count', 'bytes'] as const) figures[name].push(published[name]);
  }
  const sync = await syncing();
  return {
    leaves: ledger.tip.header.logSize,
    blocks: BLOCKS,
    blockLeaves: BLOCK_LEAVES,
    commitMs: spread(figures.commit),
    signMs: spread(figures.sign),
    keepMs: spread(figures.keep),
    filesMs: spread(figures.files),
    filesPerBlock: spread(figures.count),
    bytesPerBlock: spread(figures.bytes),
    syncMs: rounded(sync, 2),
    ratio: rounded((median(figures.sign) + median(figures.keep) + median(figures.files)) / sync, 1),
  };
}

function blockOf(chain: TestChain, block: number) {
  return chain.entries(...Array.from({ length: BLOCK_LEAVES }, (_, i) => `new ${block}/${i} `.padEnd(ENTRY_BYTES, 'x')));
}

async function publisherOf(ledger: Ledger, key: Signer) {
  const clock = systemClock();
  const checkpoints = new Checkpoints({
    ledger,
    clock,
    verifier: webCryptoVerifier(),
    witnesses: [],
    sessions: () => [],
    push: (task) => void task(),
    changed: () => undefined,
    contradicted: async () => undefined,
  });
  const cosigner = new Cosigner(ledger, clock);
  const [signer] = logSigners(ledger.chain, ledger.trust);
  const files = async (before: number) => {
    const signed = checkpoints.newest();
    if (signed === undefined) throw new Error('nothing is signed');
    const paths = [...newTiles(before, signed.checkpoint.size).map(tilePath), ...CHANGING_FILES];
    const made = await Promise.all(paths.map((path) => publishedFile(ledger, signed, path)));
    return { count: paths.length, bytes: made.reduce((sum, file) => sum + (file?.bytes.length ?? 0), 0) };
  };
  return {
    async publish(before: number) {
      const { logSize, logRoot } = ledger.tip.header;
      let note: Awaited<ReturnType<Cosigner['sign']>>;
      let made = { count: 0, bytes: 0 };
      const sign = await timed(async () => {
        note = signer && (await cosigner.sign(logSize, logRoot, signer, key));
      });
      const keep = await timed(() => (note === undefined ? Promise.resolve() : checkpoints.take(encodeNote(note), undefined)));
      if (checkpoints.newest()?.checkpoint.size !== logSize) throw new Error('the checkpoint was not kept');
      const filesMs = await timed(async () => {
        made = await files(before);
      });
      return { sign, keep, files: filesMs, ...made };
    },
  };
}

function spread(values: readonly number[]): Spread {
  return { median: rounded(median(values), 2), p95: rounded(percentile(values, 0.95), 2) };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
