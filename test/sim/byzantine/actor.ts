/**
 * A faulty validator: the shipped node, whose words are changed on their way out, and what it hears on its way in. It has its
 * own vote key and nobody else's. One kind a file.
 */
import { encode } from '../../../src/core/codec/codec.ts';
import { decodeSessionMessage, encodeSessionMessage, type SessionMessage } from '../../../src/core/codec/session-message.ts';
import { decodeSessionFrame, sessionFrame } from '../../../src/core/codec/stream-frames.ts';
import { type Vote, type VoteSubject, voteSignedText } from '../../../src/core/codec/vote.ts';
import { PROTOCOLS } from '../../../src/net/protocols.ts';
import type { FrameStream, Transport } from '../../../src/net/transport.ts';
import type { PeerId, Signer } from '../../../src/node/ports.ts';
import { through } from '../../net/tampering.ts';
import type { Chance } from '../chance.ts';
import type { ByzantineKind } from '../council/plan.ts';
import type { Injected } from '../injected.ts';

export interface Actor {
  /** What it says to a peer in place of a message. */
  readonly says?: (message: SessionMessage, to: PeerId) => Promise<readonly SessionMessage[]>;
  /** Whether it takes notice of what a peer says. */
  readonly hears?: (message: SessionMessage) => boolean;
}

/** What an actor has in hand. */
export interface Hand {
  readonly chance: Chance;
  readonly vote: Signer;
  /** So many have a seat at the start. */
  readonly validators: number;
  /** It did what it is here for. */
  struck(): void;
}

export function handOf(kind: ByzantineKind, hand: Omit<Hand, 'struck'>, injected: Injected): Hand {
  return { ...hand, struck: () => injected.add(kind) };
}

export async function signed({ vote }: Hand, subject: VoteSubject, seat: number): Promise<Vote> {
  return { subject, seat, signature: await vote.sign(voteSignedText(subject)) };
}

/** One of two halves of the others, the same for a view. */
export function isOnOtherSide(peer: PeerId, view: number): boolean {
  return ((peer.charCodeAt(0) >> (view % 3)) & 1) === 1;
}

export function actorTransport(transport: Transport, actor: Actor): Transport {
  return through(transport, (stream, _side, protocol) => (protocol === PROTOCOLS.session.id ? acting(stream, actor) : stream));
}

function acting(stream: FrameStream, { says, hears }: Actor): FrameStream {
  return {
    peer: stream.peer,
    send: async (frame) => {
      const message = says === undefined ? undefined : messageIn(frame);
      if (says === undefined || message === undefined) return stream.send(frame);
      for (const said of await says(message, stream.peer)) await stream.send(said === message ? frame : frameOf(said));
    },
    receive: async (signal) => {
      for (;;) {
        const frame = await stream.receive(signal);
        const message = frame === undefined || hears === undefined ? undefined : messageIn(frame);
        if (message === undefined || hears === undefined || hears(message)) return frame;
      }
    },
    close: () => stream.close(),
    abort: () => stream.abort(),
  };
}

function messageIn(frame: Uint8Array): SessionMessage | undefined {
  const read = decodeSessionFrame(frame, PROTOCOLS.session.frameBytesMax);
  const message = read.ok && read.value.type === 'message' ? decodeSessionMessage(read.value.message) : undefined;
  return message?.ok === true ? message.value : undefined;
}

function frameOf(message: SessionMessage): Uint8Array {
  return encode(sessionFrame, { type: 'message', message: encodeSessionMessage(message) });
}
