/**
 * What a C2SP tlog-proof of a chain's log proves. Whose signatures its checkpoint needs comes from the file itself, which
 * shows how trust came there from the genesis; or from a policy that the reader brings. Nothing is believed before the
 * signatures hold, and nothing in a file is left unread: a signature that nobody asks for is refused, and so is how trust
 * came there if it does not hold, also beside a policy that needs none of it.
 */
import { toHex } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import type { SignatureCheck } from '../base/key.ts';
import { ok, type Result, refuse } from '../base/result.ts';
import { decodeLogEvidence, isLogEvidence } from '../codec/log-evidence.ts';
import { decodeTransaction, type Transaction, transactionSignedText } from '../codec/transaction.ts';
import { originOf } from '../log/checkpoint.ts';
import { leafHash } from '../log/merkle-hash.ts';
import { hasRepeatedSigner, type NoteOpening, openNote, settleNote } from '../log/open-note.ts';
import { type Policy, policyKeys } from '../log/policy.ts';
import { acceptTlogProof, decodeTlogProof, type TlogProof } from '../log/tlog-proof.ts';
import { openGenesis } from './genesis.ts';
import { type Passed, trustPasses } from './lineage.ts';
import { logSigners, policyOf } from './log-signers.ts';

/** Who signed the checkpoint. */
export interface ProofSigner {
  readonly office: 'validator' | 'auditor' | 'witness';
  /** Of a validator or auditor, where the file shows who they are. */
  readonly member: Hash | undefined;
  /** In the policy. */
  readonly name: string;
  /** Seconds since 1970. */
  readonly time: number;
}

/** What is proved once the signatures hold. */
export interface LogProofStory {
  /** As the checkpoint names it: `latchkey/<chain id>`. */
  readonly origin: string;
  /** `undefined` where the reader's own policy said whose signatures count. */
  readonly chain: { readonly id: Hash; readonly name: string; readonly validators: number; readonly restsOnRecovery: boolean } | undefined;
  /** Place of the leaf, from 0, in a log of so many. */
  readonly index: number;
  readonly size: number;
  readonly root: Hash;
  readonly signers: readonly ProofSigner[];
  /** `undefined` for leaf 0, the genesis. */
  readonly transaction: Transaction | undefined;
}

export interface OpenedLogProof {
  /** All must hold. */
  readonly signatures: readonly SignatureCheck[];
  /** What it proves; `verdicts` in the order of `signatures`. */
  settle(verdicts: readonly boolean[]): Result<LogProofStory>;
}

/** Reads a proof by what lies beside it or, if the reader brings one, by a policy. */
export function openLogProof(bytes: Uint8Array, policy?: Policy): Result<OpenedLogProof> {
  const read = decodeTlogProof(bytes);
  if (!read.ok) return read;
  const proof = read.value;
  const { extra } = proof;
  if (extra === undefined) return refuse('not-available', 'the transaction itself does not lie beside the proof');
  if (!isLogEvidence(extra)) {
    if (policy === undefined) return refuse('not-available', 'it does not say whose signatures count: bring the policy of the log');
    return opened(proof, extra, policy, undefined);
  }
  const evidence = decodeLogEvidence(extra);
  if (!evidence.ok) return evidence;
  const { lineage, bytes: leaf } = evidence.value;
  const passed = trustPasses(lineage);
  if (!passed.ok) return passed;
  const { chain, trust } = passed.value;
  if (proof.signed.checkpoint.origin !== originOf(chain)) return refuse('wrong-chain', 'how trust came there is told of another chain');
  const shown = { ...passed.value, restsOnRecovery: lineage.epochs.some(({ recovery }) => recovery !== undefined) };
  if (policy === undefined) return opened(proof, leaf, policyOf(chain, trust), shown);
  const byPolicy = opened(proof, leaf, policy, undefined);
  return byPolicy.ok ? ok(holdingAlso(byPolicy.value, shown.signatures)) : byPolicy;
}

