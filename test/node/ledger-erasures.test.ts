/** A ledger forgets what the state says is erased, wherever it comes from: its own rows, those of long ago, and peers that kept it. */
import { beforeAll, describe, expect, test } from 'vitest';
import { BUNDLE_LEAVES } from '../../src/core/base/limits.ts';
import { decodeBody } from '../../src/core/codec/body.ts';
import type { LeafBodies } from '../../src/core/codec/sync-message.ts';
import type { SignedEntry } from '../../src/core/codec/transaction.ts';
import { buildBlock } from '../../src/core/consensus/execute.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import { Candidates } from '../../src/node/candidates.ts';
import { entryAt } from '../../src/node/erasing.ts';
import { Ledger } from '../../src/node/ledger.ts';
import type { Space } from '../../src/node/ports.ts';
import { Verification } from '../../src/node/verification.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { TestChain } from '../support/chain.ts';
import { sessionWith } from '../support/fake-session.ts';
import { contentsOf } from '../support/ledger-contents.ts';
import { copyFrom } from '../support/newcomer.ts';

const never = new AbortController().signal;
const SECRET = 'the key is under the mat';

function space(): Promise<Space> {
  return memoryStore().space('chain');
}

function textsIn(bodies: LeafBodies): readonly (string | undefined)[] {
  return bodies.map((body) => {
    const read = body === undefined ? undefined : decodeBody(body);
    return read?.ok === true ? new TextDecoder().decode(read.value.content) : undefined;
  });
}

async function textAt(ledger: Ledger, index: number): Promise<readonly (string | undefined)[]> {
  const [leaf] = await ledger.leaves(index, index + 1);
  if (leaf === undefined) throw new Error(`leaf ${index} is not here`);
  return textsIn(leaf.bodies);
}

async function signedAt(ledger: Ledger, index: number): Promise<SignedEntry> {
  const found = await entryAt(ledger, index);
  if (found === undefined || found === 'none') throw new Error(`no entry at leaf ${index}`);
  return found.signed;
}

describe('a text in the first of two bundles, another in the tail', () => {
  let chain: TestChain;
  /** Its disk is that of a peer that keeps everything: what is erased is erased on a copy. */
  let kept: Ledger;
  let honest: Ledger;
  let tip: number;

  beforeAll(async () => {
    chain = await TestChain.create({ signatures: 'fake' });
    [kept, honest] = [await chain.createLedger(await space()), await chain.createLedger(await space())];
    const commit = async (...texts: readonly string[]) => {
      const block = await chain.entries(...texts);
      for (const ledger of [kept, honest]) await ledger.commit(block);
    };
    await commit(SECRET, 'entry 0');
    for (let leaf = 3; leaf < BUNDLE_LEAVES + 20; leaf += 30) await commit(...Array.from({ length: 30 }, (_, i) => `entry ${leaf + i}`));
    for (const ledger of [kept, honest]) await ledger.fold();
    await commit(SECRET, 'after it');
    tip = honest.tip.header.logSize - 2;
    for (const leaf of [1, tip]) {
      const entry = await signedAt(honest, leaf);
      const block = await chain.block([await chain.sign(chain.founder, { type: 'erase-body', leaf, entry })]);
      await honest.commit(block);
    }
  });

  test('go, and nothing else does; what is committed to stays the same', async () => {
    expect([await textAt(honest, 1), await textAt(honest, tip)]).toEqual([[undefined], [undefined]]);
    expect([await textAt(honest, 2), await textAt(honest, tip + 1)]).toEqual([['entry 0'], ['after it']]);
    const [before, after] = [await contentsOf(kept), await contentsOf(honest)];
    expect(after.leaves.slice(0, before.leaves.length)).toEqual(before.leaves);
    expect(await honest.history.rootAt(kept.tip.header.logSize)).toEqual(kept.tip.header.logRoot);
    const reopened = await Ledger.open(honest.space);
    expect(reopened && (await contentsOf(reopened))).toEqual(after);
    await honest.fold();
    expect(await contentsOf(honest)).toEqual(after);
  });

  test('are not taken from a peer that kept them', async () => {
    const hoarder = await copyFrom([sessionWith(honest)], chain, await space(), never);
    const row = await kept.space.get('bodies', 0);
    if (row === undefined) throw new Error('it was folded');
    await hoarder.space.write([{ type: 'put', table: 'bodies', key: 0, value: row }], 'relaxed');
    expect(await textAt(hoarder, 1)).toEqual([SECRET]);
    const copy = await copyFrom([sessionWith(hoarder)], chain, await space(), never);
    expect(await contentsOf(copy)).toEqual(await contentsOf(honest));
  });

  test('are not kept by who had them, was away for long, and begins anew from a snapshot', async () => {
    const disk = await space();
    await copyFrom([sessionWith(kept)], chain, disk, never);
    const copy = await copyFrom([sessionWith(honest)], chain, disk, never);
    expect(await contentsOf(copy)).toEqual(await contentsOf(honest));
  });
});

test('a block that erases what its leaf is not gets no vote, whoever proposes it', async () => {
  const chain = await TestChain.create({ signatures: 'fake' });
  const ledger = await chain.createLedger(await space());
  await ledger.commit(await chain.entries('mine', 'another'));
  const candidates = await Candidates.open({ ledger, verification: new Verification(chain.verifier), waiting: () => undefined });
  const entry = await signedAt(ledger, 1);
  for (const [leaf, isSound] of [
    [2, false],
    [1, true],
  ] as const) {
    const { transaction, bodies } = await chain.sign(chain.founder, { type: 'erase-body', leaf, entry });
    const proposal = { view: 2, time: chain.now, proposerSeat: 0, parentSigners: ledger.certificate.signers };
    const { point } = buildBlock(ledger.tip, proposal, [asVerified(transaction)]);
    const candidate = candidates.add(point.header, [transaction.id]);
    if (candidate === undefined) throw new Error('there is room');
    // Where a block fails, its parts are asked for once more.
    let sound: boolean | undefined;
    for (let round = 0; round < 2 && sound === undefined; round++) {
      candidates.fill(candidate, [{ leaf: transaction.bytes, bodies: [...bodies] }]);
      sound = await candidates.execute(candidate);
    }
    expect(sound).toBe(isSound);
  }
});
