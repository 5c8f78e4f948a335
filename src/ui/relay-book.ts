/** The relays that this device knows before any chain: those that the person added, then those that the site names. */
import { fromUtf8, utf8 } from '../core/base/bytes.ts';
import { RefusalError } from '../core/base/result.ts';
import { isAddressText } from '../core/codec/address.ts';
import { isPeerIdText } from '../core/codec/peer.ts';
import type { PeerAddress, Space } from '../node/ports.ts';
import type { RelayView } from './app.ts';
import { relayLabel } from './chain-view.ts';

/** Relays that a person may add on one device. */
const ADDED_RELAYS_MAX = 16;

export class RelayBook {
  readonly #space: Space;
  readonly #named: readonly PeerAddress[];
  #added: readonly PeerAddress[];

  private constructor(space: Space, named: readonly PeerAddress[], added: readonly PeerAddress[]) {
    this.#space = space;
    this.#named = named;
    this.#added = added;
  }

  static async open(space: Space, named: readonly PeerAddress[]): Promise<RelayBook> {
    const kept = await space.get('meta', 'relays');
    return new RelayBook(space, named, kept === undefined ? [] : JSON.parse(fromUtf8(kept) ?? '[]'));
  }

  /** The relay with this peer id; the usual one if none is asked for. */
  find(peer: string): PeerAddress | undefined {
    const all = [...this.#added, ...this.#named];
    return peer === '' ? all[0] : all.find((relay) => relay.peer === peer);
  }

  views(): readonly RelayView[] {
    const all = [...this.#added.map((relay) => relayView(relay, 'added')), ...this.#named.map((relay) => relayView(relay, 'site'))];
    return all.filter(({ peerId }, i) => all.findIndex((other) => other.peerId === peerId) === i);
  }

  /** Keeps a relay by its multiaddr, first in the list. Throws `malformed`, or `too-many-pending` for one too many. */
  async add(text: string): Promise<RelayView> {
    const at = text.trim().lastIndexOf('/p2p/');
    const address = text.trim().slice(0, Math.max(at, 0));
    const peer = text.trim().slice(at + '/p2p/'.length);
    if (at < 0 || !isAddressText(address) || !isPeerIdText(peer))
      throw new RefusalError({ code: 'malformed', detail: 'not a relay’s address' });
    if (this.#added.length >= ADDED_RELAYS_MAX)
      throw new RefusalError({ code: 'too-many-pending', detail: `${ADDED_RELAYS_MAX} relays were added` });
    const relay = { peer, addresses: [address] };
    this.#added = [relay, ...this.#added.filter((other) => other.peer !== peer)];
    await this.#space.write([{ type: 'put', table: 'meta', key: 'relays', value: utf8(JSON.stringify(this.#added)) }], 'strict');
    return relayView(relay, 'added');
  }
}

export function relayView({ peer, addresses }: PeerAddress, source: RelayView['source']): RelayView {
  return { peerId: peer, addresses, label: relayLabel(addresses) ?? peer, source };
}
