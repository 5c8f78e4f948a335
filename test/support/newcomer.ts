/** A newcomer that asks one peer after another, as the node does: finality, snapshot, history. */
import { RefusalError } from '../../src/core/base/result.ts';
import { Ledger } from '../../src/node/ledger.ts';
import type { Session, Space } from '../../src/node/ports.ts';
import { fetchFinality, fetchSnapshot, type Trusted } from '../../src/node/sync-client.ts';
import { fillHistory } from '../../src/node/sync-history.ts';
import type { TestChain } from './chain.ts';

/** A whole copy from whichever of the peers serve it right; throws the last refusal if none does. */
export async function copyFrom(peers: readonly Session[], chain: TestChain, space: Space, signal: AbortSignal): Promise<Ledger> {
  const { id, verifier, now } = chain;
  const { genesisLeaf, trust, header } = await anyOf(peers, (peer) =>
    fetchFinality(peer, { chain: id, anchor: undefined, verifier, now }, signal),
  );
  const trusted: Trusted = { chain: id, trust, verifier };
  const snapshot = await anyOf(peers, (peer) => fetchSnapshot(peer, { ...trusted, minimumHeight: header.height }, signal));
  const ledger = await Ledger.adopt(space, genesisLeaf, snapshot);
  await fillHistory(ledger, () => peers, { onProgress: () => undefined }, signal);
  return ledger;
}

/** The first answer that holds; a peer that is refused is followed by the next. */
export async function anyOf<T>(peers: readonly Session[], run: (peer: Session) => Promise<T>): Promise<T> {
  let refusal: unknown;
  for (const peer of peers) {
    try {
      return await run(peer);
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
      refusal = error;
    }
  }
  throw refusal;
}

/** The code with which something is refused; `undefined` if it is not. Anything but a refusal is thrown on. */
export async function refusalOf(run: Promise<unknown>): Promise<string | undefined> {
  try {
    await run;
    return undefined;
  } catch (error) {
    if (error instanceof RefusalError) return error.code;
    throw error;
  }
}
