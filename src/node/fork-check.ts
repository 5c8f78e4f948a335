/** Whether a fork proof holds, by itself: no network, no chain, no clock. */
import { ok, type Result, refuse } from '../core/base/result.ts';
import { decodeForkProof, type ForkProof } from '../core/codec/fork-proof.ts';
import { type Fork, openForkProof } from '../core/light/fork-proof.ts';
import type { Verifier } from './ports.ts';

/** What the file proves, or why it proves nothing. */
export async function checkForkProof(file: Uint8Array, verifier: Verifier): Promise<Result<Fork>> {
  const proof = decodeForkProof(file);
  return proof.ok ? judgeForkProof(proof.value, verifier) : proof;
}

/** The same of one that was read. */
export async function judgeForkProof(proof: ForkProof, verifier: Verifier): Promise<Result<Fork>> {
  const opened = openForkProof(proof);
  if (!opened.ok) return opened;
  const verdicts = await verifier.verify(opened.value.signatures, 'agreement');
  return verdicts.every(Boolean) ? ok(opened.value.fork) : refuse('bad-signature', 'a signature in it is wrong');
}
