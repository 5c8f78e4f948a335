/**
 * Speaks in everybody's name, all by its own key: votes, and certificates that everybody is said to have signed, or that it
 * signed alone. Where it leads it shows each half of the others a block of its own, and says how that became final. It lies in one
 * of these ways as long as it runs: whoever catches it listens to nothing more it says.
 */
import { bitmapOf, type Vote, type VoteSubject } from '../../../src/core/codec/vote.ts';
import type { MessageOf } from '../../../src/node/gossip.ts';
import { type Actor, type Hand, signed } from './actor.ts';
import { otherBlock } from './equivocator.ts';

type Forged = MessageOf<'votes'> | MessageOf<'certificates'>;
/** How all are said to have voted: by votes of the others; by a certificate of all; by one that it signed alone. */
const WAYS = ['votes', 'all', 'alone'] as const;
type Way = (typeof WAYS)[number];

const LIKELIHOOD = 0.2;

export function impersonator(hand: Hand): Actor {
  const way = hand.chance.pick(WAYS);
  return {
    says: async (message, to) => {
      if (message.type === 'proposal') {
        const proposal = await otherBlock(hand, message, to);
        hand.struck();
        return [proposal, ...(await finalityOf(hand, proposal.vote, way))];
      }
      const [own] = message.type === 'votes' ? message.votes : [];
      if (own === undefined || !hand.chance.happens(LIKELIHOOD)) return [message];
      hand.struck();
      const skip: VoteSubject = { ...own.subject, kind: 'nullify', block: undefined };
      return [message, await forgery(hand, hand.chance.happens(0.5) ? skip : own.subject, own.seat, way)];
    },
  };
}

/** How everybody is said to have notarized the block, and finalized it: it is convicted soon after. */
function finalityOf(hand: Hand, { subject, seat }: Vote, way: Way): Promise<readonly Forged[]> {
  return Promise.all((['notarize', 'finalize'] as const).map((kind) => forgery(hand, { ...subject, kind }, seat, way)));
}

async function forgery(hand: Hand, subject: VoteSubject, own: number, way: Way): Promise<Forged> {
  const { signature } = await signed(hand, subject, own);
  const seats = Array.from({ length: hand.validators }, (_, seat) => seat);
  const by = (signers: readonly number[]): MessageOf<'certificates'> => ({
    type: 'certificates',
    certificates: [{ subject, signers: bitmapOf(signers), signatures: signers.map(() => signature) }],
  });
  switch (way) {
    case 'votes':
      return { type: 'votes', votes: seats.filter((seat) => seat !== own).map((seat) => ({ subject, seat, signature })) };
    case 'all':
      return by(seats);
    case 'alone':
      return by([own]);
  }
}
