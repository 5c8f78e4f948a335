/**
 * What kind of router stands between this machine and the others, by how STUN servers see its ports. One that gives a socket the
 * same port towards everybody lets two peers meet directly; one that gives a new port towards each (RFC 4787 § 4.1, "address and
 * port-dependent mapping") mostly does not.
 */
import { attention, type Finding, good, unknown } from './finding.ts';

export interface Mapping {
  /** The socket on this machine, as `address:port`; empty where the browser keeps it to itself. */
  readonly local: string;
  /** As seen from outside. */
  readonly address: string;
  readonly port: number;
}

export interface Seen {
  /** Different ones only; a socket that is seen as it is has none. */
  readonly mappings: readonly Mapping[];
  /** UDP sockets of this machine that asked. */
  readonly sockets: number;
  /** STUN servers that answered. */
  readonly servers: number;
}

/** `none`: seen as it is. `steady`: one port towards all. `changing`: another port towards each. `silent`: nobody answered. */
export type NatKind = 'none' | 'steady' | 'changing' | 'silent' | 'unknown';

export function natKind({ mappings, sockets, servers }: Seen): NatKind {
  if (servers === 0) return 'silent';
  if (mappings.length === 0) return 'none';
  if (servers < 2) return 'unknown';
  const ports = groupedPorts(mappings);
  const isHidden = mappings.some(({ local }) => local === '');
  if (ports.some((count) => count > (isHidden ? sockets : 1))) return 'changing';
  return ports.every((count) => count === 1) ? 'steady' : 'unknown';
}

/** How many ports each socket is seen at, from each address of the router. */
function groupedPorts(mappings: readonly Mapping[]): readonly number[] {
  const ports = new Map<string, Set<number>>();
  for (const { local, address, port } of mappings) {
    const key = `${local} ${address}`;
    ports.set(key, (ports.get(key) ?? new Set()).add(port));
  }
  return [...ports.values()].map((set) => set.size);
}

export function natFinding(kind: NatKind): Finding {
  switch (kind) {
    case 'none':
      return good('No router translates addresses on the way: others can meet this device directly.');
    case 'steady':
      return good('The router keeps one port for all (cone NAT): most others can meet this device directly.');
    case 'changing':
      return attention(
        'The router takes another port towards each (symmetric NAT): direct connections mostly fail, and the relay carries what goes to others.',
        'It works, more slowly. Another network, or IPv6, gives direct connections.',
      );
    case 'silent':
      return unknown('No STUN server answered.');
    case 'unknown':
      return unknown('It takes the answers of two STUN servers to tell, and no third party’s is ever asked.');
  }
}

/** What there is to say of a relay's STUN server. */
export function stunFinding(answered: boolean): Finding {
  if (answered) return good('Answers: this device learns how it is seen from outside.');
  return attention(
    'Does not answer: what goes to others behind a router goes through the relay, not directly.',
    'The network here may block UDP. If nobody gets an answer, the operator has to open the UDP port after the relay’s own.',
  );
}
