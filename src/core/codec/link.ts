/**
 * Invitation links: what one person sends another so that the other can find a chain, check it and join it (DESIGN §9).
 *
 * ```
 * link      = payload ‖ checksum
 * payload   = canonical [ version 1, chain, chain name, inviter, role, reusable, shared, seed, anchor, relays, network key ]
 * checksum  = first 4 bytes of taggedHash(linkChecksum, payload)
 * ```
 *
 * The seed is the secret of the link: whoever has it may join. It is never sent to anyone. Chain name and inviter are for
 * the eye alone, so they may be shortened. The checksum comes first in reading and is the same in every version to come,
 * as is the version's place, so that a damaged link and one of a later version are told apart.
 *
 * With one relay at two addresses a link has at most 300 bytes (`fitLink`). Its text forms are in `link-text.ts`.
 */
import { concat, equal, utf8 } from '../base/bytes.ts';
import { type Hash, TAGS, taggedHash } from '../base/hash.ts';
import {
  CHAIN_NAME_BYTES_MAX,
  INVITE_SEED_BYTES,
  LINK_ADDRESSES_MAX,
  LINK_BYTES_MAX,
  LINK_RELAYS_MAX,
  NAME_BYTES_MAX,
  NETWORK_KEY_BYTES,
} from '../base/limits.ts';
import { invariant, ok, type Result, refuse, unwrap } from '../base/result.ts';
import { linkAddress } from './address.ts';
import { decodeCbor } from './cbor.ts';
import { bytes, conforms, decode, encode, flag, type Infer, list, literal, mapped, named, optional, text, tuple, uint } from './codec.ts';
import { linkPeer } from './peer.ts';
import { hash, role } from './primitives.ts';

export const LINK_VERSION = 1;
const CHECKSUM_BYTES = 4;
/** What a link with one relay fits: a QR code that a phone reads off a screen, a line of a message. */
export const LINK_BYTES_AIM = 300;
/** A display name is not shortened below this, whatever the aim. */
const LINK_NAME_BYTES_MIN = 12;

/** The block from which the newcomer verifies, its height, and when the link was made (ms since the epoch, by the inviter's clock). */
export const linkAnchor = named('link-anchor', tuple({ block: hash, height: uint(), issued: uint() }));

/** A peer id text and the multiaddr texts, best first, without `/p2p/<id>`. */
export const linkRelay = named('link-relay', tuple({ peer: linkPeer, addresses: list(linkAddress, LINK_ADDRESSES_MAX) }));

const fields = tuple({
  version: literal(LINK_VERSION),
  chain: hash,
  chainName: text(CHAIN_NAME_BYTES_MAX),
  inviter: text(NAME_BYTES_MAX),
  role,
  reusable: flag(),
  shared: flag(),
  seed: bytes(INVITE_SEED_BYTES, INVITE_SEED_BYTES),
  anchor: linkAnchor,
  relays: list(linkRelay, LINK_RELAYS_MAX),
  networkKey: optional(bytes(NETWORK_KEY_BYTES, NETWORK_KEY_BYTES)),
});
type Fields = Infer<typeof fields>;

/** `reusable`: more than one may join by it. `shared`: any member's node answers its guests, not only the issuer's. */
export type InvitationLink = Omit<Fields, 'version'>;
export type LinkRelay = Infer<typeof linkRelay>;

export const invitationLink = named(
  'invitation-link',
  mapped<Fields, InvitationLink>(
    fields,
    ({ version: _, ...link }) => (hasDistinctPeers(link) ? link : undefined),
    (link) => ({ version: LINK_VERSION, ...link }),
    'a relay is named twice',
  ),
);

/** The bytes of a link made here. Throws if it breaks a bound; `fitLink` keeps it within the bound of the whole. */
export function encodeLink(link: InvitationLink): Uint8Array {
  return unwrap(linkBytes(link));
}

/** The bytes of a link that came in another form, or `damaged-link` if it breaks a bound. */
export function linkBytes(link: InvitationLink): Result<Uint8Array> {
  const sound = conforms(invitationLink, link);
  if (!sound.ok) return refuse('damaged-link', sound.refusal.detail);
  if (!hasDistinctPeers(link)) return refuse('damaged-link', 'a relay is named twice');
  const payload = encode(invitationLink, link);
  const size = payload.length + CHECKSUM_BYTES;
  return size <= LINK_BYTES_MAX
    ? ok(concat(payload, checksum(payload)))
    : refuse('damaged-link', `${size} bytes, at most ${LINK_BYTES_MAX} are taken`);
}

