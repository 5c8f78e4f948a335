/** A page that is nothing but a libp2p transport, driven by the test from outside. */
import { browserLibp2p } from '../../../src/net/libp2p-browser.ts';
import { libp2pTransport } from '../../../src/net/libp2p-transport.ts';
import { RelayBook } from '../../../src/net/relay-book.ts';
import type { FrameStream, Transport } from '../../../src/net/transport.ts';
import type { PeerAddress } from '../../../src/node/ports.ts';

export const ECHO = { protocol: '/latchkey-test/echo/1', limits: { frameBytesMax: 1024 * 1024, inboundStreamsPerPeerMax: 4 } };
const PATIENCE_MS = 20_000;

/** What the test calls through `page.evaluate`. */
export interface PeerPage {
  start(relays: readonly PeerAddress[]): Promise<string>;
  dial(address: PeerAddress): Promise<void>;
  path(peer: string): string | undefined;
  events(): readonly string[];
  addresses(): readonly string[];
  /** Sends frames of this many bytes and counts the bytes that come back. */
  echo(peer: string, frames: number, bytes: number): Promise<number>;
  ping(peer: string): Promise<number>;
  close(): Promise<void>;
}

declare global {
  interface Window {
    peer: PeerPage;
    /** What the test records before the page runs. */
    iceServers: string[];
  }
}

async function echo(stream: FrameStream): Promise<void> {
  for (let frame = await stream.receive(); frame !== undefined; frame = await stream.receive()) await stream.send(frame);
  await stream.close();
}

let transport: Transport;
const events: string[] = [];

window.peer = {
  async start(relays) {
    transport = libp2pTransport(await browserLibp2p({ relays: new RelayBook(relays) }));
    transport.onPeer((peer, event) => events.push(`${event} ${peer} ${transport.path(peer)}`));
    transport.handle(ECHO.protocol, ECHO.limits, (stream) => void echo(stream));
    return transport.peerId;
  },
  dial: (address) => transport.dial(address, AbortSignal.timeout(PATIENCE_MS)),
  path: (peer) => transport.path(peer),
  events: () => events,
  addresses: () => transport.addresses(),
  async echo(peer, frames, bytes) {
    const stream = await transport.open(peer, ECHO.protocol, ECHO.limits, AbortSignal.timeout(PATIENCE_MS));
    // One at a time: WebRTC streams have no back-pressure for reading, and this is no test of what then happens.
    let received = 0;
    for (let i = 0; i < frames; i++) {
      await stream.send(new Uint8Array(bytes).fill(i));
      const frame = await stream.receive();
      if (frame?.every((byte) => byte === i % 256)) received += frame.length;
    }
    await stream.close();
    return received;
  },
  ping: (peer) => transport.ping(peer, AbortSignal.timeout(PATIENCE_MS)),
  close: () => transport.close(),
};
