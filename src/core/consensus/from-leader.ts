/** Whose proposal counts (DESIGN §6): the leader's of that view, with its own notarize vote for the very block. */
import { equal } from '../base/bytes.ts';
import { blockIdOf, type Header } from '../codec/block.ts';
import type { Vote } from '../codec/vote.ts';
import type { Replica } from './replica-state.ts';

/** Whether a vote makes a block the proposal of its view's leader, of this chain and epoch, while the view is open; signatures aside. */
export function isFromLeader(
  { chain, trust: { epoch }, leaderOf, final }: Replica,
  view: number,
  header: Header,
  { subject, seat }: Vote,
): boolean {
  const isOurs = header.epoch === epoch && subject.epoch === epoch && equal(header.chain, chain);
  const isNotarize = subject.kind === 'notarize' && subject.view === view && header.view <= view;
  const isFor = subject.block !== undefined && equal(subject.block, blockIdOf(header));
  return isOurs && isNotarize && isFor && seat === leaderOf(view) && view > final.view;
}
