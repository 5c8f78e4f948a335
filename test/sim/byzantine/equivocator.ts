/** Leads with two blocks: one for each half of the others, both sound, under two notarize votes. */
import { blockIdOf } from '../../../src/core/codec/block.ts';
import { type Actor, type Hand, isOnOtherSide, signed } from './actor.ts';

export function equivocator(hand: Hand): Actor {
  return {
    says: async (message, to) => {
      if (message.type !== 'proposal' || !isOnOtherSide(to, message.view)) return [message];
      const header = { ...message.header, time: message.header.time + 1 };
      const vote = await signed(hand, { ...message.vote.subject, block: blockIdOf(header) }, message.vote.seat);
      hand.struck();
      return [{ ...message, header, vote }];
    },
  };
}
