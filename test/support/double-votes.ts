/** What the shipped code never does: a validator signs votes that contradict each other, and shows them. */
import { equal, toHex } from '../../src/core/base/bytes.ts';
import { encodeSessionMessage } from '../../src/core/codec/session-message.ts';
import { type Vote, type VoteSubject, voteSignedText } from '../../src/core/codec/vote.ts';
import type { Device } from './device.ts';

/** A vote by the device's key for its seat in the epoch in force. */
export async function signsVote(liar: Device, said: Pick<VoteSubject, 'kind' | 'view' | 'block'>): Promise<Vote> {
  const { node, id: chain } = liar.chain;
  const key = await liar.keys.get(`${toHex(chain)}/vote`);
  const { epoch, seats } = node.ledger.trust;
  const seat = seats.findIndex(({ vote }) => key !== undefined && equal(vote, key.publicKey));
  if (key === undefined || seat < 0) throw new Error('a validator has a key and a seat');
  const subject = { chain, epoch, ...said };
  return { subject, seat, signature: await key.sign(voteSignedText(subject)) };
}

export function sendsVotes(liar: Device, to: Device, votes: readonly Vote[]): void {
  const session = liar.chain.node.sessions().find(({ peer }) => peer === to.peer);
  if (session === undefined) throw new Error('a validator has a session with the others');
  session.send(encodeSessionMessage({ type: 'votes', votes }));
}
