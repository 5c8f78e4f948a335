/** Now and then, since it is convicted soon after: finalizes whatever it notarizes before anybody else has, finalizes what it gives up, and gives up what it finalizes. */
import type { Hash } from '../../../src/core/base/hash.ts';
import { type Actor, type Hand, isOnOtherSide, signed } from './actor.ts';

const LIKELIHOOD = 0.03;

export function conflictingFinalizer(hand: Hand): Actor {
  let latest: Hash | undefined;
  return {
    says: async (message, to) => {
      if (message.type !== 'votes' || !hand.chance.happens(LIKELIHOOD)) return [message];
      const more = [];
      for (const { subject, seat } of message.votes) {
        latest = subject.block ?? latest;
        if (latest === undefined) continue;
        hand.struck();
        if (isOnOtherSide(to, subject.view)) more.push(await signed(hand, { ...subject, kind: 'finalize', block: latest }, seat));
        else more.push(await signed(hand, { ...subject, kind: 'nullify', block: undefined }, seat));
      }
      return more.length === 0 ? [message] : [{ type: 'votes', votes: more.slice(0, 32) }, message];
    },
  };
}
