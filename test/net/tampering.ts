/** A transport in which a test sits in the middle: it sees every stream, and may change, drop or record its frames. */
import type { FrameStream, Transport } from '../../src/net/transport.ts';

export type Side = 'opened' | 'accepted';
/** Gives the stream that is used in place of another. */
export type Change = (stream: FrameStream, side: Side, protocol: string) => FrameStream;

/** The same transport, with every stream changed on its way in or out. */
export function through(transport: Transport, change: Change): Transport {
  return {
    peerId: transport.peerId,
    addresses: () => transport.addresses(),
    dial: (address, signal) => transport.dial(address, signal),
    open: async (peer, protocol, limits, signal) => change(await transport.open(peer, protocol, limits, signal), 'opened', protocol),
    handle: (protocol, limits, handler) => transport.handle(protocol, limits, (stream) => handler(change(stream, 'accepted', protocol))),
    path: (peer) => transport.path(peer),
    onPeer: (listener) => transport.onPeer(listener),
    ping: (peer, signal) => transport.ping(peer, signal),
    relayUse: () => transport.relayUse(),
    disconnect: (peer) => transport.disconnect(peer),
    close: () => transport.close(),
  };
}

export interface FrameChanges {
  /** The n-th frame that this end sends, as the other end will get it; `undefined`: it never will. */
  readonly sent?: (frame: Uint8Array, n: number) => Uint8Array | undefined;
  /** The n-th frame that this end receives. */
  readonly received?: (frame: Uint8Array, n: number) => Uint8Array;
}

/** The same stream, with its frames changed. */
export function altered(stream: FrameStream, { sent = (frame) => frame, received = (frame) => frame }: FrameChanges): FrameStream {
  let sends = 0;
  let receives = 0;
  return {
    peer: stream.peer,
    send: async (frame) => {
      const changed = sent(frame, sends++);
      if (changed !== undefined) await stream.send(changed);
    },
    receive: async (signal) => {
      const frame = await stream.receive(signal);
      return frame && received(frame, receives++);
    },
    close: () => stream.close(),
    abort: () => stream.abort(),
  };
}

/** The bytes with one bit turned over. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const out = bytes.slice();
  const at = bit >> 3;
  out[at] = (out[at] ?? 0) ^ (1 << (bit & 7));
  return out;
}
