/** Tells some of another log: final blocks with another root, under certificates that it signs for everybody. */
import { asHash } from '../../../src/core/base/hash.ts';
import { blockIdOf } from '../../../src/core/codec/block.ts';
import { bitmapOf } from '../../../src/core/codec/vote.ts';
import { type Actor, type Hand, isOnOtherSide, signed } from './actor.ts';

export function logForker(hand: Hand): Actor {
  return {
    says: async (message, to) => {
      if (message.type !== 'tip' || !isOnOtherSide(to, message.header.height)) return [message];
      const logRoot = asHash(message.header.logRoot.map((byte, i) => (i === 0 ? byte ^ 1 : byte)));
      if (logRoot === undefined) return [message];
      const header = { ...message.header, logRoot };
      const subject = { ...message.certificate.subject, block: blockIdOf(header) };
      const { signature } = await signed(hand, subject, 0);
      const seats = Array.from({ length: hand.chance.int(1, hand.validators) }, (_, seat) => seat);
      hand.struck();
      const certificate = { subject, signers: bitmapOf(seats), signatures: seats.map(() => signature) };
      return [{ ...message, header, certificate }];
    },
  };
}
