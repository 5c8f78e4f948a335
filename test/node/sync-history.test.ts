import { beforeAll, describe, expect, test } from 'vitest';
import { RefusalError } from '../../src/core/base/result.ts';
import { Ledger } from '../../src/node/ledger.ts';
import type { Session, Space } from '../../src/node/ports.ts';
import { BUNDLES_PER_REQUEST, fillHistory } from '../../src/node/sync-history.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { TestChain } from '../support/chain.ts';
import { sessionWith } from '../support/fake-session.ts';
import { contentsOf, type LedgerContents } from '../support/ledger-contents.ts';
import { babbling, counting, endless, flipping, reordering, truncating } from '../support/liars.ts';
import { LongChain } from '../support/long-chain.ts';
import { copyFrom, refusalOf } from '../support/newcomer.ts';
import { seededRandom } from '../support/seeded-random.ts';

const never = new AbortController().signal;

function space(): Promise<Space> {
  return memoryStore().space('chain');
}

describe('a whole copy', () => {
  // Real signatures, and entries so long that a bundle takes several frames.
  let chain: TestChain;
  let ledger: Ledger;
  let contents: LedgerContents;

  beforeAll(async () => {
    chain = await TestChain.create();
    ledger = await chain.createLedger(await space());
    const invited = await chain.invite('Bob');
    await ledger.commit(await chain.block([invited]));
    await ledger.commit(await chain.block([await chain.join('Bob', invited)]));
    for (let block = 0; block < 3; block++) {
      await ledger.commit(await chain.entries(...Array.from({ length: 100 }, (_, i) => `${block}/${i} `.padEnd(300, 'x'))));
    }
    contents = await contentsOf(ledger);
  });

  test('is equal to what it was copied from', async () => {
    const copy = await copyFrom([sessionWith(ledger)], chain, await space(), never);
    expect(copy.complete).toBe(true);
    expect(await contentsOf(copy)).toEqual(contents);
  });

  test('comes whole past any flipped bit, and the peer that served it is not asked again', async () => {
    const honest = counting();
    await copyFrom([sessionWith(ledger, { tamper: honest.tamper })], chain, await space(), never);
    const random = seededRandom(21);
    for (let frame = 0; frame < honest.frames(); frame++) {
      for (let round = 0; round < 4; round++) {
        const lie = flipping(frame, random);
        const liar = sessionWith(ledger, { peer: 'liar', tamper: lie.tamper });
        const peers = [liar, sessionWith(ledger)];
        const copy = await copyFrom(peers, chain, await space(), never);
        expect(await contentsOf(copy), `frame ${frame}`).toEqual(contents);
        expect(peers.map(({ open }) => open)).toEqual([0, 0]);
      }
    }
  });

  test('comes whole past peers that cut, reorder, babble, or never end', async () => {
    const random = seededRandom(22);
    const wrong = [
      ...[0, 1, 2, 3].map((count) => truncating(count)),
      reordering,
      babbling(random, 1).tamper,
      babbling(random, 100).tamper,
      endless().tamper,
    ];
    for (const [i, tamper] of wrong.entries()) {
      const liars = [0, 1].map((n) => sessionWith(ledger, { peer: `liar ${i}/${n}`, tamper }));
      const copy = await copyFrom([...liars, sessionWith(ledger)], chain, await space(), never);
      expect(await contentsOf(copy)).toEqual(contents);
    }
  });

  test('is not had from such peers alone, and no more is read of them than the answer could be', async () => {
    const random = seededRandom(23);
    const peers = [endless(), babbling(random, 64 * 1024), babbling(random, 20)];
    const { point, certificate } = { point: ledger.tip, certificate: ledger.certificate };
    const copy = await Ledger.adopt(await space(), chain.genesisLeaf, { point, certificate, names: [] });
    for (const { tamper, served } of peers) {
      const session = sessionWith(ledger, { tamper });
      expect(await refusalOf(fillHistory(copy, () => [session], { onProgress: () => undefined }, never))).toBe('not-available');
      expect(served()).toBeLessThan(10);
    }
  });
});

