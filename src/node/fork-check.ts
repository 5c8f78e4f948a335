/** Whether a fork proof holds, by itself: no network, no chain, no clock. */
import { ok, type Result, refuse } from '../core/base/result.ts';
import { decodeForkProof } from '../core/codec/fork-proof.ts';
import type { Fork, OpenedForkProof } from '../core/light/fork.ts';
import { openForkProof } from '../core/light/fork-proof.ts';
import type { Verifier } from './ports.ts';

/** What the file proves, or why it proves nothing. */
export async function checkForkProof(file: Uint8Array, verifier: Verifier): Promise<Result<Fork>> {
  const proof = decodeForkProof(file);
  const opened = proof.ok ? openForkProof(proof.value) : proof;
  return opened.ok ? settleForkProof(opened.value, verifier) : opened;
}

/** The same of one that was opened. */
export async function settleForkProof({ fork, signatures }: OpenedForkProof, verifier: Verifier): Promise<Result<Fork>> {
  const verdicts = await verifier.verify(signatures, 'agreement');
  return verdicts.every(Boolean) ? ok(fork) : refuse('bad-signature', 'a signature in it is wrong');
}
