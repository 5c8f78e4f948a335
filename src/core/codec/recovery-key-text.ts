/**
 * A recovery key as whoever keeps its words shows it to the founder of a chain. It holds no secret: by it a chain can name
 * the key, and nobody can sign.
 *
 * ```
 * code = digest, 32 bytes ‖ first 4 bytes of taggedHash(linkChecksum, digest)
 * URL    https://any.copy.of/the/site/#k=<base64url of the code>
 * ```
 */
import { base64urlnopad } from '@scure/base';
import { concat, equal } from '../base/bytes.ts';
import { asHash, HASH_BYTES, type Hash, TAGS, taggedHash } from '../base/hash.ts';
import { ok, type Result, refuse } from '../base/result.ts';
import { fromBase64url } from './address.ts';

const CHECKSUM_BYTES = 4;
/** A URL of any site; what is longer is no code. */
const CHARACTERS_MAX = 4096;
const FRAGMENT_KEY = 'k=';

/** The bare code. */
export function recoveryKeyToCode(digest: Hash): string {
  return base64urlnopad.encode(concat(digest, checksum(digest)));
}

/** A URL that opens it in a copy of the site; a fragment in `siteUrl` gives way. */
export function recoveryKeyToUrl(digest: Hash, siteUrl: string): string {
  const [page] = siteUrl.split('#');
  return `${page ?? ''}#${FRAGMENT_KEY}${recoveryKeyToCode(digest)}`;
}

/** Reads a URL of any site, a fragment or a bare code: the digest by which a chain names the key. */
export function parseRecoveryKey(from: string): Result<Hash> {
  if (from.length > CHARACTERS_MAX) return refuse('damaged-link', `${from.length} characters are no recovery key`);
  const joined = from.replace(/\s+/g, '');
  const fragment = joined.slice(joined.indexOf('#') + 1);
  const bytes = fromBase64url(fragment.startsWith(FRAGMENT_KEY) ? fragment.slice(FRAGMENT_KEY.length) : fragment);
  if (bytes?.length !== HASH_BYTES + CHECKSUM_BYTES) return refuse('damaged-link', 'not the code of a recovery key');
  const digest = asHash(bytes.slice(0, HASH_BYTES));
  if (digest === undefined || !equal(checksum(digest), bytes.subarray(HASH_BYTES)))
    return refuse('damaged-link', 'the checksum does not match');
  return ok(digest);
}

function checksum(digest: Uint8Array): Uint8Array {
  return taggedHash(TAGS.linkChecksum, digest).subarray(0, CHECKSUM_BYTES);
}
