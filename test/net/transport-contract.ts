/** What every transport owes to the sessions above it. Each implementation runs this suite; see `src/net/transport.ts`. */
import { afterEach, describe, expect, test } from 'vitest';
import type { FrameStream, StreamLimits, Transport } from '../../src/net/transport.ts';
import type { PeerAddress } from '../../src/node/ports.ts';
import { codeOf, NEVER } from './kit.ts';

/** Makes processes that can reach each other. */
export interface TransportBench {
  /** A new process with a peer id of its own. */
  transport(): Promise<Transport>;
  /** Where the others reach it. */
  address(of: Transport): PeerAddress;
  /** An address that nobody answers at. */
  nowhere(): PeerAddress;
  /** Closes what is still open. */
  close(): Promise<void>;
}

const PROTOCOL = '/latchkey/test/1';
const LIMITS: StreamLimits = { frameBytesMax: 256 * 1024, inboundStreamsPerPeerMax: 4 };
const MIB = 1024 * 1024;

const PATIENCE_MS = 10_000;
const LOOK_AGAIN_MS = 5;

/** Waits for something that another process brings about. */
async function eventually(what: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await what()); waited += LOOK_AGAIN_MS) {
    if (waited > PATIENCE_MS) throw new Error('it never came about');
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

function frameOf(bytes: number, fill: number): Uint8Array {
  return new Uint8Array(bytes).fill(fill);
}

export function transportContract(name: string, makeBench: () => Promise<TransportBench>): void {
  describe(`${name} keeps the contract of transports`, () => {
    let bench: TransportBench | undefined;
    afterEach(async () => {
      await bench?.close();
      bench = undefined;
    });

    /** Two processes; the second takes streams. With `connected`, the first has dialled the second. */
    async function pair(limits: StreamLimits = LIMITS, connected = true) {
      bench = await makeBench();
      const here = await bench.transport();
      const there = await bench.transport();
      const taken: FrameStream[] = [];
      there.handle(PROTOCOL, limits, (stream) => taken.push(stream));
      if (connected) await here.dial(bench.address(there), NEVER);
      const open = (own: StreamLimits = LIMITS) => here.open(there.peerId, PROTOCOL, own, NEVER);
      /** A stream's two ends. The opener speaks first, as every protocol of ours does. */
      const stream = async (): Promise<readonly [FrameStream, FrameStream]> => {
        const before = taken.length;
        const near = await open();
        await near.send(frameOf(1, 7));
        await eventually(() => taken.length > before);
        const far = taken[before];
        if (far === undefined) throw new Error('no stream was taken');
        expect(await far.receive()).toEqual(frameOf(1, 7));
        return [near, far];
      };
      return { bench, here, there, taken, open, stream };
    }

    test('a dialled peer is connected on both sides, once, and dialling it again returns at once', async () => {
      const { bench, here, there } = await pair(LIMITS, false);
      const heard: string[] = [];
      here.onPeer((peer, event) => heard.push(`here: ${peer === there.peerId} ${event}`));
      there.onPeer((peer, event) => heard.push(`there: ${peer === here.peerId} ${event}`));
      expect(here.path(there.peerId)).toBeUndefined();
      await here.dial(bench.address(there), NEVER);
      await here.dial(bench.address(there), NEVER);
      await eventually(() => heard.length >= 2);
      expect(heard.toSorted()).toEqual(['here: true connected', 'there: true connected']);
      expect(here.path(there.peerId)).toBeDefined();
      expect(there.path(here.peerId)).toBeDefined();
    });

    test('a peer that cannot be reached is no-relay, and a dial that is given up is aborted', async () => {
      const { bench, here, there } = await pair(LIMITS, false);
      expect(await codeOf(here.dial(bench.nowhere(), NEVER))).toBe('no-relay');
      expect(await codeOf(here.dial(bench.address(there), AbortSignal.abort()))).toBe('aborted');
    });

    test('a stream tells each side who the other is', async () => {
      const { here, there, stream } = await pair();
      const [near, far] = await stream();
      expect([near.peer, far.peer]).toEqual([there.peerId, here.peerId]);
    });

    test('frames of every size arrive in order, both ways', async () => {
      const { stream } = await pair();
      const [near, far] = await stream();
      const sizes = [0, 1, 127, 128, 16_383, 16_384, 65_536, LIMITS.frameBytesMax];
      for (const [sender, receiver] of [
        [near, far],
        [far, near],
      ] as const) {
        const sending = (async () => {
          for (const [i, size] of sizes.entries()) await sender.send(frameOf(size, i));
        })();
        for (const [i, size] of sizes.entries()) expect(await receiver.receive()).toEqual(frameOf(size, i));
        await sending;
      }
    });

    test('a frame is what it was when it was sent', async () => {
      const { stream } = await pair();
      const [near, far] = await stream();
      const frame = frameOf(10, 1);
      await near.send(frame);
      frame.fill(9);
      expect(await far.receive()).toEqual(frameOf(10, 1));
    });

    test('one half ends after what was sent, and the other half still runs', async () => {
      const { stream } = await pair();
      const [near, far] = await stream();
      await near.send(frameOf(5, 1));
      const closed = near.close();
      expect(await far.receive()).toEqual(frameOf(5, 1));
      expect(await far.receive()).toBeUndefined();
      expect(await far.receive()).toBeUndefined();
      await far.send(frameOf(5, 2));
      expect(await near.receive()).toEqual(frameOf(5, 2));
      await far.close();
      expect(await near.receive()).toBeUndefined();
      await closed;
      await expect(near.send(frameOf(1, 3))).rejects.toThrow();
    });

    test('a stream that is aborted ends both halves on both sides', async () => {
      const { stream } = await pair();
      const [near, far] = await stream();
      const waiting = expect(far.receive()).rejects.toThrow();
      near.abort();
      await waiting;
      await expect(near.receive()).rejects.toThrow();
      await expect(near.send(frameOf(1, 1))).rejects.toThrow();
      await expect(far.send(frameOf(1, 1))).rejects.toThrow();
    });

    test('a wait for a frame can be given up, and the stream lives on', async () => {
      const { stream } = await pair();
      const [near, far] = await stream();
      const waiting = new AbortController();
      const wait = codeOf(far.receive(waiting.signal));
      waiting.abort();
      expect(await wait).toBe('aborted');
      await near.send(frameOf(3, 4));
      expect(await far.receive()).toEqual(frameOf(3, 4));
    });

    test('a frame over the bound is not sent', async () => {
      const { stream } = await pair();
      const [near, far] = await stream();
      expect(await codeOf(near.send(frameOf(LIMITS.frameBytesMax + 1, 1)))).toBe('too-large');
      await near.send(frameOf(2, 2));
      expect(await far.receive()).toEqual(frameOf(2, 2));
    });

    test('a frame over the receiver’s bound ends the stream and is never seen', async () => {
      const { open, taken } = await pair({ ...LIMITS, frameBytesMax: 1000 });
      const near = await open();
      await near.send(frameOf(1001, 1)).catch(() => {});
      await eventually(() => taken.length > 0);
      await expect(taken[0]?.receive()).rejects.toThrow();
    });

    test('a protocol that nobody takes is not opened', async () => {
      const { here, there } = await pair();
      await expect(here.open(there.peerId, '/latchkey/unknown/1', LIMITS, NEVER)).rejects.toThrow();
    });

    test('a peer opens no more streams than it may, and may again when one has ended', async () => {
      const { open, stream, taken } = await pair();
      const first = await stream();
      for (let i = 1; i < LIMITS.inboundStreamsPerPeerMax; i++) await stream();
      const tooMany = (async () => {
        const near = await open();
        await near.send(frameOf(1, 1));
        await near.receive();
      })();
      await expect(tooMany).rejects.toThrow();
      expect(taken).toHaveLength(LIMITS.inboundStreamsPerPeerMax);
      for (const end of first) end.abort();
      const again = async () => {
        try {
          await stream();
          return true;
        } catch {
          return false;
        }
      };
      await eventually(again);
    });

    test('who is not read does not send for ever: it waits, or loses the stream', async () => {
      const { stream } = await pair();
      const [near] = await stream();
      let taken = 0;
      const flood = (async () => {
        for (let i = 0; i < 1024; i++) {
          await near.send(frameOf(64 * 1024, 1));
          taken += 64 * 1024;
        }
      })().catch(() => {});
      // Whatever buffers there are fill in this time; what counts is that they have an end.
      let before = -1;
      while (before !== taken) {
        before = taken;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      expect(taken).toBeLessThan(32 * MIB);
      near.abort();
      await flood;
    });

    test('a connection that is closed ends its streams, and both sides hear of it', async () => {
      const { here, there, stream } = await pair();
      const [near, far] = await stream();
      const heard: string[] = [];
      here.onPeer((_, event) => heard.push(`here: ${event}`));
      there.onPeer((_, event) => heard.push(`there: ${event}`));
      const waiting = Promise.all([expect(near.receive()).rejects.toThrow(), expect(far.receive()).rejects.toThrow()]);
      await here.disconnect(there.peerId);
      await waiting;
      await eventually(() => heard.length >= 2);
      expect(heard.toSorted()).toEqual(['here: disconnected', 'there: disconnected']);
      expect(here.path(there.peerId)).toBeUndefined();
      await expect(here.open(there.peerId, PROTOCOL, LIMITS, NEVER)).rejects.toThrow();
    });

    test('a peer that was disconnected can be dialled again', async () => {
      const { bench, here, there, stream } = await pair();
      await here.disconnect(there.peerId);
      await eventually(() => there.path(here.peerId) === undefined);
      await here.dial(bench.address(there), NEVER);
      await stream();
    });

    test('a listener that unsubscribed hears nothing more', async () => {
      const { here, there } = await pair();
      const heard: string[] = [];
      here.onPeer((_, event) => heard.push(event))();
      await here.disconnect(there.peerId);
      await eventually(() => here.path(there.peerId) === undefined);
      expect(heard).toEqual([]);
    });

    test('a ping takes some milliseconds, or is refused without a connection', async () => {
      const { here, there } = await pair();
      expect(await here.ping(there.peerId, NEVER)).toBeGreaterThanOrEqual(0);
      await here.disconnect(there.peerId);
      await expect(here.ping(there.peerId, NEVER)).rejects.toThrow();
    });

    test('a process that closes leaves its peers, and dials no more', async () => {
      const { bench, here, there, stream } = await pair();
      const [near] = await stream();
      const waiting = expect(near.receive()).rejects.toThrow();
      await there.close();
      await waiting;
      await eventually(() => here.path(there.peerId) === undefined);
      await expect(there.dial(bench.address(here), NEVER)).rejects.toThrow();
    });
  });
}
