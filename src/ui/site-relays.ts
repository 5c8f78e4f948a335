/** Relays that this copy of the site names, in `latchkey.json` beside its page. */
import { RELAY_LIST_FILE, readRelayList } from '../net/relay-list.ts';
import type { PeerAddress } from '../node/ports.ts';

const FETCH_LIMIT_MS = 5_000;

/** The relays, best first; none if the file is missing or makes no sense, since a person can add one by hand. */
export async function siteRelays(siteUrl: string): Promise<readonly PeerAddress[]> {
  try {
    const answer = await fetch(new URL(RELAY_LIST_FILE, siteUrl), { signal: AbortSignal.timeout(FETCH_LIMIT_MS), cache: 'no-cache' });
    const list = answer.ok ? readRelayList(await answer.text()) : undefined;
    return list?.ok === true ? list.value : [];
  } catch {
    return [];
  }
}
