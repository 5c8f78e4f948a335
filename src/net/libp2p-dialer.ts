/**
 * Dials one address, apart from libp2p's dial queue.
 *
 * The queue tries a peer's addresses one after the other, six seconds each, and joins a second dial of a peer to the
 * first, so that a hung attempt cannot be raced. This service hands the address to its transport directly; the connection
 * gater is asked here, since the queue is what asks it otherwise.
 */
import type { Identify } from '@libp2p/identify';
import { type Connection, type ConnectionGater, serviceCapabilities } from '@libp2p/interface';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { RefusalError } from '../core/base/result.ts';
import { readAddress } from './addresses.ts';

export interface Dialer {
  /** Opens a new connection to an address that ends in `/p2p/<id>`; the peer proves that id or the dial fails. */
  dial(address: string, signal: AbortSignal): Promise<Connection>;
}

/** What the service asks of the node that it runs in. */
export interface DialerComponents {
  readonly connectionGater: ConnectionGater;
  readonly transportManager: { dial(address: Multiaddr, options: { signal: AbortSignal }): Promise<Connection> };
}

/** The services that a `libp2pTransport` needs of its node. */
export interface TransportServices extends Record<string, unknown> {
  readonly dialer: Dialer;
  readonly identify: Identify;
}

/**
 * Keeps libp2p's own dial queue shut: it redials peers that it found useful, and peers that others told it of, which makes
 * second connections at best and contacts strangers at worst. What is dialled is decided here and by the watchdog above.
 */
export const denyDialPeer = (): boolean => true;

/** libp2p service factory. */
export function dialer(): (components: DialerComponents) => Dialer {
  return (components) => new AddressDialer(components);
}

class AddressDialer implements Dialer {
  readonly #components: DialerComponents;
  readonly [serviceCapabilities]: readonly string[] = ['@latchkey/dialer'];

  constructor(components: DialerComponents) {
    this.#components = components;
  }

  async dial(address: string, signal: AbortSignal): Promise<Connection> {
    if (readAddress(address) === undefined)
      throw new RefusalError({ code: 'no-relay', detail: `no address that is dialled here: ${address}` });
    const target = multiaddr(address);
    if (await this.#components.connectionGater.denyDialMultiaddr?.(target)) {
      throw new RefusalError({ code: 'no-relay', detail: `the address is neither public and secure nor one of our relays': ${address}` });
    }
    return this.#components.transportManager.dial(target, { signal });
  }
}
