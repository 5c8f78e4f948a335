/**
 * Fork proofs (DESIGN §7, *Caught in the act*): what shows anybody, with nothing but the chain's id at hand, that those who
 * decide about it have let it become two. Each kind of contradiction is a case of one form; a proof goes from node to node,
 * and as a file from person to person.
 *
 * ```
 * genesis ── epoch 0 ── … ── epoch e ──┬── first ── headers ── certificate
 *            how trust came there      └── second ── headers ── certificate
 * ```
 */
import { FORK_HEADERS_MAX, FORK_PROOF_BYTES_MAX } from '../base/limits.ts';
import type { Result } from '../base/result.ts';
import { header } from './block.ts';
import { decode, encode, type Infer, list, named, tuple, variant } from './codec.ts';
import { lineage } from './lineage.ts';
import { certificate } from './vote.ts';

/** A block, and what makes it final: a finalization of the last of the headers that follow, of itself where none does. */
const finalBlock = named('final-block', tuple({ header, headers: list(header, FORK_HEADERS_MAX), certificate }));
export type FinalBlock = Infer<typeof finalBlock>;

export const forkProof = named(
  'fork-proof',
  variant({
    /** Both of one height and epoch, in the order of their ids. */
    'two-final-blocks': [1, { lineage, first: finalBlock, second: finalBlock }],
  }),
);
export type ForkProof = Infer<typeof forkProof>;
export type TwoFinalBlocks = Extract<ForkProof, { readonly type: 'two-final-blocks' }>;

export function encodeForkProof(proof: ForkProof): Uint8Array {
  return encode(forkProof, proof);
}

export function decodeForkProof(bytes: Uint8Array): Result<ForkProof> {
  return decode(forkProof, bytes, FORK_PROOF_BYTES_MAX);
}

/** Whether a file says of itself that it is a fork proof: a list whose first item is a number below 24, in CBOR. */
export function isForkProof(file: Uint8Array): boolean {
  const [head = 0, number = 0] = file;
  return head >> 5 === 4 && number > 0 && number < 24;
}
