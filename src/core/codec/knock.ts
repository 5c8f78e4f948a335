/**
 * Knocks: requests to join by somebody without a live invitation. A knock waits off the log until a federation member's
 * decision carries it in (DESIGN §5). A little work under it keeps the inboxes from being filled for nothing.
 *
 * ```
 * knock id      = taggedHash(knock, canonical knock), whose first KNOCK_WORK_BITS bits are zero
 * knocker signs   taggedMessage(knockSignature, canonical knock)
 * ```
 */
import { type Hash, TAGS, taggedHash, taggedMessage } from '../base/hash.ts';
import { KNOCK_WORK_BITS } from '../base/limits.ts';
import { bodyRef } from './body.ts';
import { encode, type Infer, named, optional, tuple, uint } from './codec.ts';
import { operator } from './operator.ts';
import { hash, publicKey, role, signature } from './primitives.ts';

/** `work` is any number that makes the id begin with zeros. */
export const knock = named(
  'knock',
  tuple({
    chain: hash,
    key: publicKey,
    role,
    name: bodyRef,
    nextKey: hash,
    operator: optional(operator),
    expiry: uint(),
    work: uint(),
  }),
);
export type Knock = Infer<typeof knock>;

export const signedKnock = named('signed-knock', tuple({ knock, signature }));
export type SignedKnock = Infer<typeof signedKnock>;

export function knockIdOf(value: Knock): Hash {
  return taggedHash(TAGS.knock, encode(knock, value));
}

export function knockSignedText(value: Knock): Uint8Array {
  return taggedMessage(TAGS.knockSignature, encode(knock, value));
}

/** Whether the work under a knock was done. */
export function hasWork(id: Hash): boolean {
  let zeros = 0;
  for (const byte of id) {
    if (byte !== 0) return zeros + Math.clz32(byte) - 24 >= KNOCK_WORK_BITS;
    zeros += 8;
  }
  return true;
}
