/**
 * Tries addresses one by one over a libp2p node of its own, which listens nowhere and is closed afterwards: the connection is
 * opened by the transport that would carry the chain, and whoever answers proves that it is the relay the address names.
 */
import { webRTCDirect } from '@libp2p/webrtc';
import { webSockets } from '@libp2p/websockets';
import { createLibp2p, type Libp2p } from 'libp2p';
import type { PeerId } from '../../node/ports.ts';
import { readAddress, withPeer } from '../addresses.ts';
import { baseConnectionManager, baseModules, baseServices } from '../libp2p-base.ts';
import { denyDialPeer, type TransportServices } from '../libp2p-dialer.ts';
import type { AddressTrial } from './address-words.ts';

export class AddressTrials implements AsyncDisposable {
  readonly #node: Libp2p<TransportServices>;

  private constructor(node: Libp2p<TransportServices>) {
    this.#node = node;
  }

  static async open(): Promise<AddressTrials> {
    const node = await createLibp2p<TransportServices>({
      ...baseModules,
      addresses: { listen: [] },
      transports: [webSockets(), webRTCDirect({ rtcConfiguration: { iceServers: [] } })],
      // Addresses come from a link, a chain's state, the site or the operator: private ones are meant.
      connectionGater: { denyDialPeer, denyDialMultiaddr: () => false },
      connectionManager: baseConnectionManager,
      services: baseServices,
    });
    return new AddressTrials(node);
  }

  /** Settles when it has answered or the signal fires; never rejects. Without a peer whoever answers will do. */
  async try(address: string, peer: PeerId | undefined, signal: AbortSignal): Promise<AddressTrial> {
    if (readAddress(address) === undefined) return { type: 'unknown-form' };
    const begun = performance.now();
    try {
      const connection = await this.#node.services.dialer.dial(peer === undefined ? address : withPeer(address, peer), signal);
      const elapsedMs = performance.now() - begun;
      await connection.close().catch(() => connection.abort(new Error('it was a trial')));
      return { type: 'answers', elapsedMs };
    } catch (error) {
      return { type: isOtherPeer(error) ? 'other-peer' : 'silent' };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#node.stop();
  }
}

/** The names under which libp2p and Noise report that another key answered than the one dialled. */
const OTHER_PEER_ERRORS = /UnexpectedPeer|InvalidCryptoExchange|does not match|Payload identity key/i;

function isOtherPeer(error: unknown): boolean {
  return error instanceof Error && OTHER_PEER_ERRORS.test(`${error.name} ${error.message}`);
}
