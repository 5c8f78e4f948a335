/** Says nothing as a validator, though it is there and hears all. */
import type { Actor, Hand } from './actor.ts';

const VOTING: ReadonlySet<string> = new Set(['proposal', 'votes', 'certificates', 'block-head', 'block-part']);

export function silent(hand: Hand): Actor {
  return {
    says: async (message) => {
      if (!VOTING.has(message.type)) return [message];
      hand.struck();
      return [];
    },
  };
}
