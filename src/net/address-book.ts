/**
 * What each address may still do: connections at once, new ones a second, and how badly those behind it have behaved. Keys cost
 * nothing, addresses do, so this is what holds against one machine that comes under many names. Time is an argument.
 */

import { decayed, type Score, scoreOf, TokenBucket } from './budget.ts';
import { isPrivateHost } from './private-hosts.ts';
import {
  ADDRESS_CONNECTIONS,
  ADDRESS_CONNECTIONS_MAX,
  ADDRESS_PENDING_MAX,
  ADDRESS_SCORE_MAX,
  ADDRESSES_REMEMBERED_MAX,
  type Misbehaviour,
  PEER_MEMORY_MS,
  SCORE_BAN_MS,
  SCORE_COSTS,
} from './protocols.ts';

/** Says that every private address stands for many machines: a proxy in a network of containers has one that changes. */
export const PRIVATE_ADDRESSES = 'private';

interface AddressRecord extends Score {
  open: number;
  /** Connections that have not proved a name yet. */
  pending: number;
  heardAt: number;
  readonly connections: TokenBucket;
}

function isFull({ open, pending }: AddressRecord): boolean {
  return open >= ADDRESS_CONNECTIONS_MAX || pending >= ADDRESS_PENDING_MAX;
}

/** An IPv4 address, or the network of an IPv6 one: whoever has one has 2⁶⁴ of them. */
export function addressGroup(host: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1];
  if (mapped !== undefined) return mapped;
  if (!host.includes(':')) return host;
  const [head = '', tail] = host.toLowerCase().split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const filled = tail === undefined ? front : [...front, ...Array.from({ length: 8 - front.length - back.length }, () => '0'), ...back];
  return `${filled
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, ''))
    .join(':')}::`;
}

export class AddressBook {
  readonly #records = new Map<string, AddressRecord>();
  /** Addresses that stand for many machines, such as a proxy's; they have no budget of their own. */
  readonly #shared: ReadonlySet<string>;

  /** `private` among them stands for all addresses of private networks. */
  constructor(shared: readonly string[]) {
    this.#shared = new Set(shared.map(addressGroup));
  }

  #isShared(host: string): boolean {
    const group = addressGroup(host);
    const hostKind = group.includes(':') ? 'ip6' : 'ip4';
    return (
      this.#shared.has(group) ||
      (this.#shared.has(PRIVATE_ADDRESSES) && isPrivateHost({ host: hostKind === 'ip4' ? group : host, hostKind }))
    );
  }

  get size(): number {
    return this.#records.size;
  }

  /** Counts a new connection; false, before anything is read from it, if it is one too many. */
  admits(host: string, nowMs: number): boolean {
    if (this.#isShared(host)) return true;
    const record = this.#record(host, nowMs);
    if (nowMs < record.bannedUntil || isFull(record) || !record.connections.take(1, nowMs)) return false;
    record.pending += 1;
    return true;
  }

  /** Whether a new connection would be refused now; counts nothing. */
  refuses(host: string, nowMs: number): boolean {
    const record = this.#isShared(host) ? undefined : this.#records.get(addressGroup(host));
    if (record === undefined) return false;
    return nowMs < record.bannedUntil || isFull(record) || !record.connections.has(1, nowMs);
  }

  /** A connection that was admitted has opened, or come to nothing. */
  settled(host: string): void {
    const record = this.#records.get(addressGroup(host));
    if (record !== undefined) record.pending = Math.max(0, record.pending - 1);
  }

  opened(host: string, nowMs: number): void {
    if (!this.#isShared(host)) this.#record(host, nowMs).open += 1;
  }

  closed(host: string): void {
    const record = this.#records.get(addressGroup(host));
    if (record !== undefined) record.open = Math.max(0, record.open - 1);
  }

  /** Adds to the score of an address; past the worst of it no connection is taken from there for a while. */
  penalise(host: string, misbehaviour: Misbehaviour, nowMs: number): void {
    if (this.#isShared(host)) return;
    const record = this.#record(host, nowMs);
    record.score = decayed(record, nowMs) + SCORE_COSTS[misbehaviour];
    record.scoredAt = nowMs;
    if (record.score < ADDRESS_SCORE_MAX) return;
    record.score = 0;
    record.bannedUntil = nowMs + SCORE_BAN_MS;
  }

  /** Forgets those that have been quiet for long. */
  forgetQuiet(nowMs: number): void {
    for (const [group, { open, pending, heardAt }] of this.#records) {
      if (nowMs - heardAt < PEER_MEMORY_MS) return;
      if (open + pending === 0) this.#records.delete(group);
    }
  }

  #record(host: string, nowMs: number): AddressRecord {
    const group = addressGroup(host);
    const known = this.#records.get(group);
    const record = known ?? {
      ...scoreOf(nowMs),
      open: 0,
      pending: 0,
      heardAt: nowMs,
      connections: new TokenBucket(ADDRESS_CONNECTIONS, nowMs),
    };
    record.heardAt = nowMs;
    // Re-inserting keeps the map in the order in which addresses were last heard.
    this.#records.delete(group);
    this.#records.set(group, record);
    if (known === undefined) this.#makeRoom(nowMs);
    return record;
  }

  #makeRoom(nowMs: number): void {
    this.forgetQuiet(nowMs);
    if (this.#records.size <= ADDRESSES_REMEMBERED_MAX) return;
    const idle = [...this.#records].find(([, { open, pending }]) => open + pending === 0);
    if (idle !== undefined) this.#records.delete(idle[0]);
  }
}
