/**
 * The text forms of an invitation link, all of which carry the same:
 *
 * ```
 * code   base64url of the bytes, without padding
 * URL    https://any.copy.of/the/site/#j=<code>          what follows # never reaches a server; #d= for one more device of a member
 * JSON   { "format": 1, "blockchain id": "…", "chain name": "…", …, "checksum": "…" }
 * ```
 *
 * `parseLink` takes each of them. The JSON form carries the checksum of the bytes that the same link has, so that a slip
 * of the hand in it is noticed as well; byte strings are lower-case hexadecimal, `issued` is ms since the epoch.
 */
import { base64urlnopad } from '@scure/base';
import { fromHex, toHex } from '../base/bytes.ts';
import { asHash } from '../base/hash.ts';
import { ok, type Result, refuse } from '../base/result.ts';
import { fromBase64url, isAddressText } from './address.ts';
import { checksumOf, decodeLink, encodeLink, type InvitationLink, LINK_VERSION, type LinkRelay, linkBytes } from './link.ts';
import { isPeerIdText } from './peer.ts';
import { ROLES } from './primitives.ts';

/** The JSON form of the longest link has about half of this. */
export const LINK_TEXT_CHARACTERS_MAX = 16_384;
const FRAGMENT_KEY = 'j=';
const DEVICE_FRAGMENT_KEY = 'd=';

/** The bare code: letters, digits, `-` and `_`. */
export function linkToCode(link: InvitationLink): string {
  return base64urlnopad.encode(encodeLink(link));
}

/** A URL that opens the link in a copy of the site; a fragment in `siteUrl` gives way. */
export function linkToUrl(link: InvitationLink, siteUrl: string): string {
  return urlWith(FRAGMENT_KEY, link, siteUrl);
}

/** Likewise, of a link by which one more device of a member enters. */
export function deviceLinkToUrl(link: InvitationLink, siteUrl: string): string {
  return urlWith(DEVICE_FRAGMENT_KEY, link, siteUrl);
}

/** Whether a text is the URL or the fragment of a device link. A bare code does not say what it is for. */
export function isDeviceLinkText(text: string): boolean {
  return text
    .trim()
    .slice(text.trim().indexOf('#') + 1)
    .startsWith(DEVICE_FRAGMENT_KEY);
}

function urlWith(key: string, link: InvitationLink, siteUrl: string): string {
  const [page] = siteUrl.split('#');
  return `${page ?? ''}#${key}${linkToCode(link)}`;
}

/** The JSON form, indented. */
export function linkToJson(link: InvitationLink): string {
  const form = {
    format: LINK_VERSION,
    'blockchain id': toHex(link.chain),
    'chain name': link.chainName,
    inviter: link.inviter,
    role: link.role,
    reusable: link.reusable,
    shared: link.shared,
    key: toHex(link.seed),
    anchor: { block: toHex(link.anchor.block), height: link.anchor.height, issued: link.anchor.issued },
    'peer ids': link.relays.map((relay) => relay.peer),
    addresses: link.relays.flatMap((relay) => relay.addresses.map((address) => `${address}${PEER_PART}${relay.peer}`)),
    ...(link.networkKey === undefined ? {} : { 'network key': toHex(link.networkKey) }),
    checksum: toHex(checksumOf(encodeLink(link))),
  };
  return JSON.stringify(form, undefined, 2);
}

/** Reads a URL of any site, a fragment, a bare code or the JSON form, broken lines and surrounding white space included. */
export function parseLink(text: string): Result<InvitationLink> {
  if (text.length > LINK_TEXT_CHARACTERS_MAX) return refuse('damaged-link', `${text.length} characters are no link`);
  const trimmed = text.trim();
  return trimmed.startsWith('{') ? parseJson(trimmed) : parseCode(trimmed);
}

function parseCode(text: string): Result<InvitationLink> {
  // Mail programs break long lines; no code has white space of its own.
  const joined = text.replace(/\s+/g, '');
  const fragment = joined.slice(joined.indexOf('#') + 1);
  const key = [FRAGMENT_KEY, DEVICE_FRAGMENT_KEY].find((one) => fragment.startsWith(one)) ?? '';
  const code = fragment.slice(key.length);
  const bytes = fromBase64url(code);
  return bytes === undefined ? refuse('damaged-link', 'not a code') : decodeLink(bytes);
}

/** Between an address and the peer that is found there, as multiaddrs have it. */
const PEER_PART = '/p2p/';

type Json = Readonly<Record<string, unknown>>;
const DAMAGED = refuse('damaged-link', 'not the JSON form of a link');

function parseJson(text: string): Result<InvitationLink> {
  const form = parseObject(text);
  if (form === undefined) return DAMAGED;
  if (typeof form['format'] === 'number' && form['format'] !== LINK_VERSION)
    return refuse('unsupported-version', `link of version ${form['format']}`);
  const link = form['format'] === LINK_VERSION ? linkOf(form) : undefined;
  if (link === undefined) return DAMAGED;
  const bytes = linkBytes(link);
  if (!bytes.ok) return bytes;
  const matches = form['checksum'] === toHex(checksumOf(bytes.value));
  return matches ? ok(link) : refuse('damaged-link', 'the checksum does not match');
}

function parseObject(text: string): Json | undefined {
  try {
    return object(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function linkOf(form: Json): InvitationLink | undefined {
  const anchor = anchorOf(form['anchor']);
  const chain = hash(form['blockchain id']);
  const role = ROLES.find((one) => one === form['role']);
  const seed = hex(form['key']);
  const relays = relaysOf(form['peer ids'], form['addresses']);
  const { inviter, reusable, shared, 'chain name': chainName, 'network key': keyText } = form;
  const networkKey = hex(keyText);
  if (anchor === undefined || chain === undefined || role === undefined || seed === undefined || relays === undefined) return undefined;
  if (typeof chainName !== 'string' || typeof inviter !== 'string') return undefined;
  if (typeof reusable !== 'boolean' || typeof shared !== 'boolean' || (keyText !== undefined && networkKey === undefined)) return undefined;
  return { chain, chainName, inviter, role, reusable, shared, seed, anchor, relays, networkKey };
}

function anchorOf(value: unknown): InvitationLink['anchor'] | undefined {
  const form = object(value);
  const block = hash(form?.['block']);
  const { height, issued } = form ?? {};
  return block !== undefined && typeof height === 'number' && typeof issued === 'number' ? { block, height, issued } : undefined;
}

/** Gives each address to the peer it ends with; an address of a peer that is not named means damage. */
function relaysOf(peers: unknown, addresses: unknown): readonly LinkRelay[] | undefined {
  if (!isTexts(peers) || !isTexts(addresses) || !peers.every(isPeerIdText)) return undefined;
  const found = new Map<string, string[]>(peers.map((peer) => [peer, []]));
  for (const full of addresses) {
    const end = full.lastIndexOf(PEER_PART);
    const address = full.slice(0, end);
    const list = found.get(full.slice(end + PEER_PART.length));
    if (end === -1 || list === undefined || !isAddressText(address)) return undefined;
    list.push(address);
  }
  return found.size === peers.length ? [...found].map(([peer, list]) => ({ peer, addresses: list })) : undefined;
}

function object(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

function hex(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' ? fromHex(value) : undefined;
}

function hash(value: unknown) {
  const bytes = hex(value);
  return bytes === undefined ? undefined : asHash(bytes);
}
