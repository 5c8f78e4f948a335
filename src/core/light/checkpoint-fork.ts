/**
 * A checkpoint that is not of the log of a final block, as proof of a fork: honest validators sign only what is final. So if
 * more of them than may be faulty have signed the checkpoint, two histories became final. A lie that fewer tell is their own, and
 * proves no fork.
 */
import { equal } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { ok, type Result, refuse } from '../base/result.ts';
import { blockIdOf } from '../codec/block.ts';
import type { CheckpointAndBlock } from '../codec/fork-proof.ts';
import type { TrustSet } from '../codec/records.ts';
import { seatsOf } from '../codec/vote.ts';
import { decodeCheckpoint, originOf, type SignedCheckpoint } from '../log/checkpoint.ts';
import { encodeNote } from '../log/note.ts';
import { hasRepeatedSigner, openNote } from '../log/open-note.ts';
import { verifyConsistency } from '../log/proof.ts';
import { isSameKey, type NamedKey, type VerifierKey } from '../log/verifier-key.ts';
import { faultsTolerated } from '../policy/quorum.ts';
import { type Fork, finalSignatures, type OpenedForkProof, seatsAt } from './fork.ts';
import type { Passed } from './lineage.ts';
import { logSigners } from './log-signers.ts';

/** Keys of an epoch's validators, by number of seat: those whose signatures count here. */
export function validatorKeys(chain: Hash, trust: TrustSet): readonly (readonly VerifierKey[])[] {
  const validators = logSigners(chain, trust).filter(({ office }) => office === 'validator');
  return validators.map(({ cosigner, log }) => (log === undefined ? [cosigner] : [cosigner, log]));
}

/** Reads such a proof: what it proves, under which signatures; or why it proves nothing. */
export function openCheckpointFork(proof: CheckpointAndBlock, passed: Passed): Result<OpenedForkProof> {
  const { chain, trust } = passed;
  const read = readWhole(proof.checkpoint);
  if (!read.ok) return read;
  const { checkpoint, note } = read.value;
  if (checkpoint.origin !== originOf(chain)) return refuse('wrong-origin', 'a checkpoint of another log');
  const { header } = proof.block;
  const leads = verifyConsistency(checkpoint.size, proof.root, header.logSize, header.logRoot, proof.consistency);
  if (!leads.ok) return leads;
  if (equal(proof.root, checkpoint.root)) return refuse('fork-refuted', 'the checkpoint is of the block’s log');
  const final = finalSignatures(proof.block, trust);
  if (!final.ok) return final;
  const keys = validatorKeys(chain, trust);
  const opening = openNote(note, keys.flat());
  if (!opening.ok) return opening;
  if (opening.value.unknown.length > 0) return refuse('not-canonical', 'a signature by nobody who decides');
  if (hasRepeatedSigner(opening.value)) return refuse('not-canonical', 'one key has signed twice');
  const signed = keys.flatMap((own, index) => (own.some((key) => isAmong(key, note.signatures)) ? [index] : []));
  if (signed.length <= faultsTolerated(trust.seats.length)) return refuse('fork-refuted', 'so few may lie without a fork');
  return ok({
    fork: forkOf(proof, checkpoint, passed, signed),
    signatures: [...passed.signatures, ...final.value, ...opening.value.checks],
  });
}

function isAmong(key: NamedKey, lines: readonly NamedKey[]): boolean {
  return lines.some((line) => isSameKey(line, key));
}

/** In its one spelling. */
function readWhole(bytes: Uint8Array): Result<SignedCheckpoint> {
  const read = decodeCheckpoint(bytes);
  if (!read.ok || equal(encodeNote(read.value.note), bytes)) return read;
  return refuse('not-canonical', 'the note is not in its one spelling');
}

function forkOf(
  { type, lineage, block }: CheckpointAndBlock,
  { size, root }: SignedCheckpoint['checkpoint'],
  { chain, trust }: Passed,
  signed: readonly number[],
): Fork {
  const certified = new Set(seatsOf(block.certificate.signers));
  return {
    kind: type,
    chain,
    epoch: trust.epoch,
    height: block.header.height,
    blocks: [blockIdOf(block.header)],
    checkpoint: { size, root },
    trust,
    signers: seatsAt(
      trust,
      signed.filter((index) => certified.has(index)),
    ),
    convicts: false,
    restsOnRecovery: lineage.epochs.some(({ recovery }) => recovery !== undefined),
  };
}
