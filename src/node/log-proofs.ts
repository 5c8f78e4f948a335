/** Making proofs that a leaf was logged (C2SP tlog-proof) from this device's copy, under the newest checkpoint that covers it. */
import { LINEAGE_EPOCHS_MAX, TLOG_PROOF_EXTRA_BYTES_MAX } from '../core/base/limits.ts';
import { RefusalError, unwrap } from '../core/base/result.ts';
import { encodeLogEvidence } from '../core/codec/log-evidence.ts';
import { policyOf } from '../core/light/log-signers.ts';
import type { Note } from '../core/log/note.ts';
import { policyKeys } from '../core/log/policy.ts';
import { encodeTlogProof } from '../core/log/tlog-proof.ts';
import { isSameKey } from '../core/log/verifier-key.ts';
import type { SignedLog } from './checkpoint-gathering.ts';
import type { Ledger } from './ledger.ts';

/**
 * The proof of a leaf, as a file that is checked with nothing but the chain's id at hand; where too many epochs have ended for
 * that, it takes the log's policy. Throws `not-available` while no checkpoint that enough have signed covers the leaf, or
 * its history is not here.
 */
export async function makeLogProof(ledger: Ledger, signed: SignedLog | undefined, index: number): Promise<Uint8Array> {
  if (signed?.vouched !== true || index >= signed.checkpoint.size) throw notYet('no checkpoint that enough have signed covers it yet');
  const [leaf] = await ledger.leaves(index, index + 1);
  if (leaf === undefined) throw notYet(`leaf ${index} is missing from the copy`);
  const path = unwrap(await ledger.history.inclusion(index, signed.checkpoint.size));
  return encodeTlogProof({ extra: await extraFor(ledger, leaf.bytes), index, path, note: ownSignatures(ledger, signed.note) });
}

async function extraFor(ledger: Ledger, bytes: Uint8Array): Promise<Uint8Array> {
  const { epoch } = ledger.trust;
  const epochs = (await ledger.epochs.from(0, LINEAGE_EPOCHS_MAX)).slice(0, epoch);
  if (epochs.length < epoch) return bytes;
  const evidence = encodeLogEvidence({ type: 'leaf', lineage: { genesis: ledger.genesisLeaf, epochs }, bytes });
  return evidence.length <= TLOG_PROOF_EXTRA_BYTES_MAX ? evidence : bytes;
}

/** Those by which whoever checks it can tell that the checkpoint counts; public witnesses sign for other readers. */
function ownSignatures({ chain, trust }: Ledger, { text, signatures }: Note): Note {
  const keys = policyKeys(policyOf(chain, trust));
  return { text, signatures: signatures.filter((line) => keys.some((key) => isSameKey(key, line))) };
}

function notYet(detail: string): RefusalError {
  return new RefusalError({ code: 'not-available', detail });
}
