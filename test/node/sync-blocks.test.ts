import { beforeAll, describe, expect, test } from 'vitest';
import { blockIdOf } from '../../src/core/codec/block.ts';
import type { CommittedBlock } from '../../src/node/committed-block.ts';
import type { Ledger } from '../../src/node/ledger.ts';
import type { Session, Space } from '../../src/node/ports.ts';
import { type CatchUpPorts, catchUpBlocks } from '../../src/node/sync-blocks.ts';
import { Verification } from '../../src/node/verification.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { TestChain } from '../support/chain.ts';
import { sessionWith } from '../support/fake-session.ts';
import { contentsOf } from '../support/ledger-contents.ts';
import { babbling, counting, endless, flipping, reordering, truncating } from '../support/liars.ts';
import { LongChain } from '../support/long-chain.ts';
import { refusalOf } from '../support/newcomer.ts';
import { seededRandom } from '../support/seeded-random.ts';

const never = new AbortController().signal;
const BLOCKS = 60;
let long: LongChain;
let source: Ledger;

function space(): Promise<Space> {
  return memoryStore().space('chain');
}

beforeAll(async () => {
  long = await LongChain.create(BLOCKS);
  source = await long.grown(await space(), BLOCKS);
});

/** Verifies as the node does, and commits at once. */
async function commitAll(ledger: Ledger, blocks: readonly CommittedBlock[]): Promise<void> {
  for (const block of blocks) await ledger.commit(block);
}

function portsOf(ledger: Ledger): CatchUpPorts {
  const verification = new Verification(long.chain.verifier);
  return {
    verify: async (transactions, state) => (await verification.transactions(transactions, state, 'agreement')).map(({ ok }) => ok),
    onBlocks: (blocks) => commitAll(ledger, blocks),
  };
}

function targetAt(height: number) {
  const { point, certificate } = long.at(height);
  return { header: point.header, certificate };
}

function catchUp(ledger: Ledger, session: Session, height = BLOCKS, signal = never, ports = portsOf(ledger)): Promise<void> {
  return catchUpBlocks(ledger, session, targetAt(height), ports, signal);
}

