/** Making transactions and bodies of this device's own. */
import { utf8 } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { BODY_BYTES_MAX, BODY_SALT_BYTES, TRANSACTION_LIFETIME_MS } from '../core/base/limits.ts';
import { RefusalError, unwrap } from '../core/base/result.ts';
import { body, encodeBody, TEXT_CONTENT_TYPE } from '../core/codec/body.ts';
import { conforms } from '../core/codec/codec.ts';
import {
  type Action,
  assembleTransaction,
  encodeUnsigned,
  joinCosignedText,
  type Transaction,
  transactionSignedText,
} from '../core/codec/transaction.ts';
import { asVerified, type Verified } from '../core/membership/verified.ts';
import type { Random, Signer } from './ports.ts';

/** The bytes of a body that holds a text, under fresh salt. */
export function textBody(random: Random, text: string): Uint8Array {
  return encodeBody({ salt: random.bytes(BODY_SALT_BYTES), contentType: TEXT_CONTENT_TYPE, content: utf8(text) });
}

/** What an entry may hold: a text, or bytes of a content type. */
export type Content = string | { readonly contentType: string; readonly bytes: Uint8Array };

/** The bytes of an entry's body. Throws `too-large`, or `malformed` for a text that UTF-8 cannot hold or a type that is none. */
export function entryBody(random: Random, content: Content): Uint8Array {
  const [contentType, bytes] = typeof content === 'string' ? [TEXT_CONTENT_TYPE, utf8(content)] : [content.contentType, content.bytes];
  if (bytes.length > BODY_BYTES_MAX)
    throw new RefusalError({ code: 'too-large', detail: `${bytes.length} bytes, at most ${BODY_BYTES_MAX} are taken` });
  if (typeof content === 'string' && !content.isWellFormed())
    throw new RefusalError({ code: 'malformed', detail: 'the text has half a character in it' });
  const entry = conforms(body, { salt: random.bytes(BODY_SALT_BYTES), contentType, content: bytes });
  return encodeBody(unwrap(entry));
}

export interface NewTransaction {
  readonly chain: Hash;
  readonly sequence: number;
  readonly now: number;
  readonly action: Action;
  /** The invite key, which signs a `join` too. */
  readonly cosigner?: Signer;
}

/** Signs an action by the node key; it expires in half a day. */
export async function makeTransaction(
  signer: Signer,
  { chain, sequence, now, action, cosigner }: NewTransaction,
): Promise<Verified<Transaction>> {
  const unsigned = { version: 1, chain, sender: signer.publicKey, sequence, expiry: now + TRANSACTION_LIFETIME_MS, action } as const;
  const bytes = encodeUnsigned(unsigned);
  const own = await signer.sign(transactionSignedText(bytes));
  const cosigned = cosigner === undefined ? [] : [await cosigner.sign(joinCosignedText(bytes))];
  return asVerified(assembleTransaction(unsigned, [own, ...cosigned]));
}
