/** Whether a copy is what a newcomer promised: all of the chain, from its genesis to a certified tip, with every body. */
import { equal } from '../../src/core/base/bytes.ts';
import { BUNDLE_LEAVES } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { bodyHash } from '../../src/core/codec/body.ts';
import { bodiesOf, decodeTransaction } from '../../src/core/codec/transaction.ts';
import { appendLeaves, emptyFrontier, frontierRoot } from '../../src/core/log/frontier.ts';
import { leafHash } from '../../src/core/log/merkle-hash.ts';
import { Ledger } from '../../src/node/ledger.ts';
import type { LedgerLeaf } from '../../src/node/ledger-bundles.ts';
import type { Space } from '../../src/node/ports.ts';
import { Verification } from '../../src/node/verification.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';

export interface VerifiedCopy {
  readonly chain: Uint8Array;
  readonly entries: number;
  readonly leaves: number;
}

/** Reads a space as after a restart and checks all of it anew. Throws, saying what is wrong. */
export async function verifyCopy(space: Space): Promise<VerifiedCopy> {
  const ledger = await Ledger.open(space);
  if (ledger === undefined || !ledger.complete) throw new Error('the copy is not complete');
  const { header } = ledger.tip;
  await new Verification(webCryptoVerifier()).finality(header, ledger.certificate, ledger.trust);
  let frontier = emptyFrontier();
  let entries = 0;
  for (let from = 0; from < header.logSize; from += BUNDLE_LEAVES) {
    const leaves = await ledger.leaves(from, Math.min(from + BUNDLE_LEAVES, header.logSize));
    frontier = appendLeaves(
      frontier,
      leaves.map(({ bytes }) => leafHash(bytes)),
    );
    entries += leaves.filter(isWholeEntry).length;
  }
  if (frontier.size !== header.logSize || !equal(frontierRoot(frontier), header.logRoot))
    throw new Error('the copy is not the certified log');
  return { chain: ledger.chain, entries, leaves: frontier.size };
}

/** Throws if a body that the leaf names is not here. */
function isWholeEntry({ index, bytes, bodies }: LedgerLeaf): boolean {
  if (index === 0) return false; // The genesis is no transaction.
  const { action } = unwrap(decodeTransaction(bytes)).unsigned;
  bodiesOf(action).forEach(({ hash }, i) => {
    const body = bodies[i];
    if (body === undefined || !equal(bodyHash(body), hash)) throw new Error(`a body of leaf ${index} is missing`);
  });
  return action.type === 'entry';
}
