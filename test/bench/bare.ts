/**
 * The yardstick: a bare libp2p stream. Whoever opens it says how many bytes it wants and gets them, as fast as transport,
 * encryption and multiplexer of Latchkey's own configuration carry them.
 *
 * ```
 * request = count, 8 bytes big-endian        answer = count bytes
 * ```
 */
import type { Connection, Libp2p, Stream } from '@libp2p/interface';
import type { TransportServices } from '../../src/net/libp2p-dialer.ts';

const BARE_PROTOCOL = '/latchkey-bench/bare/1';
/** What fits one message of the multiplexer and of the encryption with their headers: the fastest size of one `send`. */
const PIECE_BYTES = 63 * 1024;
const REQUEST_BYTES = 8;
const DIAL_LIMIT_MS = 60_000;

/** How long a bare stream took, from before the dial and from before the stream. */
export interface BareTimes {
  readonly bytes: number;
  readonly seconds: number;
  readonly dialSeconds: number;
  readonly streamSeconds: number;
}

/** Answers bare streams on a node. */
export async function serveBare(node: Libp2p): Promise<void> {
  await node.handle(BARE_PROTOCOL, (stream) => answer(stream).catch((error: Error) => stream.abort(error)));
}

async function answer(stream: Stream): Promise<void> {
  const piece = new Uint8Array(PIECE_BYTES).map((_, i) => i);
  let left = await readCount(stream);
  while (left > 0) {
    const some = Math.min(left, PIECE_BYTES);
    left -= some;
    if (!stream.send(piece.subarray(0, some))) await drained(stream);
  }
  await stream.close();
}

async function readCount(stream: Stream): Promise<number> {
  const request = new Uint8Array(REQUEST_BYTES);
  let length = 0;
  for await (const piece of stream) {
    request.set(piece.subarray(), length);
    length += piece.byteLength;
    if (length === REQUEST_BYTES) return Number(new DataView(request.buffer).getBigUint64(0));
  }
  throw new Error('the stream ended before its request');
}

/** `stream.onDrain()` settles for the first time only. */
function drained(stream: Stream): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.addEventListener('drain', () => resolve(), { once: true });
    stream.addEventListener('close', () => reject(new Error('the stream ended')), { once: true });
  });
}

/** Dials a server of bare streams and takes so many bytes. */
export async function measureBare({ services }: Libp2p<TransportServices>, address: string, bytes: number): Promise<BareTimes> {
  const began = performance.now();
  const connection = await services.dialer.dial(address, AbortSignal.timeout(DIAL_LIMIT_MS));
  const dialled = performance.now();
  await pull(connection, bytes);
  const ended = performance.now();
  return { bytes, seconds: (ended - began) / 1000, dialSeconds: (dialled - began) / 1000, streamSeconds: (ended - dialled) / 1000 };
}

async function pull(connection: Connection, bytes: number): Promise<void> {
  const stream = await connection.newStream(BARE_PROTOCOL);
  const request = new Uint8Array(REQUEST_BYTES);
  new DataView(request.buffer).setBigUint64(0, BigInt(bytes));
  stream.send(request);
  let received = 0;
  for await (const piece of stream) received += piece.byteLength;
  if (received !== bytes) throw new Error(`${received} of ${bytes} bytes came`);
}
