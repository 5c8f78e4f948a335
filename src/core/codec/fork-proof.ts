/**
 * Fork proofs (DESIGN §7, *Caught in the act*): what shows anybody, with nothing but the chain's id at hand, that those who
 * decide about it have let it become two. Each kind of contradiction is a case of one form; a proof goes from node to node,
 * and as a file from person to person.
 *
 * ```
 * genesis ── epoch 0 ── … ── epoch e ──┬── first ── headers ── certificate
 *            how trust came there      └── second ── headers ── certificate
 *
 *                                  ┌── log of a final block, at the checkpoint's size: `root`
 * genesis ── epoch 0 ── … ── epoch e ──┴── checkpoint of that size with another root, signed by validators
 * ```
 */
import { CHECKPOINT_NOTE_BYTES_MAX, FORK_HEADERS_MAX, FORK_PROOF_BYTES_MAX } from '../base/limits.ts';
import type { Result } from '../base/result.ts';
import { header } from './block.ts';
import { bytes, decode, encode, type Infer, list, named, tuple, variant } from './codec.ts';
import { lineage } from './lineage.ts';
import { hash } from './primitives.ts';
import { logProofHashes } from './sync-message.ts';
import { certificate } from './vote.ts';

/** A block, and what makes it final: a finalization of the last of the headers that follow, of itself where none does. */
const finalBlock = named('final-block', tuple({ header, headers: list(header, FORK_HEADERS_MAX), certificate }));
export type FinalBlock = Infer<typeof finalBlock>;

export const forkProof = named(
  'fork-proof',
  variant({
    /** Both of one height and epoch, in the order of their ids. */
    'two-final-blocks': [1, { lineage, first: finalBlock, second: finalBlock }],
    /** A note that validators of the epoch have signed, and how the log of `root` at its size leads to that of the block. */
    'checkpoint-and-block': [
      2,
      { lineage, checkpoint: bytes(CHECKPOINT_NOTE_BYTES_MAX, 1), root: hash, consistency: logProofHashes, block: finalBlock },
    ],
  }),
);
export type ForkProof = Infer<typeof forkProof>;
export type CheckpointAndBlock = Extract<ForkProof, { readonly type: 'checkpoint-and-block' }>;
export type TwoFinalBlocks = Extract<ForkProof, { readonly type: 'two-final-blocks' }>;

export function encodeForkProof(proof: ForkProof): Uint8Array {
  return encode(forkProof, proof);
}

export function decodeForkProof(from: Uint8Array): Result<ForkProof> {
  return decode(forkProof, from, FORK_PROOF_BYTES_MAX);
}

/** Whether a file says of itself that it is a fork proof: a list whose first item is a number below 24, in CBOR. */
export function isForkProof(file: Uint8Array): boolean {
  const [head = 0, number = 0] = file;
  return head >> 5 === 4 && number > 0 && number < 24;
}
