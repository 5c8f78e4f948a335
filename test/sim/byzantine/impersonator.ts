/** Votes in everybody's name, and shows certificates that everybody is said to have signed, all by its own key. */
import { bitmapOf, type Certificate } from '../../../src/core/codec/vote.ts';
import { type Actor, type Hand, signed } from './actor.ts';

const SEATS = [0, 1, 2, 3, 4, 5, 6];
const LIKELIHOOD = 0.2;

export function impersonator(hand: Hand): Actor {
  return {
    says: async (message) => {
      const [own] = message.type === 'votes' ? message.votes : [];
      if (own === undefined || !hand.chance.happens(LIKELIHOOD)) return [message];
      hand.struck();
      const others = SEATS.filter((seat) => seat !== own.seat);
      const skip = { ...own.subject, kind: 'nullify', block: undefined } as const;
      const votes = [];
      for (const seat of others) votes.push(await signed(hand, hand.chance.happens(0.5) ? skip : own.subject, seat));
      if (hand.chance.happens(0.5)) return [message, { type: 'votes', votes }];
      const signers = SEATS.slice(0, hand.chance.int(1, SEATS.length));
      const { signature } = await signed(hand, own.subject, own.seat);
      const certificate: Certificate = { subject: own.subject, signers: bitmapOf(signers), signatures: signers.map(() => signature) };
      return [message, { type: 'certificates', certificates: [certificate] }];
    },
  };
}
