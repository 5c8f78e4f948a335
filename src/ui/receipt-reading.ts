/** Reading a join receipt, or a proof that something was logged, in the page: no node, no chain, no network. Loaded when it is asked for, and kept with the page. */
import { ok, type Result } from '../core/base/result.ts';
import { isolatedName } from '../core/base/shown-name.ts';
import { isReceipt, receiptFromLink } from '../core/codec/receipt.ts';
import { logProofWords } from '../core/light/log-proof-words.ts';
import { type ReceiptWords, receiptWords } from '../core/light/receipt-words.ts';
import { isTlogProof } from '../core/log/tlog-proof.ts';
import { checkLogProof } from '../node/log-proof-check.ts';
import { checkReceipt } from '../node/receipt-check.ts';
import { webCryptoVerifier } from '../node/verifier.ts';
import { fullMoment } from './words.ts';

/** What a file proves, in words; or why it proves nothing. */
export async function readReceipt(file: Uint8Array): Promise<Result<ReceiptWords>> {
  if (isTlogProof(file)) {
    const logged = await checkLogProof(file, webCryptoVerifier());
    return logged.ok ? ok(logProofWords(logged.value, fullMoment, () => undefined, isolatedName)) : logged;
  }
  if (!isReceipt(file)) return { ok: false, refusal: { code: 'malformed', detail: 'neither a receipt nor a proof' } };
  const checked = await checkReceipt(file, webCryptoVerifier());
  return checked.ok ? ok(receiptWords(checked.value, fullMoment, isolatedName)) : checked;
}

/** The same of what stands after `#receipt=`. */
export async function readReceiptLink(code: string): Promise<Result<ReceiptWords>> {
  const file = receiptFromLink(`receipt=${code}`);
  return file.ok ? readReceipt(file.value) : file;
}