describe('a node that was away', () => {
  test('executes what it missed, and holds what it would have held', async () => {
    for (const [from, to] of [
      [1, 2],
      [1, BLOCKS],
      [30, 31],
      [30, BLOCKS],
      [BLOCKS, BLOCKS],
    ] as const) {
      const ledger = await long.grown(await space(), from);
      await catchUp(ledger, sessionWith(source), to);
      expect(await contentsOf(ledger)).toEqual(long.contents(to));
      expect(ledger.certified).toBe(true);
      expect(ledger.certificate).toEqual(long.at(to).certificate);
    }
  });

  test('asks for nothing when it is not behind', async () => {
    const session = sessionWith(source);
    await catchUp(await long.grown(await space(), 20), session, 10);
    expect(session.asked).toBe(0);
  });

  test('commits many blocks in one turn of the queue, which a busy validator waits long for', async () => {
    const ledger = await long.grown(await space(), 3);
    const turns: number[] = [];
    const onBlocks: CatchUpPorts['onBlocks'] = async (blocks) => {
      turns.push(blocks.length);
      await commitAll(ledger, blocks);
    };
    await catchUp(ledger, sessionWith(source), BLOCKS, never, { ...portsOf(ledger), onBlocks });
    expect(turns).toEqual([32, BLOCKS - 3 - 32]);
    expect(await contentsOf(ledger)).toEqual(long.contents(BLOCKS));
  });

  test('is not certified while it is on its way', async () => {
    const ledger = await long.grown(await space(), 5);
    const certified: boolean[] = [];
    const { verify } = portsOf(ledger);
    const onBlocks: CatchUpPorts['onBlocks'] = async (blocks) => {
      for (const block of blocks) {
        await ledger.commit(block);
        certified.push(ledger.certified);
      }
    };
    await catchUp(ledger, sessionWith(source), 9, never, { verify, onBlocks });
    expect(certified).toEqual([false, false, false, true]);
  });

  test('catches up from one who is catching up, or who copied only a snapshot, as far as that one is', async () => {
    const halfway = await long.adopted(await space(), 40);
    for (let height = 41; height <= 50; height++) await halfway.commit(long.at(height));
    const ledger = await long.grown(await space(), 40);
    await catchUp(ledger, sessionWith(halfway), 50);
    expect(ledger.tip.id).toEqual(long.at(50).point.id);
    expect(await refusalOf(catchUp(ledger, sessionWith(halfway), BLOCKS))).toBe('not-available');
    expect(await refusalOf(catchUp(await long.grown(await space(), 30), sessionWith(halfway), 50))).toBe('not-available');
  });

  test('refuses two final blocks at one height', async () => {
    const fork = await TestChain.create({ signatures: 'fake' });
    const { point, certificate } = await fork.entries('another first block');
    const ledger = await long.grown(await space(), 1);
    const asked = catchUpBlocks(ledger, sessionWith(source), { header: point.header, certificate }, portsOf(ledger), never);
    expect(await refusalOf(asked)).toBe('conflicting-block');
  });

  test('refuses headers that do not lead from its tip to the target', async () => {
    const fork = await TestChain.create({ signatures: 'fake' });
    const forked = await fork.createLedger(await space());
    for (let i = 0; i < 9; i++) await forked.commit(await fork.entries(`fork ${i}`));
    const ledger = await long.grown(await space(), 3);
    expect(await refusalOf(catchUp(ledger, sessionWith(forked), 9))).toBe('bad-proof');
    expect(ledger.tip.header.height).toBe(3);
  });

  test('refuses a block whose signatures do not hold, though it is final', async () => {
    const ledger = await long.grown(await space(), 3);
    const { onBlocks } = portsOf(ledger);
    const verify: CatchUpPorts['verify'] = async (transactions) => transactions.map((_, i) => i !== 0);
    expect(await refusalOf(catchUp(ledger, sessionWith(source), 9, never, { verify, onBlocks }))).toBe('bad-signature');
    expect(ledger.tip.header.height).toBe(3);
  });

  test('takes blocks without the bodies that the peer does not hold', async () => {
    const forgetful = await long.chain.createLedger(await space());
    for (const block of long.blocks)
      await forgetful.commit({ ...block, bodies: block.bodies.map((bodies) => bodies.map(() => undefined)) });
    const ledger = await long.grown(await space(), 50);
    await catchUp(ledger, sessionWith(forgetful));
    const { leaves, bodies } = await contentsOf(ledger);
    expect(leaves).toEqual(long.contents(BLOCKS).leaves);
    expect(bodies.flat().filter((body) => body !== undefined)).toHaveLength(long.contents(50).bodies.flat().length);
  });

  test('stops where it is told to, and goes on from there', async () => {
    const ledger = await long.grown(await space(), 3);
    const controller = new AbortController();
    const { verify } = portsOf(ledger);
    const onBlocks: CatchUpPorts['onBlocks'] = async (blocks) => {
      await commitAll(ledger, blocks);
      controller.abort();
    };
    const session = sessionWith(source);
    expect(await refusalOf(catchUp(ledger, session, BLOCKS, controller.signal, { verify, onBlocks }))).toBe('aborted');
    expect(session.open).toBe(0);
    expect(ledger.tip.header.height).toBeGreaterThan(3);
    expect(ledger.tip.header.height).toBeLessThan(BLOCKS);
    await catchUp(ledger, session);
    expect(await contentsOf(ledger)).toEqual(long.contents(BLOCKS));
  });

  test('ends with the failure of whoever takes the blocks, and does not call it the peer’s', async () => {
    const ledger = await long.grown(await space(), 3);
    const session = sessionWith(source);
    const onBlocks = () => Promise.reject(new Error('the disk is on fire'));
    await expect(catchUp(ledger, session, BLOCKS, never, { ...portsOf(ledger), onBlocks })).rejects.toThrow('on fire');
    expect(session.open).toBe(0);
  });
});

describe('whatever a peer sends', () => {
  test('no flipped bit gets a block in that is not the chain’s, and another peer completes it', async () => {
    const honest = counting();
    await catchUp(await long.grown(await space(), 40), sessionWith(source, { tamper: honest.tamper }));
    const random = seededRandom(31);
    for (let frame = 0; frame < honest.frames(); frame++) {
      for (let round = 0; round < 3; round++) {
        const ledger = await long.grown(await space(), 40);
        const session = sessionWith(source, { tamper: flipping(frame, random).tamper });
        expect(await refusalOf(catchUp(ledger, session))).toBeDefined();
        const { height } = ledger.tip.header;
        expect([blockIdOf(ledger.tip.header), session.open]).toEqual([long.at(height).point.id, 0]);
        await catchUp(ledger, sessionWith(source));
        expect(await contentsOf(ledger)).toEqual(long.contents(BLOCKS));
      }
    }
  });

  test('cut, reordered, endless and random answers are refused, and are not read on for ever', async () => {
    const random = seededRandom(32);
    const [forever, ...babble] = [endless(), babbling(random, 10), babbling(random, 64 * 1024)];
    const liars = [truncating(0), truncating(1), truncating(3), reordering, forever.tamper, ...babble.map(({ tamper }) => tamper)];
    for (const tamper of liars) {
      const ledger = await long.grown(await space(), 40);
      const session = sessionWith(source, { tamper });
      expect(await refusalOf(catchUp(ledger, session))).toBeDefined();
      expect(session.open).toBe(0);
    }
    for (const { served } of babble) expect(served()).toBeLessThan(10);
    expect(forever.served()).toBeLessThan(10);
  });
});
