/** From leaf 0 over each epoch's end to the trust set of a later one, for whoever knows nothing of a chain but its id. */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import type { SignatureCheck } from '../base/key.ts';
import { ok, type Result, refuse } from '../base/result.ts';
import type { Genesis } from '../codec/genesis.ts';
import type { Lineage } from '../codec/lineage.ts';
import type { TrustSet } from '../codec/records.ts';
import { trustSetOf } from '../membership/facts.ts';
import { epochSignatures } from './epochs.ts';
import { openGenesis } from './genesis.ts';

export interface Passed {
  readonly chain: Hash;
  readonly genesis: Genesis;
  /** In force after the last of the epochs that are told of. */
  readonly trust: TrustSet;
  /** All must hold. */
  readonly signatures: readonly SignatureCheck[];
}

export function trustPasses({ genesis, epochs }: Lineage): Result<Passed> {
  const opened = openGenesis(genesis);
  if (!opened.ok) return opened;
  const { point } = opened.value;
  const { chain } = point.header;
  let trust = trustSetOf(point.state);
  const signatures = [...opened.value.signatures];
  for (const fragment of epochs) {
    if (!equal(fragment.header.chain, chain)) return refuse('wrong-chain', 'an epoch of another chain');
    const ended = epochSignatures(fragment, trust, point.recovery);
    if (!ended.ok) return ended;
    signatures.push(...ended.value);
    trust = fragment.next;
  }
  return ok({ chain, genesis: point.genesis, trust, signatures });
}
