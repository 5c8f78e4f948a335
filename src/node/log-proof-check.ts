/** Whether a proof that a leaf was logged holds, by itself or by a policy that the reader brings: no network, no chain, no clock. */
import type { Result } from '../core/base/result.ts';
import { type LogProofStory, openLogProof } from '../core/light/log-proof.ts';
import type { Policy } from '../core/log/policy.ts';
import type { Verifier } from './ports.ts';

/** What the proof proves, or why it proves nothing. */
export async function checkLogProof(file: Uint8Array, verifier: Verifier, policy?: Policy): Promise<Result<LogProofStory>> {
  const opened = openLogProof(file, policy);
  if (!opened.ok) return opened;
  return opened.value.settle(await verifier.verify(opened.value.signatures, 'agreement'));
}
