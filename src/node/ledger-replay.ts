/** A ledger as the source of a replay: nothing in it is believed because it is our own copy. */
import { RefusalError } from '../core/base/result.ts';
import type { Ledger } from './ledger.ts';
import type { ReplaySource } from './replaying.ts';

/** The ledger as it stands. Throws `not-available` while history is missing, or while the tip's certificate is to come. */
export function replaySource(ledger: Ledger): ReplaySource {
  const { chain, genesisLeaf, tip, certificate } = ledger;
  if (!ledger.complete) throw notYet('the history is not all here yet');
  if (!ledger.certified) throw notYet('the tip is final by a block that is not here yet');
  return {
    chain,
    genesisLeaf,
    tip: tip.header,
    certificate,
    headers: (from, to) => ledger.headers(from, to),
    leaves: async (from, to) => (await ledger.leaves(from, to)).map(({ bytes }) => bytes),
    epochs: (from, limit) => ledger.epochs.from(from, limit),
  };
}

function notYet(detail: string): RefusalError {
  return new RefusalError({ code: 'not-available', detail });
}