/** Takes more signatures to hold. */
function holdingAlso({ signatures, settle }: OpenedLogProof, more: readonly SignatureCheck[]): OpenedLogProof {
  return {
    signatures: [...signatures, ...more],
    settle: (verdicts) =>
      verdicts.slice(signatures.length).every(Boolean)
        ? settle(verdicts.slice(0, signatures.length))
        : refuse('bad-signature', 'a signature in it is wrong'),
  };
}

type Known = Passed & { readonly restsOnRecovery: boolean };

function opened(proof: TlogProof, leaf: Uint8Array, policy: Policy, known: Known | undefined): Result<OpenedLogProof> {
  const signed = signedBy(proof.index, leaf);
  if (!signed.ok) return signed;
  const opening = openNote(proof.signed.note, policyKeys(policy));
  if (!opening.ok) return opening;
  if (hasRepeatedSigner(opening.value)) return refuse('not-canonical', 'one key has signed it twice');
  // Beside a policy of the reader's own others may have signed, too.
  const [stranger] = known === undefined ? [] : opening.value.unknown;
  if (stranger !== undefined) return refuse('unknown-signer', `${stranger.name} signed it, and is nobody of the chain`);
  const signatures = [...opening.value.checks, ...signed.value.signatures, ...(known?.signatures ?? [])];
  const { transaction } = signed.value;
  return ok({ signatures, settle: (verdicts) => settled({ proof, leaf, policy, known, opening: opening.value, transaction }, verdicts) });
}

/** What stands under the leaf: its sender's signature or, of the genesis, its founders'. */
function signedBy(
  index: number,
  leaf: Uint8Array,
): Result<{ readonly transaction: Transaction | undefined; readonly signatures: readonly SignatureCheck[] }> {
  if (index === 0) {
    const genesis = openGenesis(leaf);
    return genesis.ok ? ok({ transaction: undefined, signatures: genesis.value.signatures }) : genesis;
  }
  const read = decodeTransaction(leaf);
  if (!read.ok) return read;
  const { unsigned, unsignedBytes, signatures } = read.value;
  const [signature] = signatures;
  if (signature === undefined) return refuse('bad-signature', 'a transaction that nobody signed');
  return ok({ transaction: read.value, signatures: [{ key: unsigned.sender, message: transactionSignedText(unsignedBytes), signature }] });
}

interface Parts {
  readonly proof: TlogProof;
  readonly leaf: Uint8Array;
  readonly policy: Policy;
  readonly known: Known | undefined;
  readonly opening: NoteOpening;
  readonly transaction: Transaction | undefined;
}

function settled({ proof, leaf, policy, known, opening, transaction }: Parts, verdicts: readonly boolean[]): Result<LogProofStory> {
  const note = settleNote(opening, verdicts.slice(0, opening.checks.length));
  if (!note.ok) return note;
  if (!verdicts.every(Boolean)) return refuse('bad-signature', 'a signature in it is wrong');
  const accepted = acceptTlogProof(proof, leafHash(leaf), policy, note.value);
  if (!accepted.ok) return accepted;
  const { checkpoint, cosigners } = accepted.value;
  const { origin, size, root } = checkpoint;
  if (transaction !== undefined && origin !== originOf(transaction.unsigned.chain))
    return refuse('wrong-chain', `the transaction is of the chain ${toHex(transaction.unsigned.chain)}`);
  const offices = known === undefined ? [] : logSigners(known.chain, known.trust);
  const signers = cosigners.map(({ witness: { name }, time }): ProofSigner => {
    const signer = offices.find((one) => one.name === name);
    return { office: signer?.office ?? 'witness', member: signer?.member, name, time };
  });
  return ok({ origin, chain: known && chainOf(known), index: proof.index, size, root, signers, transaction });
}

function chainOf({ chain: id, genesis: { name }, trust, restsOnRecovery }: Known): LogProofStory['chain'] {
  return { id, name, validators: trust.seats.length, restsOnRecovery };
}
