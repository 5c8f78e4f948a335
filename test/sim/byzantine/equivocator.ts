/** Leads with two blocks: one for each half of the others, both sound, under two notarize votes. */
import { blockIdOf } from '../../../src/core/codec/block.ts';
import type { MessageOf } from '../../../src/node/gossip.ts';
import type { PeerId } from '../../../src/node/ports.ts';
import { type Actor, type Hand, isOnOtherSide, signed } from './actor.ts';

export function equivocator(hand: Hand): Actor {
  return {
    says: async (message, to) => {
      if (message.type !== 'proposal') return [message];
      const said = await otherBlock(hand, message, to);
      if (said !== message) hand.struck();
      return [said];
    },
  };
}

/** The proposal as it is, or, for half of the others, one of another block. */
export async function otherBlock(hand: Hand, message: MessageOf<'proposal'>, to: PeerId): Promise<MessageOf<'proposal'>> {
  if (!isOnOtherSide(to, message.view)) return message;
  const header = { ...message.header, time: message.header.time + 1 };
  const vote = await signed(hand, { ...message.vote.subject, block: blockIdOf(header) }, message.vote.seat);
  return { ...message, header, vote };
}
