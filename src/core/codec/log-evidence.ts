/**
 * What lies beside a proof that a leaf was logged (the `extra` line of a C2SP tlog-proof), so that it is checked with nothing
 * but the chain's id at hand: the leaf, and how trust came from the genesis to those whose signatures count.
 *
 * ```
 * genesis ── epochs ── trust set ── policy ── signatures ── checkpoint ── inclusion proof ── leaf
 * ```
 *
 * Its first number, above that of receipts, tells it from a bare leaf, which others may lay there.
 */
import { TLOG_PROOF_EXTRA_BYTES_MAX } from '../base/limits.ts';
import type { Result } from '../base/result.ts';
import { leaf } from './block.ts';
import { decode, encode, type Infer, named, variant } from './codec.ts';
import { lineage } from './lineage.ts';

const EVIDENCE_NUMBER = 65;

export const logEvidence = named('log-evidence', variant({ leaf: [EVIDENCE_NUMBER, { lineage, bytes: leaf }] }));
export type LogEvidence = Infer<typeof logEvidence>;

export function encodeLogEvidence(value: LogEvidence): Uint8Array {
  return encode(logEvidence, value);
}

export function decodeLogEvidence(from: Uint8Array): Result<LogEvidence> {
  return decode(logEvidence, from, TLOG_PROOF_EXTRA_BYTES_MAX);
}

/** Whether what lies beside a proof says of itself that it is this: a list whose first item is the number 65, in CBOR. */
export function isLogEvidence(extra: Uint8Array): boolean {
  const [head = 0, argument, number] = extra;
  return head >> 5 === 4 && argument === 0x18 && number === EVIDENCE_NUMBER;
}
