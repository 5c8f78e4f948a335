/**
 * Bodies: people's words, kept beside the log. The log holds only their hash and length, so that a body can be erased
 * without breaking a proof. The salt keeps a short body from being guessed by its hash.
 *
 * ```
 * body  = canonical CBOR [ salt, 32 bytes ; content type ; content ]
 * hash  = taggedHash(body, bytes of the body)
 * ```
 */
import { type Hash, TAGS, taggedHash } from '../base/hash.ts';
import { BODY_BYTES_MAX, BODY_SALT_BYTES, CONTENT_TYPE_BYTES_MAX } from '../base/limits.ts';
import type { Result } from '../base/result.ts';
import { bytes, decode, encode, type Infer, named, text, tuple, uint } from './codec.ts';
import { hash } from './primitives.ts';

/** What a transaction holds of a body: its hash, and the length in bytes of the whole. */
export const bodyRef = named('body-ref', tuple({ hash, length: uint(BODY_BYTES_MAX) }));
export type BodyRef = Infer<typeof bodyRef>;

export const body = named(
  'body',
  tuple({ salt: bytes(BODY_SALT_BYTES, BODY_SALT_BYTES), contentType: text(CONTENT_TYPE_BYTES_MAX), content: bytes(BODY_BYTES_MAX) }),
);
export type Body = Infer<typeof body>;

export const TEXT_CONTENT_TYPE = 'text/plain;charset=utf-8';

export function encodeBody(value: Body): Uint8Array {
  return encode(body, value);
}

export function decodeBody(from: Uint8Array): Result<Body> {
  return decode(body, from, BODY_BYTES_MAX);
}

export function bodyHash(encoded: Uint8Array): Hash {
  return taggedHash(TAGS.body, encoded);
}

export function bodyRefOf(encoded: Uint8Array): BodyRef {
  return { hash: bodyHash(encoded), length: encoded.length };
}
