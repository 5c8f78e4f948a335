/** Where the validators are, by what the chain says: whoever votes keeps a session with each, everybody else with a few. */
import { equal } from '../core/base/bytes.ts';
import type { TrustSet } from '../core/codec/records.ts';
import { officeOf } from '../core/membership/seats.ts';
import type { Ledger } from './ledger.ts';
import type { PeerAddress } from './ports.ts';

const decoder = new TextDecoder();
/** Validators that a node keeps to which none depends on it: enough that some are there while others are down. */
const VALIDATORS_KEPT_MAX = 4;

/** Peers of the other validators, best known first; all of them for one of their own. */
export function validatorPeers(ledger: Ledger, nodeKey: Uint8Array): readonly PeerAddress[] {
  const { seats } = ledger.trust;
  const others = seats.filter(({ node }) => !equal(node, nodeKey));
  const peers = others.flatMap((seat) => peerOf(ledger, seat) ?? []);
  return others.length < seats.length ? peers : peers.slice(0, VALIDATORS_KEPT_MAX);
}

/** From its office; a founder who registered nothing since stands in the genesis. */
function peerOf(ledger: Ledger, { member, node }: TrustSet['seats'][number]): PeerAddress | undefined {
  const registered = officeOf(ledger.state, member)?.endpoints ?? [];
  const founder = ledger.genesis.founders.find((one) => equal(one.node, node));
  return peerAddress(registered.length > 0 ? registered : (founder?.endpoints ?? []));
}

/** One peer from its endpoints, `<multiaddr>/p2p/<peer>` each; those of another peer than the first are left out. */
export function peerAddress(endpoints: readonly Uint8Array[]): PeerAddress | undefined {
  const read = endpoints.flatMap((endpoint) => {
    const text = decoder.decode(endpoint);
    const at = text.lastIndexOf('/p2p/');
    return at <= 0 ? [] : [{ peer: text.slice(at + '/p2p/'.length), address: text.slice(0, at) }];
  });
  const [first] = read;
  if (first === undefined || first.peer.length === 0 || first.peer.includes('/')) return undefined;
  return { peer: first.peer, addresses: read.filter(({ peer }) => peer === first.peer).map(({ address }) => address) };
}

/** The relays of one's own, then validators that are not among them. */
export function keptPeers(relays: readonly PeerAddress[], validators: readonly PeerAddress[], self: string): readonly PeerAddress[] {
  const others = validators.filter(({ peer }) => peer !== self && !relays.some((relay) => relay.peer === peer));
  return [...relays, ...others];
}

/** Tells whether the peers are the same as before. */
export function samePeers(a: readonly PeerAddress[], b: readonly PeerAddress[]): boolean {
  const text = (peers: readonly PeerAddress[]) => peers.map(({ peer, addresses }) => `${peer} ${addresses.join(' ')}`).join('\n');
  return text(a) === text(b);
}
