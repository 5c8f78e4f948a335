/** Blocks that are not final: what is held, how much of it, and that it is there again after a restart. */
import { beforeEach, expect, test } from 'vitest';
import { CANDIDATE_BYTES_MAX } from '../../src/core/base/limits.ts';
import { Candidates } from '../../src/node/candidates.ts';
import type { CommittedBlock } from '../../src/node/committed-block.ts';
import type { Ledger } from '../../src/node/ledger.ts';
import { Verification } from '../../src/node/verification.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { type TestAction, TestChain } from '../support/chain.ts';

/** Of an entry: with what is around it, not quite a body's most. */
const LONG_BYTES = 60_000;
let chain: TestChain;
let ledger: Ledger;

beforeEach(async () => {
  chain = await TestChain.create({ signatures: 'fake' });
  ledger = await chain.createLedger(await memoryStore().space('chain'));
});

const opened = () => Candidates.open({ ledger, verification: new Verification(chain.verifier), waiting: () => undefined });

/** The next block of the chain as it was built here, one on the other. */
async function built(candidates: Candidates): Promise<CommittedBlock> {
  const block = await chain.entries(`entry ${chain.tip.header.height}`);
  candidates.built(
    block.point,
    block.transactions,
    block.bodies.map((bodies) => bodies.flatMap((body) => body ?? [])),
  );
  return block;
}

test('all that was voted for is there after a restart, however many a standstill brings', { timeout: 60_000 }, async () => {
  const candidates = await opened();
  const count = 300;
  for (let i = 0; i < count; i++) await built(candidates);
  const { rows, written } = candidates.unwritten(chain.tip.id);
  await ledger.space.write(rows, 'strict');
  written();
  expect((await opened()).sound()).toHaveLength(count);
});

test('only what was voted for, and what there is a reason to hold with all below it, is kept', async () => {
  const candidates = await opened();
  const [voted, below, held, other] = [await built(candidates), await built(candidates), await built(candidates), await built(candidates)];
  candidates.unwritten(voted.point.id).written();
  candidates.keepOnly([held.point.id]);
  expect([voted, below, held, other].map(({ point }) => candidates.get(point.id) !== undefined)).toEqual([true, true, true, false]);
  candidates.keepOnly([]);
  expect([voted, below, held].map(({ point }) => candidates.get(point.id) !== undefined)).toEqual([true, false, false]);
});

test('what is held of one block is bounded in bytes', async () => {
  const many: TestAction[] = [];
  for (let i = 0; i * LONG_BYTES <= CANDIDATE_BYTES_MAX; i++) many.push(await chain.entry(`${i}${'x'.repeat(LONG_BYTES)}`));
  const { header } = (await chain.entries('another')).point;
  const candidates = await opened();
  const candidate = candidates.add(
    header,
    many.map(({ transaction }) => transaction.id),
  );
  const items = many.map(({ transaction, bodies }) => ({ leaf: transaction.bytes, bodies: [...bodies] }));
  candidates.fill(candidate, items);
  expect(candidates.missing(candidate)).toHaveLength(1);
});
