/**
 * Speaks in everybody's name, all by its own key: votes, and certificates that everybody is said to have signed, or that it
 * signed alone. Where it leads it shows each half of the others a block of its own, and says how that became final.
 */
import { bitmapOf, type Certificate, type Vote, type VoteSubject } from '../../../src/core/codec/vote.ts';
import type { MessageOf } from '../../../src/node/gossip.ts';
import { type Actor, type Hand, signed } from './actor.ts';
import { otherBlock } from './equivocator.ts';

type Forged = MessageOf<'votes'> | MessageOf<'certificates'>;

const LIKELIHOOD = 0.2;

export function impersonator(hand: Hand): Actor {
  return {
    says: async (message, to) => {
      if (message.type === 'proposal') {
        const proposal = await otherBlock(hand, message, to);
        hand.struck();
        return [proposal, ...(await finalityOf(hand, proposal.vote))];
      }
      const [own] = message.type === 'votes' ? message.votes : [];
      if (own === undefined || !hand.chance.happens(LIKELIHOOD)) return [message];
      hand.struck();
      const skip: VoteSubject = { ...own.subject, kind: 'nullify', block: undefined };
      return [message, await forged(hand, hand.chance.happens(0.5) ? skip : own.subject, own.seat)];
    },
  };
}

/** How everybody is said to have notarized the block, and finalized it. */
async function finalityOf(hand: Hand, { subject, seat }: Vote): Promise<readonly Forged[]> {
  const kinds = ['notarize', 'finalize'] as const;
  return Promise.all(kinds.map((kind) => forged(hand, { ...subject, kind }, seat)));
}

async function forged(hand: Hand, subject: VoteSubject, own: number): Promise<Forged> {
  const { signature } = await signed(hand, subject, own);
  const seats = Array.from({ length: hand.validators }, (_, seat) => seat);
  if (hand.chance.happens(0.4))
    return { type: 'votes', votes: seats.filter((seat) => seat !== own).map((seat) => ({ subject, seat, signature })) };
  const signers = hand.chance.happens(0.5) ? seats : [own];
  const certificate: Certificate = { subject, signers: bitmapOf(signers), signatures: signers.map(() => signature) };
  return { type: 'certificates', certificates: [certificate] };
}
