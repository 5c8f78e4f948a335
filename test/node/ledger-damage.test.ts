import { beforeAll, describe, expect, test } from 'vitest';
import { RefusalError } from '../../src/core/base/result.ts';
import { Ledger } from '../../src/node/ledger.ts';
import { type Space, type StoreKey, TABLES, type Table } from '../../src/node/ports.ts';
import { fillHistory } from '../../src/node/sync-history.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { type CrashingStore, crashingStore } from '../sim/crashing-store.ts';
import { sessionWith } from '../support/fake-session.ts';
import { contentsOf, type LedgerContents } from '../support/ledger-contents.ts';
import { LongChain } from '../support/long-chain.ts';
import { seededRandom } from '../support/seeded-random.ts';

// Folds end in the middle of a bundle and go over into the next; a tail is left.
const BLOCKS = 7;
let long: LongChain;

beforeAll(async () => {
  long = await LongChain.create(BLOCKS, () => 90);
});

/** Grows a ledger with folds in between, up to the last block; goes on where the space is. */
async function grow(space: Space, committed: (height: number) => void): Promise<Ledger> {
  const ledger = (await Ledger.open(space)) ?? (await long.chain.createLedger(space));
  committed(0);
  for (let height = ledger.tip.header.height + 1; height <= BLOCKS; height++) {
    await ledger.commit(long.at(height));
    committed(height);
    if (height % 3 === 2) await ledger.fold();
  }
  return ledger;
}

// ---------------------------------------------------------------- damaged rows

interface Row {
  readonly table: Table;
  readonly key: StoreKey;
  readonly value: Uint8Array;
}

async function rowsOf(space: Space): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const table of Object.keys(TABLES) as Table[]) {
    const all =
      TABLES[table] === 'number' ? await space.range(table, 0, Number.MAX_SAFE_INTEGER, 1000) : await space.range(table, '', '~', 1000);
    rows.push(...all.map((row) => ({ table, ...row })));
  }
  return rows;
}

/** What is read of a space with some row changed: contents, or that it is corrupt. Anything else fails the test. */
async function readWith(rows: readonly Row[], row: Row, value: Uint8Array | undefined): Promise<LedgerContents | 'corrupt' | 'nothing'> {
  const space = await memoryStore().space('chain');
  await space.write(
    rows.flatMap((one) => {
      const changed = one === row ? value : one.value;
      return changed === undefined ? [] : [{ type: 'put', table: one.table, key: one.key, value: changed } as const];
    }),
    'strict',
  );
  try {
    const ledger = await Ledger.open(space);
    return ledger === undefined ? 'nothing' : await contentsOf(ledger);
  } catch (error) {
    if (error instanceof RefusalError && error.code === 'storage-corrupt') return 'corrupt';
    throw error;
  }
}

/** Most buckets are empty: one byte, all alike. */
function isWorthATry({ table, key, value }: Row): boolean {
  return table !== 'snapshot' || value.length > 1 || key === 0 || key === 255;
}

