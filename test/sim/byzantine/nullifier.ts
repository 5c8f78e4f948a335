/** Gives up every view at once, and some that are to come, and lets nobody see what else it signed: so no two of its votes convict it. */
import { type Actor, type Hand, signed } from './actor.ts';

const VIEWS_AHEAD = 3;
/** What may carry another vote of its own. */
const SIGNED: ReadonlySet<string> = new Set(['proposal', 'certificates', 'tip']);

export function nullifier(hand: Hand): Actor {
  return {
    says: async (message) => {
      if (message.type !== 'votes') return SIGNED.has(message.type) ? [] : [message];
      const votes = [];
      for (const { subject, seat } of message.votes.slice(0, 8)) {
        for (let ahead = 0; ahead <= VIEWS_AHEAD; ahead++)
          votes.push(await signed(hand, { ...subject, kind: 'nullify', block: undefined, view: subject.view + ahead }, seat));
      }
      hand.struck();
      return [{ type: 'votes', votes }];
    },
  };
}
