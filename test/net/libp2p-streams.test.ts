/** What bites in libp2p's streams, and that ours do not pass it on. One end is ours, the other is libp2p's own. */
import type { Libp2p, Stream } from '@libp2p/interface';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TransportServices } from '../../src/net/libp2p-dialer.ts';
import { nodeLibp2p } from '../../src/net/libp2p-node.ts';
import { Libp2pFrameStream } from '../../src/net/libp2p-streams.ts';
import { codeOf } from './kit.ts';

const PROTOCOL = '/latchkey-test/stream/1';
const KIB = 1024;
const MIB = 1024 * KIB;
const LIMITS = { frameBytesMax: 256 * KIB, inboundStreamsPerPeerMax: 8 };

let nodes: readonly [Libp2p<TransportServices>, Libp2p<TransportServices>];
beforeEach(async () => {
  nodes = await Promise.all([nodeLibp2p(), nodeLibp2p({ listen: ['/ip4/127.0.0.1/tcp/0/ws'] })]);
});
afterEach(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
});

/** Both ends of a new stream, as libp2p gives them. */
async function ends(): Promise<readonly [Stream, Stream]> {
  const [here, there] = nodes;
  const taken = Promise.withResolvers<Stream>();
  await there.handle(PROTOCOL, (stream) => taken.resolve(stream), { force: true });
  const [address] = there.getMultiaddrs();
  const connection = here.getConnections()[0] ?? (await here.services.dialer.dial(String(address), AbortSignal.timeout(5_000)));
  return [await connection.newStream(PROTOCOL), await taken.promise];
}

function ours(stream: Stream): Libp2pFrameStream {
  return new Libp2pFrameStream(stream, 'the other side', LIMITS);
}

/** Writes until libp2p asks to wait. */
function fill(stream: Stream): void {
  while (!stream.writableNeedsDrain) stream.send(new Uint8Array(64 * KIB));
}

async function once(stream: Stream, event: 'drain' | 'close'): Promise<void> {
  await new Promise<void>((resolve) => stream.addEventListener(event, () => resolve(), { once: true }));
}

describe('sending', () => {
  test('libp2p’s onDrain still settles early from its second time on', async () => {
    const [near, far] = await ends();
    fill(near);
    const first = near.onDrain();
    far.addEventListener('message', () => undefined);
    await first;
    far.pause();
    fill(near);
    await near.onDrain();
    // Once this fails, libp2p has mended it and our own wait for the event can go.
    expect(near.writableNeedsDrain).toBe(true);
  });

  test('waits each time, so that nothing piles up before a slow reader', async () => {
    const [near, far] = await ends();
    const sender = ours(near);
    let piledUp = 0;
    let sent = 0;
    const sending = (async () => {
      for (; sent < 64; sent++) {
        await sender.send(new Uint8Array(256 * KIB - 8));
        piledUp = Math.max(piledUp, near.writeBufferLength);
      }
    })();
    let received = 0;
    far.addEventListener('message', (event) => {
      received += event.data.byteLength;
      far.pause();
      setTimeout(() => far.readStatus === 'paused' && far.resume(), 2);
    });
    await sending;
    expect(piledUp).toBe(0);
    while (received < 64 * 256 * KIB - 64 * 5) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  test('ends with the stream, also for who waits', async () => {
    const [near, far] = await ends();
    const sender = ours(near);
    const code = codeOf(
      (async () => {
        for (;;) await sender.send(new Uint8Array(256 * KIB));
      })(),
    );
    while (!near.writableNeedsDrain) await new Promise((resolve) => setTimeout(resolve, 5));
    far.abort(new Error('the other side gives up'));
    expect(await code).toBe('closed');
  });
});

describe('receiving', () => {
  test('what breaks off without its end mark is no end', async () => {
    const [near, far] = await ends();
    near.send(Uint8Array.of(3, 1, 2));
    await near.close();
    const reader = ours(far);
    expect(await reader.receive()).toEqual(Uint8Array.of(1, 2));
    expect(await codeOf(reader.receive())).toBe('closed');
  });

  test('a frame that is cut off is not handed over', async () => {
    const [near, far] = await ends();
    near.send(Uint8Array.of(10, 1, 2));
    await near.close();
    expect(await codeOf(ours(far).receive())).toBe('closed');
  });

  test('what no honest sender makes ends the stream on both sides', async () => {
    const [near, far] = await ends();
    const gone = once(near, 'close');
    near.send(Uint8Array.of(0x80, 0x00));
    const reader = ours(far);
    expect(await codeOf(reader.receive())).toBe('malformed');
    expect(await codeOf(reader.receive())).toBe('malformed');
    await gone;
    expect(near.status).toBe('reset');
  });

  test('a reader that pauses after a fast run loses nothing: windows stay inside libp2p’s buffer', async () => {
    const [near, far] = await ends();
    const [sender, reader] = [ours(near), ours(far)];
    const frames = 160;
    const sending = (async () => {
      for (let i = 0; i < frames; i++) await sender.send(new Uint8Array(256 * KIB).fill(i));
      await sender.close();
    })();
    let received = 0;
    for (let frame = await reader.receive(); frame !== undefined; frame = await reader.receive()) {
      expect(frame[0]).toBe(received);
      received += 1;
      if (received === frames / 2) await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await sending;
    expect(received).toBe(frames);
    expect(far.readBufferLength).toBeLessThan(4 * MIB);
  });

  test('what arrived before an orderly end can be read after it', async () => {
    const [near, far] = await ends();
    const [sender, reader] = [ours(near), ours(far)];
    await sender.send(Uint8Array.of(1));
    await sender.send(Uint8Array.of(2));
    await sender.close();
    await reader.close();
    while (far.status !== 'closed') await new Promise((resolve) => setTimeout(resolve, 5));
    expect([await reader.receive(), await reader.receive(), await reader.receive()]).toEqual([
      Uint8Array.of(1),
      Uint8Array.of(2),
      undefined,
    ]);
  });
});
