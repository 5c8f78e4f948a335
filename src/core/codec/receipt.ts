/**
 * Join receipts (DESIGN §7): why somebody is a member, checkable offline with nothing but the chain's id at hand.
 *
 * ```
 * genesis ── epochs ── trust set ── certificate ── header ──┬── state root ── records: the member, its request, its invitation …
 *                                                           └── log root ──── leaves: what asked or admitted, each approval
 * ```
 *
 * A file or a link; its first number, above those of fork proofs, says what it is.
 */
import { base64urlnopad } from '@scure/base';
import { NAME_BODY_BYTES_MAX, RECEIPT_BYTES_MAX, RECEIPT_LEAVES_MAX, RECEIPT_LINK_BYTES_MAX, RECEIPT_RECORDS_MAX } from '../base/limits.ts';
import type { Result } from '../base/result.ts';
import { refuse } from '../base/result.ts';
import { fromBase64url } from './address.ts';
import { header, leaf } from './block.ts';
import { bytes, decode, encode, type Infer, list, named, tuple, uint, variant } from './codec.ts';
import { lineage } from './lineage.ts';
import { hash } from './primitives.ts';
import { logProofHashes, recordProofFields } from './sync-message.ts';
import { certificate } from './vote.ts';

/** Above every number of a fork proof. */
const RECEIPT_NUMBER = 64;
const FRAGMENT_KEY = 'receipt=';

/** A record under the header's state root; absent where it has no value. */
const provedRecord = named('receipt-record', tuple({ kind: uint(255), id: bytes(32), ...recordProofFields }));
export type ProvedRecord = Infer<typeof provedRecord>;

/** A leaf under the header's log root. */
const provedLeaf = named('receipt-leaf', tuple({ index: uint(), bytes: leaf, proof: logProofHashes }));
export type ProvedLeaf = Infer<typeof provedLeaf>;

export const receipt = named(
  'receipt',
  variant({
    /** `words`: bodies of the names of those whom the records name, as far as they are held. */
    join: [
      RECEIPT_NUMBER,
      {
        lineage,
        header,
        certificate,
        member: hash,
        records: list(provedRecord, RECEIPT_RECORDS_MAX, 1),
        leaves: list(provedLeaf, RECEIPT_LEAVES_MAX),
        words: list(bytes(NAME_BODY_BYTES_MAX), RECEIPT_RECORDS_MAX),
      },
    ],
  }),
);
export type Receipt = Infer<typeof receipt>;

export function encodeReceipt(value: Receipt): Uint8Array {
  return encode(receipt, value);
}

export function decodeReceipt(from: Uint8Array): Result<Receipt> {
  return decode(receipt, from, RECEIPT_BYTES_MAX);
}

/** Whether a file says of itself that it is a receipt: a list whose first item is the number 64, in CBOR. */
export function isReceipt(file: Uint8Array): boolean {
  const [head = 0, argument, number] = file;
  return head >> 5 === 4 && argument === 0x18 && number === RECEIPT_NUMBER;
}

/** A URL that opens the receipt in a copy of the site; `undefined` for one that is too long for a link. */
export function receiptToUrl(file: Uint8Array, siteUrl: string): string | undefined {
  const [page] = siteUrl.split('#');
  return file.length > RECEIPT_LINK_BYTES_MAX ? undefined : `${page ?? ''}#${FRAGMENT_KEY}${base64urlnopad.encode(file)}`;
}

/** Whether what follows the `#` of an address is a receipt. */
export function isReceiptFragment(fragment: string): boolean {
  return fragment.startsWith(FRAGMENT_KEY);
}

/** The bytes of a receipt in a URL of any site or a fragment, white space from broken lines included. */
export function receiptFromLink(from: string): Result<Uint8Array> {
  if (from.length > 2 * RECEIPT_LINK_BYTES_MAX) return refuse('damaged-link', `${from.length} characters are no link`);
  const joined = from.replace(/\s+/g, '');
  const fragment = joined.slice(joined.indexOf('#') + 1);
  const read = isReceiptFragment(fragment) ? fromBase64url(fragment.slice(FRAGMENT_KEY.length)) : undefined;
  return read === undefined ? refuse('damaged-link', 'no receipt in it') : { ok: true, value: read };
}
