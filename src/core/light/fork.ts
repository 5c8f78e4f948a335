/** What a fork proof proves, whatever its kind, and what its kinds have in common. */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import type { SignatureCheck } from '../base/key.ts';
import { type Result, refuse } from '../base/result.ts';
import { blockIdOf, type Header } from '../codec/block.ts';
import type { FinalBlock, ForkProof } from '../codec/fork-proof.ts';
import { type Seat, type TrustSet, trustSetDigest } from '../codec/records.ts';
import { finalitySignatures, headersConnect } from './finality.ts';

/** What is proved once the signatures hold. */
export interface Fork {
  readonly kind: ForkProof['type'];
  readonly chain: Hash;
  readonly epoch: number;
  /** Of the final blocks, or of the one. */
  readonly height: number;
  readonly blocks: readonly Hash[];
  /** That is not of the block's log. */
  readonly checkpoint: { readonly size: number; readonly root: Hash } | undefined;
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

/** The signatures under which a block is final: over itself, or over the last of the headers that lead on from it. */
export function finalSignatures({ header, headers, certificate }: FinalBlock, trust: TrustSet): Result<readonly SignatureCheck[]> {
  if (!isOf(header, trust)) return refuse('wrong-trust-set', `height ${header.height} is not of epoch ${trust.epoch}`);
  const certified = headers.at(-1) ?? header;
  const connected = headersConnect({ id: blockIdOf(header), header }, headers, certified);
  return connected.ok ? finalitySignatures(certified, certificate, trust) : connected;
}

function isOf(header: Header, trust: TrustSet): boolean {
  return header.epoch === trust.epoch && equal(header.trust, trustSetDigest(trust));
}

/** The seats with these numbers. */
export function seatsAt({ seats }: TrustSet, indexes: readonly number[]): Fork['signers'] {
  return indexes.flatMap((index) => seats.slice(index, index + 1).map((seat) => ({ index, seat })));
}
