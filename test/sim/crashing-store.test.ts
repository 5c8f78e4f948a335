import { describe, expect, test } from 'vitest';
import type { Durability, Space, WriteOperation } from '../../src/node/ports.ts';
import { storeContract } from '../storage/store-contract.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { type CrashingStore, crashingStore } from './crashing-store.ts';

storeContract('simulated disk', async () => {
  let store: CrashingStore | undefined;
  const open = async () => {
    store = store === undefined ? crashingStore({ random: seededRandom(1) }) : store.reopen();
    return store;
  };
  return { open, persistent: true, destroy: async () => undefined };
});

const put = (key: number): WriteOperation => ({ type: 'put', table: 'tail', key, value: Uint8Array.of(key) });
const pair = (n: number) => [put(2 * n), put(2 * n + 1)];

async function keys(space: Space): Promise<readonly number[]> {
  return (await space.range('tail', 0, 1000, 1000)).map(({ key }) => Number(key));
}

/** Writes pairs of rows with these durabilities, the last `underWay` of them not awaited, crashes, and tells which rows survived. */
async function survivors(
  seed: number,
  kind: 'process' | 'power',
  durabilities: readonly Durability[],
  underWay: number,
): Promise<readonly number[]> {
  const store = crashingStore({ random: seededRandom(seed) });
  const space = await store.space('chain');
  const settled = durabilities.length - underWay;
  for (const [n, durability] of durabilities.entries()) {
    const written = space.write(pair(n), durability);
    if (n < settled) await written;
  }
  store.crash(kind);
  return keys(await store.reopen().space('chain'));
}

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);
const firstPairs = (count: number) => Array.from({ length: 2 * count }, (_, i) => i);

describe('a crash of the simulated disk', () => {
  test('keeps every strict write and all before it, and of the later ones some first part, each whole', async () => {
    const lost = new Set<number>();
    for (const seed of SEEDS) {
      const rows = await survivors(seed, 'power', ['relaxed', 'relaxed', 'strict', 'relaxed', 'relaxed'], 0);
      expect(rows).toEqual(firstPairs(rows.length / 2));
      expect(rows.length).toBeGreaterThanOrEqual(6);
      lost.add(10 - rows.length);
    }
    expect([...lost].sort()).toEqual([0, 2, 4]);
  });

  test('has a write under way there wholly or not at all, and never one without those before it', async () => {
    const found = new Set<number>();
    for (const seed of SEEDS) {
      const rows = await survivors(seed, 'power', ['strict', 'relaxed', 'strict', 'strict'], 2);
      expect(rows).toEqual(firstPairs(rows.length / 2));
      found.add(rows.length / 2);
    }
    expect([...found].sort()).toEqual([1, 2, 3, 4]);
  });

  test('of the process alone loses nothing that settled', async () => {
    for (const seed of SEEDS) {
      const rows = await survivors(seed, 'process', ['relaxed', 'relaxed', 'relaxed', 'strict'], 1);
      expect(rows.length).toBeGreaterThanOrEqual(6);
    }
  });

  test('is the same for the same seed', async () => {
    const run = (seed: number) => survivors(seed, 'power', ['relaxed', 'relaxed', 'relaxed', 'relaxed', 'relaxed'], 2);
    for (const seed of SEEDS) expect(await run(seed)).toEqual(await run(seed));
  });

  test('leaves what was asked for without an answer for ever, before and after', async () => {
    const store = crashingStore({ random: seededRandom(3) });
    const space = await store.space('chain');
    const answered: string[] = [];
    const note = (what: string) => () => answered.push(what);
    const asked = [
      () => space.write(pair(1), 'strict'),
      () => space.get('tail', 1),
      () => space.range('tail', 0, 1, 1),
      () => store.spaces(),
    ];
    for (const ask of asked) ask().then(note('before'), note('before'));
    store.crash('power');
    for (const ask of [...asked, () => store.space('chain'), () => store.close()]) ask().then(note('after'), note('after'));
    await (await store.reopen().space('chain')).write(pair(2), 'strict');
    expect(answered).toEqual([]);
  });

  test('a write settles when the given schedule says so, in the order of the calls however turns are mixed', async () => {
    const turns: (() => void)[] = [];
    const store = crashingStore({ random: seededRandom(4), schedule: (run) => turns.push(run) });
    const opening = store.space('chain');
    turns.pop()?.();
    const space = await opening;
    const settled: number[] = [];
    const writes = [1, 2, 3].map((n) =>
      space.write([put(n), { type: 'delete', table: 'tail', key: n - 1 }], 'relaxed').then(() => settled.push(n)),
    );
    await Promise.resolve();
    expect([settled, turns.length]).toEqual([[], 3]);
    while (turns.length > 0) turns.pop()?.();
    await Promise.all(writes);
    expect(settled).toEqual([1, 2, 3]);
    store.crash('process');
  });

  test('what a system syncs by itself bounds what a crash can lose', async () => {
    const store = crashingStore({ random: () => 0 });
    const space = await store.space('chain');
    for (let n = 0; n < 500; n++) await space.write([put(n)], 'relaxed');
    store.crash('power');
    const again = store.reopen();
    const found = again.space('chain');
    expect((await keys(await found)).length).toBeGreaterThan(200);
  });
});
