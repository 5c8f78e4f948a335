/**
 * A member whose device lies: it tells of blocks that nobody voted for under certificates of other blocks, and changes bits
 * in the answers that it serves. Nobody may believe it, and everybody must find the truth elsewhere.
 */
import { decode, encode } from '../../src/core/codec/codec.ts';
import { decodeSessionMessage, encodeSessionMessage } from '../../src/core/codec/session-message.ts';
import { sessionFrame } from '../../src/core/codec/stream-frames.ts';
import { PROTOCOLS } from '../../src/net/protocols.ts';
import type { Transport } from '../../src/net/transport.ts';
import { altered, through } from '../net/tampering.ts';
import type { Chance } from './chance.ts';
import type { Injected } from './injected.ts';

const FORGE_LIKELIHOOD = 0.5;
const FALSIFY_LIKELIHOOD = 0.1;

export interface Liar {
  readonly chance: Chance;
  readonly injected: Injected;
  /** Whether it lies at the moment. */
  lies(): boolean;
}

/** The transport of a liar. */
export function lyingTransport(transport: Transport, liar: Liar): Transport {
  return through(transport, (stream, side, protocol) => {
    if (protocol === PROTOCOLS.session.id) return altered(stream, { sent: (frame) => (liar.lies() ? forged(frame, liar) : frame) });
    const serves = protocol === PROTOCOLS.sync.id && side === 'accepted';
    return serves ? altered(stream, { sent: (frame) => (liar.lies() ? falsified(frame, liar) : frame) }) : stream;
  });
}

/** A frame that tells of a new block tells of another, made a little later with the same contents. */
function forged(frame: Uint8Array, { chance, injected }: Liar): Uint8Array {
  const read = decode(sessionFrame, frame, PROTOCOLS.session.frameBytesMax);
  const message = read.ok && read.value.type === 'message' ? decodeSessionMessage(read.value.message) : undefined;
  if (message?.ok !== true || message.value.type !== 'tip' || !chance.happens(FORGE_LIKELIHOOD)) return frame;
  const tip = message.value;
  injected.add('block forged');
  return encode(sessionFrame, {
    type: 'message',
    message: encodeSessionMessage({ ...tip, header: { ...tip.header, time: tip.header.time + 1 } }),
  });
}

function falsified(frame: Uint8Array, { chance, injected }: Liar): Uint8Array {
  if (!chance.happens(FALSIFY_LIKELIHOOD)) return frame;
  injected.add('answer falsified');
  const out = frame.slice();
  const at = chance.int(0, out.length - 1);
  out[at] = (out[at] ?? 0) ^ (1 << chance.int(0, 7));
  return out;
}
