/** Leaf 0: where every replay, newcomer and proof begins. What it founds follows from its bytes; its founders have signed it. */
import type { SignatureCheck } from '../base/key.ts';
import { itemAt, ok, type Result } from '../base/result.ts';
import { blockIdOf } from '../codec/block.ts';
import { decodeSignedGenesis, type Genesis, genesisSignedText, type SignedGenesis } from '../codec/genesis.ts';
import type { ChainPoint } from '../consensus/execute.ts';
import { appendLeaf, emptyFrontier } from '../log/frontier.ts';
import { leafHash } from '../log/merkle-hash.ts';
import { genesisState } from '../membership/genesis-state.ts';
import { asVerified } from '../membership/verified.ts';

/** The chain's first point, with what founded it. */
export type FirstPoint = ChainPoint & { readonly genesis: Genesis; readonly leaf: Uint8Array };

export interface OpenedGenesis {
  readonly point: FirstPoint;
  /** Those of all founders, still to be checked. */
  readonly signatures: readonly SignatureCheck[];
}

/** The first point of the chain that leaf 0 founds; `malformed`, `wrong-genesis` or `bad-signature` if it founds none. */
export function openGenesis(leaf: Uint8Array): Result<OpenedGenesis> {
  const signed = decodeSignedGenesis(leaf);
  if (!signed.ok) return signed;
  const first = genesisState(asVerified(signed.value));
  if (!first.ok) return first;
  const { header, state } = first.value;
  const { genesis } = signed.value;
  const frontier = appendLeaf(emptyFrontier(), leafHash(leaf));
  const point = { header, id: blockIdOf(header), state, frontier, recovery: genesis.recovery, genesis, leaf };
  return ok({ point, signatures: founderSignatures(signed.value) });
}

/** By each founder, in order; `genesisState` has counted them. */
function founderSignatures({ genesis, signatures }: SignedGenesis): readonly SignatureCheck[] {
  const message = genesisSignedText(genesis);
  return genesis.founders.map(({ node: key }, i) => ({ key, message, signature: itemAt(signatures, i) }));
}
