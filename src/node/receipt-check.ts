/** Whether a join receipt holds, by itself: no network, no chain, no clock. */
import { ok, type Result, refuse } from '../core/base/result.ts';
import { openReceipt, type ReceiptStory } from '../core/light/receipt.ts';
import type { Verifier } from './ports.ts';

/** What the receipt proves, or why it proves nothing. */
export async function checkReceipt(file: Uint8Array, verifier: Verifier): Promise<Result<ReceiptStory>> {
  const opened = openReceipt(file);
  if (!opened.ok) return opened;
  const verdicts = await verifier.verify(opened.value.signatures, 'agreement');
  return verdicts.every(Boolean) ? ok(opened.value.story) : refuse('bad-signature', 'a signature in it is wrong');
}
