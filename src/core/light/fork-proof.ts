/**
 * Judging fork proofs, for whoever knows nothing of a chain but its id: each function says what must hold and gives back
 * the signatures still to be checked. Nothing is believed before those are.
 *
 * Two quorums of one trust set overlap in more members than may be faulty. So if both blocks are final, honest validators
 * alone cannot have made them so, and those in both certificates are whom to ask. In one view nobody honest finalizes twice:
 * there each of them is convicted.
 */
import { compare, equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { ok, type Refusal, type Result, unreachable } from '../base/result.ts';
import { blockIdOf } from '../codec/block.ts';
import type { FinalBlock, ForkProof, TwoFinalBlocks } from '../codec/fork-proof.ts';
import type { Lineage } from '../codec/lineage.ts';
import type { TrustSet } from '../codec/records.ts';
import { seatsOf } from '../codec/vote.ts';
import { openCheckpointFork } from './checkpoint-fork.ts';
import { type Fork, finalSignatures, type OpenedForkProof, seatsAt } from './fork.ts';
import { type Passed, trustPasses } from './lineage.ts';

export type { Fork } from './fork.ts';

/** Reads a proof: what it proves, under which signatures; or why it proves nothing. */
export function openForkProof(proof: ForkProof): Result<OpenedForkProof> {
  const passed = trustPasses(proof.lineage);
  if (!passed.ok) return passed;
  switch (proof.type) {
    case 'two-final-blocks':
      return openTwoBlocks(proof, passed.value);
    case 'checkpoint-and-block':
      return openCheckpointFork(proof, passed.value);
    default:
      return unreachable(proof);
  }
}

function openTwoBlocks(proof: TwoFinalBlocks, { chain, trust, signatures }: Passed): Result<OpenedForkProof> {
  const { first, second } = proof;
  const refusal = contradictionProblem(proof, chain);
  if (refusal !== undefined) return { ok: false, refusal };
  const finals = [finalSignatures(first, trust), finalSignatures(second, trust)];
  const all = [...signatures];
  for (const final of finals) {
    if (!final.ok) return final;
    all.push(...final.value);
  }
  return ok({ fork: forkOf(proof, chain, trust), signatures: all });
}

/** Why the two blocks are none of one chain, or both may be right; `undefined` if they contradict each other. */
function contradictionProblem({ first, second }: TwoFinalBlocks, chain: Hash): Refusal | undefined {
  const [a, b] = [first.header, second.header];
  if (!equal(a.chain, chain) || !equal(b.chain, chain)) return { code: 'wrong-chain', detail: 'a block of another chain' };
  if (a.height !== b.height) return { code: 'fork-refuted', detail: `blocks of heights ${a.height} and ${b.height}` };
  const order = compare(blockIdOf(a), blockIdOf(b));
  if (order === 0) return { code: 'fork-refuted', detail: 'both blocks are the same' };
  return order < 0 ? undefined : { code: 'not-canonical', detail: 'the blocks are not in the order of their ids' };
}

function forkOf({ type, lineage, first, second }: TwoFinalBlocks, chain: Hash, trust: TrustSet): Fork {
  const inSecond = new Set(seatsOf(second.certificate.signers));
  const both = seatsOf(first.certificate.signers).filter((index) => inSecond.has(index));
  return {
    kind: type,
    chain,
    epoch: trust.epoch,
    height: first.header.height,
    blocks: [blockIdOf(first.header), blockIdOf(second.header)],
    checkpoint: undefined,
    trust,
    signers: seatsAt(trust, both),
    convicts: first.certificate.subject.view === second.certificate.subject.view,
    restsOnRecovery: lineage.epochs.some(({ recovery }) => recovery !== undefined),
  };
}

/** Two final blocks of one height as a proof, in its one form. */
export function twoFinalBlocks(lineage: Lineage, one: FinalBlock, other: FinalBlock): TwoFinalBlocks {
  const inOrder = compare(blockIdOf(one.header), blockIdOf(other.header)) < 0;
  return { type: 'two-final-blocks', lineage, first: inOrder ? one : other, second: inOrder ? other : one };
}
