/**
 * Request links: what one federation member sends the others so that a request or a proposal opens ready to decide. It holds
 * no secret; whoever is no member of the chain sees nothing by it.
 *
 * ```
 * link      = payload ‖ first 4 bytes of taggedHash(linkChecksum, payload)
 * payload   = canonical [ version 1, chain, request, chain's name ]
 * URL         https://any.copy.of/the/site/#r=<base64url of the link>
 * ```
 */
import { base64urlnopad } from '@scure/base';
import { concat, equal } from '../base/bytes.ts';
import { TAGS, taggedHash } from '../base/hash.ts';
import { CHAIN_NAME_BYTES_MAX } from '../base/limits.ts';
import { ok, type Result, refuse } from '../base/result.ts';
import { fromBase64url } from './address.ts';
import { decode, encode, type Infer, literal, named, text, tuple } from './codec.ts';
import { hash } from './primitives.ts';

const CHECKSUM_BYTES = 4;
export const REQUEST_LINK_BYTES_MAX = 512;
/** A URL of any site with the longest code; what is longer is none. */
const REQUEST_LINK_CHARACTERS_MAX = 4096;
const FRAGMENT_KEY = 'r=';

/** `request` is the id of a request, a proposal or a knock; the name is for the eye alone. */
export const requestLink = named(
  'request-link',
  tuple({ version: literal(1), chain: hash, request: hash, chainName: text(CHAIN_NAME_BYTES_MAX) }),
);
export type RequestLink = Omit<Infer<typeof requestLink>, 'version'>;

/** The bare code. */
export function requestLinkToCode(link: RequestLink): string {
  const payload = encode(requestLink, { version: 1, ...link });
  return base64urlnopad.encode(concat(payload, checksum(payload)));
}

/** A URL that opens it in a copy of the site; a fragment in `siteUrl` gives way. */
export function requestLinkToUrl(link: RequestLink, siteUrl: string): string {
  const [page] = siteUrl.split('#');
  return `${page ?? ''}#${FRAGMENT_KEY}${requestLinkToCode(link)}`;
}

/** Reads a URL of any site, a fragment or a bare code, white space from broken lines included. */
export function parseRequestLink(from: string): Result<RequestLink> {
  if (from.length > REQUEST_LINK_CHARACTERS_MAX) return refuse('damaged-link', `${from.length} characters are no link`);
  const joined = from.replace(/\s+/g, '');
  const fragment = joined.slice(joined.indexOf('#') + 1);
  const bytes = fromBase64url(fragment.startsWith(FRAGMENT_KEY) ? fragment.slice(FRAGMENT_KEY.length) : fragment);
  if (bytes === undefined || bytes.length <= CHECKSUM_BYTES) return refuse('damaged-link', 'not a code');
  const payload = bytes.subarray(0, -CHECKSUM_BYTES);
  if (!equal(checksum(payload), bytes.subarray(-CHECKSUM_BYTES))) return refuse('damaged-link', 'the checksum does not match');
  const read = decode(requestLink, payload, REQUEST_LINK_BYTES_MAX);
  if (!read.ok) return refuse('damaged-link', read.refusal.detail);
  const { version: _, ...link } = read.value;
  return ok(link);
}

function checksum(payload: Uint8Array): Uint8Array {
  return taggedHash(TAGS.linkChecksum, payload).subarray(0, CHECKSUM_BYTES);
}
