/** Making transactions and bodies of this device's own. */
import { utf8 } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { BODY_SALT_BYTES, TRANSACTION_LIFETIME_MS } from '../core/base/limits.ts';
import { encodeBody, TEXT_CONTENT_TYPE } from '../core/codec/body.ts';
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

/** The bytes of a body of any content type. */
export function contentBody(random: Random, contentType: string, content: Uint8Array): Uint8Array {
  return encodeBody({ salt: random.bytes(BODY_SALT_BYTES), contentType, content });
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
