/** What a signer said of entries that are not here yet waits to be compared with them, whatever it signs meanwhile. */
import { expect, test } from 'vitest';
import { utf8 } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { CHECKPOINTS_WAITING_MAX } from '../../src/core/base/limits.ts';
import { logSigners } from '../../src/core/light/log-signers.ts';
import { checkpointText, originOf } from '../../src/core/log/checkpoint.ts';
import { encodeNote } from '../../src/core/log/note.ts';
import { noteSignature } from '../../src/core/log/open-note.ts';
import { Checkpoints } from '../../src/node/checkpoints.ts';
import type { CommittedBlock } from '../../src/node/committed-block.ts';
import type { Ledger } from '../../src/node/ledger.ts';
import { systemClock } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { TestChain } from '../support/chain.ts';
import { hashOf } from '../support/world.ts';

const LIE = hashOf('another history');

function checkpointsOn(ledger: Ledger): Checkpoints {
  return new Checkpoints({
    ledger,
    clock: systemClock(),
    verifier: webCryptoVerifier(),
    witnesses: [],
    sessions: () => [],
    push: (task) => void task(),
    changed: () => undefined,
    contradicted: () => Promise.resolve(),
  });
}

/** A ledger that lags behind a chain of ten blocks, and all that its validator could sign. */
async function behind() {
  const chain = await TestChain.create();
  const ledger = await chain.createLedger(await memoryStore().space('behind'));
  const [signer] = logSigners(chain.id, ledger.trust);
  const key = signer?.log ?? expect.fail('a validator publishes');
  const blocks: CommittedBlock[] = [];
  for (let i = 0; i < 10; i++) blocks.push(await chain.entries(`entry ${i}`));
  const signed = async (size: number, root: Hash | undefined = blocks[size - 2]?.point.header.logRoot) => {
    const text = checkpointText({ origin: originOf(chain.id), size, root: root ?? expect.fail('a block of this size') });
    return encodeNote({ text, signatures: [noteSignature(key, await chain.note.sign(utf8(text)))] });
  };
  const growsTo = async (size: number, checkpoints: Checkpoints) => {
    for (const block of blocks) {
      const { height } = block.point.header;
      if (height <= ledger.tip.header.height || block.point.header.logSize > size) continue;
      await ledger.commit(block);
      await checkpoints.committed();
    }
  };
  return { ledger, signed, growsTo };
}

const found = (checkpoints: Checkpoints) => checkpoints.contradictions().map(({ checkpoint: { size, root } }) => ({ size, root }));

test('a larger one by the same key does not take its place', async () => {
  const { ledger, signed, growsTo } = await behind();
  const checkpoints = checkpointsOn(ledger);
  await checkpoints.take(await signed(4, LIE), undefined);
  for (const size of [5, 6, 7, 8, 9, 10]) await checkpoints.take(await signed(size), undefined);
  expect(found(checkpoints)).toEqual([]);
  await growsTo(4, checkpoints);
  expect(found(checkpoints)).toEqual([{ size: 4, root: LIE }]);
  checkpoints.close();
});

test('nor does one that came before it, and a restart forgets neither', async () => {
  const { ledger, signed, growsTo } = await behind();
  const before = checkpointsOn(ledger);
  await before.take(await signed(8), undefined);
  await before.take(await signed(5, LIE), undefined);
  before.close();
  const after = checkpointsOn(ledger);
  await after.takeUp();
  await growsTo(10, after);
  expect(found(after)).toEqual([{ size: 5, root: LIE }]);
  expect(after.seen()).toMatchObject([{ checkpoint: { size: 8 }, agrees: true }]);
  after.close();
});

test('two of one size wait, and each that was compared makes room', async () => {
  const { ledger, signed, growsTo } = await behind();
  const checkpoints = checkpointsOn(ledger);
  await checkpoints.take(await signed(4), undefined);
  await checkpoints.take(await signed(4, LIE), undefined);
  for (let size = 5; size < 5 + CHECKPOINTS_WAITING_MAX; size++) await checkpoints.take(await signed(size), undefined);
  await growsTo(5, checkpoints);
  expect(found(checkpoints)).toEqual([{ size: 4, root: LIE }]);
  await checkpoints.take(await signed(7, LIE), undefined);
  await growsTo(10, checkpoints);
  // Of each signer the first is shown.
  expect(found(checkpoints)).toEqual([{ size: 4, root: LIE }]);
  checkpoints.close();
});

test('as many as there is room for, those first whose blocks come first', async () => {
  const { ledger, signed, growsTo } = await behind();
  const checkpoints = checkpointsOn(ledger);
  for (let size = 11; size > 5; size--) await checkpoints.take(await signed(size), undefined);
  await checkpoints.take(await signed(4, LIE), undefined);
  await growsTo(10, checkpoints);
  expect(found(checkpoints)).toEqual([{ size: 4, root: LIE }]);
  checkpoints.close();
});
