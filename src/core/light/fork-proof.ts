/**
 * What a fork proof proves, for whoever knows nothing of a chain but its id: each function says what must hold and gives back
 * the signatures still to be checked. Nothing is believed before those are.
 *
 * Two quorums of one trust set overlap in more members than may be faulty. So if both blocks are final, honest validators
 * alone cannot have made them so, and those in both certificates are whom to ask. In one view nobody honest finalizes twice:
 * there each of them is convicted.
 */
import { compare, equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import type { SignatureCheck } from '../base/key.ts';
import { ok, type Refusal, type Result, refuse } from '../base/result.ts';
import { blockIdOf, type Header } from '../codec/block.ts';
import type { FinalBlock, ForkProof, TwoFinalBlocks } from '../codec/fork-proof.ts';
import type { Lineage } from '../codec/lineage.ts';
import { type Seat, type TrustSet, trustSetDigest } from '../codec/records.ts';
import { seatsOf } from '../codec/vote.ts';
import { finalitySignatures, headersConnect } from './finality.ts';
import { trustPasses } from './lineage.ts';

/** What is proved once the signatures hold. */
export interface Fork {
  readonly kind: ForkProof['type'];
  readonly chain: Hash;
  readonly epoch: number;
  readonly height: number;
  readonly blocks: readonly [Hash, Hash];
  /** Who decided in that epoch. */
  readonly trust: TrustSet;
  /** By number of seat: those who signed both. */
  readonly signers: readonly { readonly index: number; readonly seat: Seat }[];
  /** Whether both were finalized in one view, so that each of them broke the rules by that alone. */
  readonly convicts: boolean;
  /** Whether a recovery began an epoch on the way: whoever did not agree to it believes nothing that rests on it. */
  readonly restsOnRecovery: boolean;
}

export interface OpenedForkProof {
  readonly fork: Fork;
  /** All must hold. */
  readonly signatures: readonly SignatureCheck[];
}

/** Reads a proof: what it proves, under which signatures; or why it proves nothing. */
export function openForkProof(proof: ForkProof): Result<OpenedForkProof> {
  const passed = trustPasses(proof.lineage);
  if (!passed.ok) return passed;
  const { chain, trust, signatures } = passed.value;
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

/** The signatures under which a block is final: over itself, or over the last of the headers that lead on from it. */
function finalSignatures({ header, headers, certificate }: FinalBlock, trust: TrustSet): Result<readonly SignatureCheck[]> {
  if (!isOf(header, trust)) return refuse('wrong-trust-set', `height ${header.height} is not of epoch ${trust.epoch}`);
  const certified = headers.at(-1) ?? header;
  const connected = headersConnect({ id: blockIdOf(header), header }, headers, certified);
  return connected.ok ? finalitySignatures(certified, certificate, trust) : connected;
}

function isOf(header: Header, trust: TrustSet): boolean {
  return header.epoch === trust.epoch && equal(header.trust, trustSetDigest(trust));
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
    trust,
    signers: both.flatMap((index) => trust.seats.slice(index, index + 1).map((seat) => ({ index, seat }))),
    convicts: first.certificate.subject.view === second.certificate.subject.view,
    restsOnRecovery: lineage.epochs.some(({ recovery }) => recovery !== undefined),
  };
}

/** Two final blocks of one height as a proof, in its one form. */
export function twoFinalBlocks(lineage: Lineage, one: FinalBlock, other: FinalBlock): TwoFinalBlocks {
  const inOrder = compare(blockIdOf(one.header), blockIdOf(other.header)) < 0;
  return { type: 'two-final-blocks', lineage, first: inOrder ? one : other, second: inOrder ? other : one };
}
