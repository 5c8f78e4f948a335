/** Relays and public witnesses that this copy of the site names, in `latchkey.json` beside its page. */
import type { VerifierKey } from '../core/log/verifier-key.ts';
import { RELAY_LIST_FILE, readRelayList, readWitnessKeys } from '../net/relay-list.ts';
import type { PeerAddress } from '../node/ports.ts';

const FETCH_LIMIT_MS = 5_000;

export interface SiteList {
  /** Best first. */
  readonly relays: readonly PeerAddress[];
  readonly witnesses: readonly VerifierKey[];
}

const NONE: SiteList = { relays: [], witnesses: [] };

/** What the file names; nothing if it is missing or makes no sense, since a person can add a relay by hand. */
export async function siteList(siteUrl: string): Promise<SiteList> {
  try {
    const answer = await fetch(new URL(RELAY_LIST_FILE, siteUrl), { signal: AbortSignal.timeout(FETCH_LIMIT_MS), cache: 'no-cache' });
    if (!answer.ok) return NONE;
    const text = await answer.text();
    const relays = readRelayList(text);
    return { relays: relays.ok ? relays.value : [], witnesses: readWitnessKeys(text) };
  } catch {
    return NONE;
  }
}
