/** Does not take notice of what others want written, so that no block of its own has it, and passes none of it on. */
import type { Actor, Hand } from './actor.ts';

export function censor(hand: Hand): Actor {
  return {
    hears: (message) => {
      const isOthers = message.type === 'transactions' || message.type === 'announce';
      if (isOthers) hand.struck();
      return !isOthers;
    },
  };
}