function withFlippedBit(value: Uint8Array, bit: number): Uint8Array {
  const out = value.slice();
  out[bit >> 3] = (out[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return out;
}

describe('a damaged disk', () => {
  test('is found out, and never believed: any flipped bit of any row', async () => {
    const space = await memoryStore().space('chain');
    await grow(space, () => undefined);
    const rows = await rowsOf(space);
    const random = seededRandom(11);
    const missed = new Set<string>();
    for (let round = 0; round < 4; round++) {
      for (const row of rows.filter(isWorthATry)) {
        const damaged = withFlippedBit(row.value, Math.floor(random() * row.value.length * 8));
        const read = await readWith(rows, row, damaged);
        if (read === 'corrupt') continue;
        expect(read).toEqual(long.contents(BLOCKS));
        missed.add(`${row.table} ${row.key}`);
      }
    }
    // Signatures cannot be judged here, of certificates nor of the genesis, nor a header that nothing on the disk follows.
    expect([...missed].filter((name) => !/^(tail|meta base|meta genesis|headers)/.test(name))).toEqual([]);
  });

  test('is found out when any row is gone, but for names and the end of the tail', async () => {
    const space = await memoryStore().space('chain');
    await grow(space, () => undefined);
    const rows = await rowsOf(space);
    for (const row of rows.filter(isWorthATry)) {
      const read = await readWith(rows, row, undefined);
      if (row.table === 'tail' && row.key === BLOCKS) expect(read).toEqual(long.contents(BLOCKS - 1));
      else if (String(row.key).startsWith('name/')) expect(read).toMatchObject({ tip: long.contents(BLOCKS).tip });
      else expect(read, `${row.table} ${row.key}`).toBe('corrupt');
    }
  });
});

// ---------------------------------------------------------------- crashes

interface Ended {
  /** Whether the store crashed before the work was done. */
  readonly crashed: boolean;
  readonly store: CrashingStore;
}

/** Runs some work over a store that crashes at its n-th turn, or at the end if it has fewer. */
async function crashedAt(turn: number, kind: 'process' | 'power', work: (space: Space) => Promise<unknown>): Promise<Ended> {
  const crash = Promise.withResolvers<true>();
  let turns = 0;
  const schedule = (run: () => void) => {
    turns += 1;
    if (turns === turn) crash.resolve(true);
    else queueMicrotask(run);
  };
  const store = crashingStore({ random: seededRandom(turn), schedule });
  const done = store.space('chain').then(work);
  const crashed = await Promise.race([crash.promise, done.then(() => false)]);
  turns = Number.POSITIVE_INFINITY; // The next process runs to its end.
  store.crash(kind);
  return { crashed, store: store.reopen() };
}

describe('a crash at any write', () => {
  test.each(['process', 'power'] as const)('of a growing ledger leaves one that opens with every block so far (%s)', async (kind) => {
    for (let turn = 1; ; turn++) {
      let committed = -1;
      const { crashed, store } = await crashedAt(turn, kind, (space) =>
        grow(space, (height) => {
          committed = Math.max(committed, height);
        }),
      );
      const space = await store.space('chain');
      const ledger = await Ledger.open(space);
      // Making a chain is strict: it outlasts the power. A block may be lost with the power, and only with it.
      if (committed >= 0) expect(ledger).toBeDefined();
      const height = ledger?.tip.header.height ?? -1;
      if (kind === 'process') expect(height).toBeGreaterThanOrEqual(committed);
      if (height > 0) expect(ledger?.tip.id).toEqual(long.at(height).point.id);
      expect(await contentsOf(await grow(space, () => undefined))).toEqual(long.contents(BLOCKS));
      if (!crashed) return;
    }
  });

  test.each(['process', 'power'] as const)('of a newcomer’s copy leaves one that goes on and is whole in the end (%s)', async (kind) => {
    const source = await grow(await memoryStore().space('source'), () => undefined);
    const session = sessionWith(source);
    const signal = new AbortController().signal;
    const copy = async (space: Space) => {
      const ledger = (await Ledger.open(space)) ?? (await long.adopted(space, 5));
      for (let height = ledger.tip.header.height + 1; height <= BLOCKS; height++) await ledger.commit(long.at(height));
      if (!ledger.complete) await fillHistory(ledger, () => [session], { onProgress: () => undefined }, signal);
      await ledger.fold();
      return ledger;
    };
    for (let turn = 1; ; turn++) {
      const { crashed, store } = await crashedAt(turn, kind, copy);
      const space = await store.space('chain');
      const ledger = await Ledger.open(space);
      if (ledger?.complete === true) expect(await ledger.leaves(0, 10_000)).toHaveLength(ledger.tip.header.logSize);
      expect(await contentsOf(await copy(space))).toEqual(long.contents(BLOCKS));
      if (!crashed) return;
    }
  });
});
