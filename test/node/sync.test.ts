import { expect, test } from 'vitest';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { fetchFinality, fetchSnapshot } from '../../src/node/sync-client.ts';
import { fillHistory } from '../../src/node/sync-history.ts';
import { Ledger } from '../../src/node/ledger.ts';
import { grownChain } from '../support/chain.ts';
import { sessionWith } from '../support/fake-session.ts';

const never = new AbortController().signal;

test('a newcomer gets a full copy', async () => {
  const store = memoryStore();
  const { chain, ledger } = await grownChain(await store.space('a'), { blocks: 140, entriesPerBlock: 5, members: ['Bob'] });
  const session = sessionWith(ledger);
  const finality = await fetchFinality(session, { chain: chain.id, anchor: undefined, verifier: chain.verifier, now: chain.now }, never);
  const snapshot = await fetchSnapshot(session, { chain: chain.id, trust: finality.trust, verifier: chain.verifier, minimumHeight: finality.header.height }, never);
  const copy = await Ledger.adopt(await store.space('b'), finality.genesisLeaf, snapshot);
  await fillHistory(copy, () => [session], { onProgress: () => undefined }, never);
  expect(copy.complete).toBe(true);
  expect(await copy.leaves(0, 1000)).toEqual(await ledger.leaves(0, 1000));
});
