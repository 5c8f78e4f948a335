/**
 * libp2p's circuit relay behind the relay's gate. Each request is read first, bounded and in time; what the gate refuses is
 * answered with the status that libp2p's circuits have for it, what it allows goes on to libp2p as it came.
 */
import {
  type CircuitRelayServerComponents,
  type CircuitRelayServerInit,
  type CircuitRelayService,
  circuitRelayServer,
} from '@libp2p/circuit-relay-v2';
import type { Connection, Stream, StreamHandler, StreamMessageEvent } from '@libp2p/interface';
import type { RefusalCode } from '../core/base/result.ts';
import { PROTOCOLS } from './protocols.ts';
import type { RelayGate } from './relay-gate.ts';

const { frameBytesMax, idleLimitMs, inboundStreamsPerPeerMax } = PROTOCOLS.circuit;

/** Kinds of a `HopMessage` (circuit relay v2), by the number in its first field. */
const RESERVE = 0;
const CONNECT = 1;
/** A field of protobuf before its number: the kind is field 1, the status field 5. */
const KIND_FIELD = 0x08;
const STATUS_FIELD = 0x28;
const STATUS_KIND = 2;
/** Statuses of circuit relay v2: RESERVATION_REFUSED, RESOURCE_LIMIT_EXCEEDED, PERMISSION_DENIED. */
const STATUSES = { 'relays-full': 200, 'slow-down': 201, 'not-a-member': 202 } as const;

/** The service's factory, with every request for a place or a circuit before the gate. */
export function gatedCircuits(
  gate: RelayGate,
  init: CircuitRelayServerInit,
): (components: CircuitRelayServerComponents) => CircuitRelayService {
  const options = { ...init, maxInboundHopStreams: inboundStreamsPerPeerMax };
  return ({ registrar, peerStore, addressManager, peerId, privateKey, connectionManager, connectionGater, logger }) => {
    const handle: typeof registrar.handle = (protocol, handler, how) => registrar.handle(protocol, gated(gate, handler), how);
    const guarded: typeof registrar = Object.create(registrar, { handle: { value: handle } });
    const rest = { peerStore, addressManager, peerId, privateKey, connectionManager, connectionGater, logger };
    return circuitRelayServer(options)({ ...rest, registrar: guarded });
  };
}

function gated(gate: RelayGate, handler: StreamHandler): StreamHandler {
  return async (stream, connection) => {
    try {
      const bytes = await firstMessage(stream);
      const refusal = await verdict(gate, bytes, connection);
      if (refusal !== undefined) return await refuse(stream, refusal);
      stream.unshift(bytes);
    } catch (error) {
      return stream.abort(error instanceof Error ? error : new Error('the request could not be read'));
    }
    return handler(stream, connection);
  };
}

async function verdict(gate: RelayGate, bytes: Uint8Array, connection: Connection): Promise<RefusalCode | undefined> {
  const peer = connection.remotePeer.toString();
  const start = headerBytes(bytes);
  const kind = bytes[start] === KIND_FIELD ? bytes[start + 1] : undefined;
  if (kind === RESERVE) return gate.reserve(peer);
  if (kind === CONNECT) return gate.connect(peer);
  if (gate.misbehaved(peer, 'malformed')) connection.abort(new Error('it sends what no circuit asks for'));
  throw new Error('no request of a circuit');
}

async function refuse(stream: Stream, refusal: RefusalCode): Promise<void> {
  const status = Object.hasOwn(STATUSES, refusal) ? STATUSES[refusal as keyof typeof STATUSES] : STATUSES['not-a-member'];
  const message = [KIND_FIELD, STATUS_KIND, STATUS_FIELD, (status & 0x7f) | 0x80, status >> 7];
  stream.send(Uint8Array.from([message.length, ...message]));
  await stream.close({ signal: AbortSignal.timeout(idleLimitMs) });
}

/** All that has come once the first message is whole, its length before it. Rejects for what is too long or too slow. */
function firstMessage(stream: Stream): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let received = new Uint8Array();
    const end = (outcome: () => void) => {
      clearTimeout(timer);
      stream.removeEventListener('message', take);
      stream.removeEventListener('close', closed);
      outcome();
    };
    const take = ({ data }: StreamMessageEvent) => {
      received = Uint8Array.from([...received, ...data.subarray()]);
      const bytes = wholeBytes(received);
      if (received.length > frameBytesMax || bytes > frameBytesMax) end(() => reject(new Error('the request is too long')));
      else if (received.length >= bytes) end(() => resolve(received));
    };
    const closed = () => end(() => reject(new Error('the stream ended before its request')));
    const timer = setTimeout(() => end(() => reject(new Error('the request took too long'))), idleLimitMs);
    stream.addEventListener('message', take);
    stream.addEventListener('close', closed);
  });
}

/** Bytes of the length at the beginning: a varint of one or two bytes covers all that is allowed. */
function headerBytes(bytes: Uint8Array): number {
  return (bytes[0] ?? 0) < 0x80 ? 1 : 2;
}

function wholeBytes(bytes: Uint8Array): number {
  const [low = 0, high = 0] = bytes;
  return low < 0x80 ? 1 + low : 2 + ((low & 0x7f) | (high << 7));
}
