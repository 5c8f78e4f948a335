/** Relays that this copy of the site names, in `latchkey.json` beside its page. */
import { isAddressText } from '../core/codec/address.ts';
import { isPeerIdText } from '../core/codec/peer.ts';
import type { PeerAddress } from '../node/ports.ts';

const RELAYS_MAX = 8;
const ADDRESSES_MAX = 8;
const FETCH_LIMIT_MS = 5_000;

/** The relays, best first; none if the file is missing or makes no sense, since a person can add one by hand. */
export async function siteRelays(siteUrl: string): Promise<readonly PeerAddress[]> {
  try {
    const answer = await fetch(new URL('latchkey.json', siteUrl), { signal: AbortSignal.timeout(FETCH_LIMIT_MS), cache: 'no-cache' });
    return answer.ok ? readRelays(await answer.json()) : [];
  } catch {
    return [];
  }
}

/** Takes what is well formed and leaves the rest. */
export function readRelays(json: unknown): readonly PeerAddress[] {
  const relays: unknown = isRecord(json) ? json['relays'] : undefined;
  return Array.isArray(relays) ? relays.slice(0, RELAYS_MAX).flatMap(readRelay) : [];
}

function readRelay(json: unknown): readonly PeerAddress[] {
  if (!isRecord(json)) return [];
  const { peerId, addresses } = json;
  if (typeof peerId !== 'string' || !isPeerIdText(peerId) || !Array.isArray(addresses)) return [];
  const known = addresses.filter((address): address is string => typeof address === 'string' && isAddressText(address));
  return [{ peer: peerId, addresses: known.slice(0, ADDRESSES_MAX) }];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
