/**
 * A place on a relay, by which others reach this node. libp2p asks for one as soon as it meets a relay, and never again; a
 * relay that serves members gives one only to whom it knows, or may be full just then. So once a session lets us in, the place
 * is asked for again while there is none: libp2p forgets that it met the relay, and meets it anew.
 */
import type { Connection, Libp2p } from '@libp2p/interface';
import type { PeerId } from '../node/ports.ts';
import type { TransportServices } from './libp2p-dialer.ts';
import { PROTOCOLS } from './protocols.ts';
import { pause } from './race.ts';

/** The first covers the request that libp2p makes by itself; the last a relay that is full for a while. */
const PAUSES_MS: readonly number[] = [1_000, 3_000, 10_000, 30_000, 60_000];

export class Places {
  readonly #node: Libp2p<TransportServices>;
  readonly #closing: AbortSignal;
  readonly #asking = new Map<PeerId, Promise<void>>();

  constructor(node: Libp2p<TransportServices>, closing: AbortSignal) {
    this.#node = node;
    this.#closing = closing;
  }

  /** Sees to it that there is a place at this relay, as far as it gives one. `live` is the connection to it there is. */
  seek(relay: PeerId, live: () => Connection | undefined): void {
    if (this.#closing.aborted || this.#asking.has(relay)) return;
    // A line that broke, or a relay that refuses: it is asked again when it next lets this node in.
    const asking = this.#seek(relay, live)
      .catch(() => undefined)
      .finally(() => this.#asking.delete(relay));
    this.#asking.set(relay, asking);
  }

  /** Settles when nothing of this is running; to be called once the closing signal has fired. */
  async settled(): Promise<void> {
    await Promise.all(this.#asking.values());
  }

  async #seek(relay: PeerId, live: () => Connection | undefined): Promise<void> {
    for (const pauseMs of PAUSES_MS) {
      await pause(pauseMs, this.#closing);
      const connection = live();
      if (connection === undefined || connection.limits !== undefined || this.#hasPlaceAt(relay)) return;
      await this.#meetAnew(connection);
    }
  }

  #hasPlaceAt(relay: PeerId): boolean {
    return this.#node.getMultiaddrs().some((address) => address.toString().includes(`/p2p/${relay}/p2p-circuit`));
  }

  async #meetAnew(connection: Connection): Promise<void> {
    const { peerStore, services } = this.#node;
    const { protocols } = await peerStore.get(connection.remotePeer);
    if (!protocols.includes(PROTOCOLS.circuit.id)) return;
    await peerStore.patch(connection.remotePeer, { protocols: protocols.filter((one) => one !== PROTOCOLS.circuit.id) });
    await services.identify.identify(connection, { signal: this.#closing });
  }
}
