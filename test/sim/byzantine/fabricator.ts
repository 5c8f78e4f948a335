/**
 * Makes up what nobody can check at once: heads of blocks far above, which nobody asked for, or in answer to who asked for
 * another; parts of blocks with wrong bytes, or of another block; tips far above the chain.
 */
import { type Hash, plainSha256 } from '../../../src/core/base/hash.ts';
import { blockIdOf, type Header } from '../../../src/core/codec/block.ts';
import type { SessionMessage } from '../../../src/core/codec/session-message.ts';
import type { Actor, Hand } from './actor.ts';

const LIKELIHOOD = 0.3;
/** Heads that come with one message. */
const HEADS = 8;
const FAR_ABOVE = 1_000_000;

export function fabricator(hand: Hand): Actor {
  let latest: Header | undefined;
  const notice = (message: SessionMessage) => {
    if (message.type === 'proposal' || message.type === 'tip' || message.type === 'block-head') latest = message.header;
    return true;
  };
  return {
    hears: notice,
    says: async (message) => {
      notice(message);
      if (latest === undefined || !hand.chance.happens(LIKELIHOOD)) return [message];
      hand.struck();
      return madeUp(hand, message, latest);
    },
  };
}

function madeUp(hand: Hand, message: SessionMessage, latest: Header): readonly SessionMessage[] {
  switch (message.type) {
    case 'tip':
      return [farTip(hand, message), message];
    case 'block-head':
      return [{ ...message, header: farAbove(hand, message.header) }];
    case 'block-part':
      return hand.chance.happens(0.5) ? [{ ...message, block: anyHash(hand) }] : [{ ...message, items: message.items.map(spoiled) }];
    default:
      return [
        ...Array.from({ length: HEADS }, () => ({ type: 'block-head', header: farAbove(hand, latest), ids: [anyHash(hand)] }) as const),
        message,
      ];
  }
}

/** On nothing, or on what is there. */
function farAbove(hand: Hand, header: Header): Header {
  const parent = hand.chance.happens(0.5) ? anyHash(hand) : header.parent;
  return { ...header, parent, height: header.height + hand.chance.int(1, FAR_ABOVE), stateRoot: anyHash(hand) };
}

/** Under signatures that are of another block. */
function farTip(hand: Hand, tip: Extract<SessionMessage, { type: 'tip' }>): SessionMessage {
  const header = farAbove(hand, tip.header);
  if (hand.chance.happens(0.5)) return { ...tip, header };
  const subject = { ...tip.certificate.subject, block: blockIdOf(header) };
  return { ...tip, header, certificate: { ...tip.certificate, subject } };
}

function spoiled<T extends { readonly leaf: Uint8Array }>(item: T): T {
  return { ...item, leaf: item.leaf.map((byte, i) => (i === item.leaf.length - 1 ? byte ^ 1 : byte)) };
}

function anyHash(hand: Hand): Hash {
  return plainSha256(hand.chance.bytes(8));
}