describe('history', () => {
  const HEIGHT = 20;
  // Fake signatures, many bundles: 9,000 leaves.
  let long: LongChain;
  let source: Ledger;

  beforeAll(async () => {
    long = await LongChain.create(HEIGHT, () => 500);
    source = await long.grown(await space(), HEIGHT);
  });

  async function fill(
    copy: Ledger,
    peers: () => readonly Session[],
    signal: AbortSignal = never,
  ): Promise<readonly (readonly [number, number])[]> {
    const progress: (readonly [number, number])[] = [];
    await fillHistory(copy, peers, { onProgress: (done, total) => progress.push([done, total]) }, signal);
    return progress;
  }

  test('tells how far it is, in leaves', async () => {
    const copy = await long.adopted(await space(), HEIGHT);
    const total = copy.tip.header.logSize;
    const progress = await fill(copy, () => [sessionWith(source)]);
    expect(progress[0]).toEqual([0, total]);
    expect(progress.at(-1)).toEqual([total, total]);
    expect(progress.every(([done], i) => i === 0 || done > (progress[i - 1]?.[0] ?? 0))).toBe(true);
  });

  test('is shared among the peers that there are', async () => {
    const copy = await long.adopted(await space(), HEIGHT);
    const peers = [sessionWith(source), sessionWith(source), sessionWith(source)];
    await fill(copy, () => peers);
    expect(await contentsOf(copy)).toEqual(long.contents(HEIGHT));
    for (const { asked, open } of peers) expect([asked > 0, open]).toEqual([true, 0]);
  });

  test('comes from one peer that is asked for one thing at a time', async () => {
    const copy = await long.adopted(await space(), HEIGHT);
    const session = sessionWith(source);
    await fillHistory(copy, () => [session], { onProgress: () => undefined, concurrency: 1 }, never);
    expect(await contentsOf(copy)).toEqual(long.contents(HEIGHT));
  });

  test('goes on with whoever is left when a peer goes away in the middle of an answer', async () => {
    const copy = await long.adopted(await space(), HEIGHT);
    const leaving = sessionWith(source, {
      async *tamper(honest) {
        let left = 5;
        for await (const frame of honest) {
          if (left-- === 0) throw new RefusalError({ code: 'closed', detail: 'the session closed' });
          yield frame;
        }
      },
    });
    await fill(copy, () => [leaving, sessionWith(source)]);
    expect(await contentsOf(copy)).toEqual(long.contents(HEIGHT));
  });

  test('goes on with a peer that comes later', async () => {
    const copy = await long.adopted(await space(), HEIGHT);
    const first = sessionWith(source, { tamper: truncating(3) });
    const later = sessionWith(source);
    const peers = () => (first.asked > 1 ? [first, later] : [first]);
    await fill(copy, peers);
    expect(await contentsOf(copy)).toEqual(long.contents(HEIGHT));
  });

  test('asks each peer whose answer did not hold once, and ends when nobody is left', async () => {
    const copy = await long.adopted(await space(), HEIGHT);
    const liars = [1, 2, 3].map((n) => sessionWith(source, { peer: `liar ${n}`, tamper: truncating(0) }));
    const again = sessionWith(source, { peer: 'liar 1', tamper: truncating(0) });
    expect(await refusalOf(fill(copy, () => [...liars, again]))).toBe('not-available');
    expect([...liars, again].map(({ asked }) => asked)).toEqual([1, 1, 1, 0]);
  });

  test('blames no peer for a failure of its own store, whatever code a peer sends', async () => {
    const at = await space();
    const copy = await long.adopted(at, HEIGHT);
    const full = new RefusalError({ code: 'storage-full', detail: 'no room' });
    const pretending = sessionWith(source, {
      // biome-ignore lint/correctness/useYield: it fails before it serves anything
      async *tamper() {
        throw full;
      },
    });
    await fill(copy, () => [pretending, sessionWith(source)]);
    expect(copy.complete).toBe(true);

    const broken = await long.adopted(await brokenAfter(await space(), 4, full), HEIGHT);
    const peers = [sessionWith(source), sessionWith(source)];
    expect(await refusalOf(fill(broken, () => peers))).toBe('storage-full');
    expect(peers.map(({ open }) => open)).toEqual([0, 0]);
  });

  /** A space that takes so many writes and then no more. */
  async function brokenAfter(space: Space, writes: number, error: RefusalError): Promise<Space> {
    let left = writes;
    return {
      get: (table, key) => space.get(table, key),
      range: (table, from, to, limit) => space.range(table, from, to, limit),
      write: (operations, durability) => (left-- > 0 ? space.write(operations, durability) : Promise.reject(error)),
    };
  }

  test('stops when it is told to, wherever it is, and goes on from there without asking for what it has', async () => {
    const whole = counting();
    await fill(await long.adopted(await space(), HEIGHT), () => [sessionWith(source, { tamper: whole.tamper })]);
    for (let stopAt = 1; stopAt < whole.frames(); stopAt += 19) {
      const at = await space();
      const copy = await long.adopted(at, HEIGHT);
      const controller = new AbortController();
      let frames = 0;
      const session = sessionWith(source, {
        async *tamper(honest) {
          for await (const frame of honest) {
            frames += 1;
            if (frames === stopAt) controller.abort();
            yield frame;
          }
        },
      });
      expect(await refusalOf(fill(copy, () => [session], controller.signal))).toBe('aborted');
      expect([session.open, copy.complete]).toEqual([0, false]);
      const rest = counting();
      const progress = await fill(copy, () => [sessionWith(source, { tamper: rest.tamper })]);
      expect(await contentsOf(copy)).toEqual(long.contents(HEIGHT));
      const [held] = progress[0] ?? [0];
      // What is here already is not asked for again: of 9,000 leaves about so much less is moved.
      expect(rest.bytes()).toBeLessThan(whole.bytes() * (1.05 - held / copy.tip.header.logSize));
    }
  });

  test('does not begin once it is told to stop', async () => {
    const session = sessionWith(source);
    const copy = await long.adopted(await space(), HEIGHT);
    expect(await refusalOf(fill(copy, () => [session], AbortSignal.abort()))).toBe('aborted');
  });

  test('follows a base that moves while it comes', async () => {
    const copy = await long.adopted(await space(), 2);
    let moved = false;
    const session = sessionWith(source, {
      async *tamper(honest) {
        for await (const frame of honest) {
          // As long as history is missing a tail of so many leaves becomes part of it.
          for (let height = copy.tip.header.height + 1; !moved && height <= HEIGHT; height++) await copy.commit(long.at(height));
          moved = true;
          yield frame;
        }
      },
    });
    await fill(copy, () => [session]);
    expect(copy.base.header.height).toBeGreaterThan(2);
    expect(await contentsOf(copy)).toEqual(long.contents(HEIGHT));
  });

  test('is served on by whoever has copied it', async () => {
    const copy = await long.adopted(await space(), HEIGHT);
    await fill(copy, () => [sessionWith(source)]);
    const second = await long.adopted(await space(), 15);
    await fill(second, () => [sessionWith(copy)]);
    expect(await contentsOf(second)).toEqual(long.contents(15));
  });

  test('comes without the bodies from a peer that lacks them, and with them if anybody else has them', async () => {
    const forgetful = await long.chain.createLedger(await space());
    for (const block of long.blocks)
      await forgetful.commit({ ...block, bodies: block.bodies.map((bodies) => bodies.map(() => undefined)) });
    const copy = await long.adopted(await space(), HEIGHT);
    await fill(copy, () => [sessionWith(forgetful)]);
    const { bodies, leaves } = await contentsOf(copy);
    expect(leaves).toEqual(long.contents(HEIGHT).leaves);
    // The founder's name came with the genesis.
    expect(bodies.flat().filter((body) => body !== undefined)).toHaveLength(1);

    const other = await long.adopted(await space(), HEIGHT);
    const peers = [sessionWith(forgetful), sessionWith(source)];
    await fill(other, () => peers);
    expect(await contentsOf(other)).toEqual(long.contents(HEIGHT));
  });

  test('brings the names of members that a snapshot came without', async () => {
    const { point, certificate } = long.snapshotAt(HEIGHT);
    const at = await space();
    const copy = await Ledger.adopt(at, long.chain.genesisLeaf, { point, certificate, names: [] });
    expect((await contentsOf(copy)).names).toEqual([undefined, undefined]);
    await fill(copy, () => [sessionWith(source)]);
    expect((await contentsOf(copy)).names).toEqual(['Alice', 'Bob']);
    expect(await contentsOf((await Ledger.open(at)) ?? copy)).toEqual(long.contents(HEIGHT));
  });

  test('asks for bundles in ranges that peers can share', () => {
    expect(Math.ceil(source.tip.header.logSize / 256)).toBeGreaterThan(2 * BUNDLES_PER_REQUEST);
  });
});
