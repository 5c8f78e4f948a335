/**
 * The relays that a browser knows from its links, its chains and the site it came from. They decide two things: whose STUN
 * it asks, and which insecure or private addresses it may dial at all; the latter may be validators' too, where a chain's
 * state says that they are. No third party's server is ever in here.
 */
import type { PeerAddress, PeerId } from '../node/ports.ts';
import { readAddress, type ServerAddress, stunUrl } from './addresses.ts';
import { isPrivateHost } from './private-hosts.ts';

/** Relays that are remembered; the oldest go first. Each chain has a few. */
const RELAYS_MAX = 64;
/** Validators that are remembered; the oldest go first. A device keeps to a few of each chain. */
const VALIDATORS_MAX = 64;
/** Chromium warns at five ICE servers and gathers more slowly with each. */
const ICE_SERVERS_MAX = 3;

export class RelayBook {
  /** In order of arrival, the latest last. */
  readonly #relays = new Map<PeerId, readonly string[]>();
  readonly #validators = new Map<PeerId, readonly string[]>();

  constructor(relays: readonly PeerAddress[] = []) {
    for (const relay of relays) this.add(relay);
  }

  /** Takes up a relay from a link, from a chain's state or from the site. Peers' say-so is not enough. */
  add({ peer, addresses }: PeerAddress): void {
    const known = this.#relays.get(peer) ?? [];
    this.#relays.delete(peer);
    this.#relays.set(peer, [...new Set([...addresses, ...known])]);
    for (const oldest of this.#relays.keys()) if (this.#relays.size > RELAYS_MAX) this.#relays.delete(oldest);
  }

  /** Takes up where a chain's state says that a validator is: whoever granted its seat vouches for it as a link does for a relay. */
  vouchFor({ peer, addresses }: PeerAddress): void {
    this.#validators.delete(peer);
    this.#validators.set(peer, addresses);
    for (const oldest of this.#validators.keys()) if (this.#validators.size > VALIDATORS_MAX) this.#validators.delete(oldest);
  }

  /** STUN URLs of the latest relays. */
  stunUrls(): readonly string[] {
    const urls = [...this.#relays.values()].reverse().flatMap((addresses) => stunUrl(addresses) ?? []);
    return [...new Set(urls)].slice(0, ICE_SERVERS_MAX);
  }

  /**
   * Whether an address may be dialled: a public, encrypted socket, or any that is one of our relays' or validators' own. Peers tell each
   * other addresses; without this a hostile one could make a page knock at services of its own machine and network.
   */
  allows(text: string): boolean {
    const address = readAddress(text);
    if (address === undefined) return false;
    const server = 'host' in address ? address : address.server;
    if (server === undefined || this.#isOurs(server)) return true;
    return server.kind !== 'ws' && !isPrivateHost(server);
  }

  #isOurs({ host, port }: ServerAddress): boolean {
    return [...this.#relays.values(), ...this.#validators.values()].flat().some((text) => {
      const address = readAddress(text);
      return address !== undefined && 'host' in address && address.host === host && address.port === port;
    });
  }
}
