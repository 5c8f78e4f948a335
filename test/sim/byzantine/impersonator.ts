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
      return [message, hand.chance.pick(await forgeries(hand, hand.chance.happens(0.5) ? skip : own.subject, own.seat))];
    },
  };
}

/** In each way that there is, how everybody is said to have notarized the block, and finalized it: it is convicted soon after. */
async function finalityOf(hand: Hand, { subject, seat }: Vote): Promise<readonly Forged[]> {
  const forms = await Promise.all((['notarize', 'finalize'] as const).map((kind) => forgeries(hand, { ...subject, kind }, seat)));
  return forms.flat();
}

/** The others' votes, a certificate that all are said to have signed, and one that it signed alone. */
async function forgeries(hand: Hand, subject: VoteSubject, own: number): Promise<readonly Forged[]> {
  const { signature } = await signed(hand, subject, own);
  const seats = Array.from({ length: hand.validators }, (_, seat) => seat);
  const others = seats.filter((seat) => seat !== own);
  const by = (signers: readonly number[]): Certificate => ({
    subject,
    signers: bitmapOf(signers),
    signatures: signers.map(() => signature),
  });
  return [
    { type: 'votes', votes: others.map((seat) => ({ subject, seat, signature })) },
    { type: 'certificates', certificates: [by(seats)] },
    { type: 'certificates', certificates: [by([own])] },
  ];
}