/** Reads the bytes of a link: `damaged-link`, or `unsupported-version` if it is whole but of a version unknown here. */
export function decodeLink(from: Uint8Array): Result<InvitationLink> {
  if (from.length <= CHECKSUM_BYTES || from.length > LINK_BYTES_MAX) return refuse('damaged-link', `${from.length} bytes are no link`);
  const payload = from.subarray(0, -CHECKSUM_BYTES);
  if (!equal(checksum(payload), checksumOf(from))) return refuse('damaged-link', 'the checksum does not match');
  const version = versionOf(payload);
  if (version !== undefined && version !== LINK_VERSION) return refuse('unsupported-version', `link of version ${version}`);
  const link = decode(invitationLink, payload, LINK_BYTES_MAX);
  return link.ok ? ok(link.value) : refuse('damaged-link', link.refusal.detail);
}

/** The checksum of a link's bytes: their last 4. */
export function checksumOf(link: Uint8Array): Uint8Array {
  return link.subarray(-CHECKSUM_BYTES);
}

function checksum(payload: Uint8Array): Uint8Array {
  return taggedHash(TAGS.linkChecksum, payload).subarray(0, CHECKSUM_BYTES);
}

function versionOf(payload: Uint8Array): number | undefined {
  const cbor = decodeCbor(payload, LINK_BYTES_MAX);
  const first: unknown = cbor.ok && Array.isArray(cbor.value) ? cbor.value[0] : undefined;
  return typeof first === 'number' ? first : undefined;
}

function hasDistinctPeers(link: InvitationLink): boolean {
  return new Set(link.relays.map((relay) => relay.peer)).size === link.relays.length;
}

/** The 32-byte Ed25519 seed of the invite key, whose public half is on chain. Other chains get another key from the same seed. */
export function inviteKeySeed(seed: Uint8Array, chain: Hash): Hash {
  return taggedHash(TAGS.inviteKey, chain, seed);
}

/**
 * The link with what makes it too long left out: relays and addresses over their bounds, the last of them while the whole
 * is over `LINK_BYTES_MAX`, then the ends of the display names until there are at most 300 bytes a relay.
 */
export function fitLink(link: InvitationLink): InvitationLink {
  const named = { ...link, chainName: shorten(link.chainName, CHAIN_NAME_BYTES_MAX), inviter: shorten(link.inviter, NAME_BYTES_MAX) };
  let fitted: InvitationLink = { ...named, relays: boundedRelays(link.relays) };
  while (sizeOf(fitted) > LINK_BYTES_MAX) fitted = { ...fitted, relays: withoutLastAddress(fitted.relays) };
  const aim = LINK_BYTES_AIM * Math.max(1, fitted.relays.length);
  for (let bound = CHAIN_NAME_BYTES_MAX; sizeOf(fitted) > aim && bound >= LINK_NAME_BYTES_MIN; bound--) {
    fitted = { ...fitted, chainName: shorten(named.chainName, bound), inviter: shorten(named.inviter, bound) };
  }
  return fitted;
}

function sizeOf(link: InvitationLink): number {
  return encode(invitationLink, link).length + CHECKSUM_BYTES;
}

function boundedRelays(relays: readonly LinkRelay[]): readonly LinkRelay[] {
  const first = new Map(relays.toReversed().map((relay) => [relay.peer, relay]));
  const distinct = relays.filter((relay) => first.get(relay.peer) === relay).slice(0, LINK_RELAYS_MAX);
  return distinct.map(({ peer, addresses }) => ({ peer, addresses: addresses.slice(0, LINK_ADDRESSES_MAX) }));
}

function withoutLastAddress(relays: readonly LinkRelay[]): readonly LinkRelay[] {
  const last = relays.at(-1);
  invariant(last !== undefined, 'a link without relays fits');
  const others = relays.slice(0, -1);
  return last.addresses.length > 1 ? [...others, { peer: last.peer, addresses: last.addresses.slice(0, -1) }] : others;
}

/** At most `bytesMax` bytes of UTF-8, cut between characters and ended by an ellipsis where something was cut. */
function shorten(name: string, bytesMax: number): string {
  if (utf8(name).length <= bytesMax) return name;
  let kept = '';
  for (const character of name) {
    if (utf8(`${kept}${character}…`).length > bytesMax) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}
