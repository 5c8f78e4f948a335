/**
 * `latchkey.json`, which lies beside the page: the relays that this copy of the site starts from. A relay that serves the
 * site answers with itself; on any other server it is a file that its operator writes.
 *
 * ```json
 * { "relays": [{ "peer": "12D3Koo…", "addresses": ["/dns4/relay.example/tcp/443/tls/ws"] }],
 *   "witnesses": ["witness.example+1a2b3c4d+BM…"] }
 * ```
 *
 * `witnesses`, which may be missing: keys of public witnesses whose signatures under checkpoints the page shows.
 */
import { LINK_ADDRESSES_MAX, LINK_RELAYS_MAX, WITNESSES_KNOWN_MAX } from '../core/base/limits.ts';
import { ok, type Result, refuse } from '../core/base/result.ts';
import { decodeVerifierKey, encodeVerifierKey, type VerifierKey } from '../core/log/verifier-key.ts';
import type { PeerAddress } from '../node/ports.ts';
import { readAddress } from './addresses.ts';

export const RELAY_LIST_FILE = 'latchkey.json';
/** Far above what the largest list takes. */
const RELAY_LIST_CHARACTERS_MAX = 16 * 1024;
const PEER_ID = /^[1-9A-HJ-NP-Za-km-z]{40,64}$/;

/** The text of the file. */
export function writeRelayList(relays: readonly PeerAddress[], witnesses: readonly VerifierKey[] = []): string {
  const named = witnesses.length === 0 ? {} : { witnesses: witnesses.map(encodeVerifierKey) };
  return `${JSON.stringify({ relays: relays.map(({ peer, addresses }) => ({ peer, addresses })), ...named })}\n`;
}

/** Reads the file. Addresses of unknown forms are left out, so that an older page reads a newer list. */
export function readRelayList(text: string): Result<readonly PeerAddress[]> {
  if (text.length > RELAY_LIST_CHARACTERS_MAX)
    return refuse('too-large', `${RELAY_LIST_FILE} is over ${RELAY_LIST_CHARACTERS_MAX} characters`);
  const relays = listIn(parse(text), 'relays');
  if (relays === undefined) return refuse('malformed', `${RELAY_LIST_FILE} is not { "relays": […] }`);
  const read = relays.slice(0, LINK_RELAYS_MAX).map(readRelay);
  const known = read.filter((relay) => relay !== undefined);
  return known.length === read.length ? ok(known) : refuse('malformed', `a relay in ${RELAY_LIST_FILE} is not { "peer", "addresses" }`);
}

/** The public witnesses that the file names. Keys of unknown types are left out, and whatever else is none. */
export function readWitnessKeys(text: string): readonly VerifierKey[] {
  const named = text.length > RELAY_LIST_CHARACTERS_MAX ? [] : (listIn(parse(text), 'witnesses') ?? []);
  const read = named.slice(0, WITNESSES_KNOWN_MAX).flatMap((key) => (typeof key === 'string' ? [decodeVerifierKey(key)] : []));
  return read.flatMap((key) => (key.ok && key.value.type === 'cosignature' ? [key.value] : []));
}

function readRelay(value: unknown): PeerAddress | undefined {
  const addresses = listIn(value, 'addresses');
  if (addresses === undefined || typeof value !== 'object' || value === null || !('peer' in value)) return undefined;
  if (typeof value.peer !== 'string' || !PEER_ID.test(value.peer)) return undefined;
  const texts = addresses.filter((address) => typeof address === 'string');
  return { peer: value.peer, addresses: texts.filter((text) => readAddress(text) !== undefined).slice(0, LINK_ADDRESSES_MAX) };
}

function listIn(value: unknown, name: string): readonly unknown[] | undefined {
  const list = typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined;
  return Array.isArray(list) ? list : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
