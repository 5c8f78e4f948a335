/** Leads with blocks that are not what their headers say, or have no business to be where they are. */
import { asHash, type Hash } from '../../../src/core/base/hash.ts';
import { HOUR_MS, MINUTE_MS } from '../../../src/core/base/limits.ts';
import { blockIdOf, type Header } from '../../../src/core/codec/block.ts';
import { type Actor, type Hand, signed } from './actor.ts';

const LIKELIHOOD = 0.5;

/** One after the other, by the view, so that all are told the same. */
const WRONGS: readonly ((header: Header) => Partial<Header>)[] = [
  ({ stateRoot }) => ({ stateRoot: altered(stateRoot) }),
  // No earlier than a voter's clock allows, and yet before its parent.
  ({ time }) => ({ time: time - MINUTE_MS }),
  ({ logRoot }) => ({ logRoot: altered(logRoot) }),
  ({ time }) => ({ time: time + HOUR_MS }),
  () => ({ parentSigners: Uint8Array.of(1) }),
  ({ proposerSeat }) => ({ proposerSeat: proposerSeat === 0 ? 1 : 0 }),
  ({ logSize }) => ({ logSize: logSize + 1 }),
  ({ trust }) => ({ nextTrust: trust }),
];

export function misbuilder(hand: Hand): Actor {
  let wrongs = 0;
  const views = new Map<string, Partial<Header>>();
  return {
    says: async (message) => {
      if (message.type !== 'proposal') return [message];
      const { header, vote } = message;
      const place = `${header.epoch}/${message.view}`;
      const isFirst = !views.has(place);
      const wrong = views.get(place) ?? (hand.chance.happens(LIKELIHOOD) ? WRONGS[wrongs++ % WRONGS.length]?.(header) : undefined) ?? {};
      views.set(place, wrong);
      if (Object.keys(wrong).length === 0) return [message];
      if (isFirst) hand.struck();
      const built = { ...header, ...wrong };
      return [{ ...message, header: built, vote: await signed(hand, { ...vote.subject, block: blockIdOf(built) }, vote.seat) }];
    },
  };
}

function altered(root: Hash): Hash {
  return asHash(root.map((byte, i) => (i === 0 ? byte ^ 1 : byte))) ?? root;
}
