/**
 * Proposes when it is not its turn, in the name of whoever leads or in its own, and where it leads, blocks on a parent that
 * nobody knows.
 */
import { type Hash, plainSha256 } from '../../../src/core/base/hash.ts';
import { blockIdOf, type Header } from '../../../src/core/codec/block.ts';
import type { SessionMessage } from '../../../src/core/codec/session-message.ts';
import type { Vote } from '../../../src/core/codec/vote.ts';
import { leaderSeat } from '../../../src/core/consensus/leader.ts';
import { type Actor, type Hand, signed } from './actor.ts';

const OUT_OF_TURN = 0.3;
/** Its own name it gives seldom: two votes in a view convict it. */
const IN_ITS_OWN_NAME = 0.01;
const ON_NOTHING = 0.5;
const VIEWS_AHEAD = 3;

export function usurper(hand: Hand): Actor {
  let latest: Header | undefined;
  /** What its own blocks stand on, by view, so that all are told the same. */
  const parents = new Map<string, Hash | undefined>();
  const notice = (message: SessionMessage) => {
    if (message.type === 'proposal' || message.type === 'tip') latest = message.header;
    return true;
  };
  return {
    hears: notice,
    says: async (message) => {
      notice(message);
      if (message.type === 'proposal') return [await onNothing(hand, message, parents)];
      const [own] = message.type === 'votes' ? message.votes : [];
      if (own === undefined || latest === undefined || !hand.chance.happens(OUT_OF_TURN)) return [message];
      const proposed = await outOfTurn(hand, own, latest);
      if (proposed !== undefined) hand.struck();
      return proposed === undefined ? [message] : [proposed, message];
    },
  };
}

async function onNothing(
  hand: Hand,
  message: Extract<SessionMessage, { type: 'proposal' }>,
  parents: Map<string, Hash | undefined>,
): Promise<SessionMessage> {
  const place = `${message.header.epoch}/${message.view}`;
  if (!parents.has(place)) parents.set(place, hand.chance.happens(ON_NOTHING) ? plainSha256(hand.chance.bytes(8)) : undefined);
  const parent = parents.get(place);
  if (parent === undefined) return message;
  hand.struck();
  const header = { ...message.header, parent };
  return { ...message, header, vote: await signed(hand, { ...message.vote.subject, block: blockIdOf(header) }, message.vote.seat) };
}

/** For the view that it votes in, or one to come: as whoever leads it, or as itself. */
async function outOfTurn(hand: Hand, { subject, seat }: Vote, latest: Header): Promise<SessionMessage | undefined> {
  const view = subject.view + hand.chance.int(0, VIEWS_AHEAD);
  const leader = leaderSeat(view, hand.validators);
  if (leader === seat) return undefined;
  const proposerSeat = hand.chance.happens(IN_ITS_OWN_NAME) ? seat : leader;
  const parent = hand.chance.happens(ON_NOTHING) ? plainSha256(hand.chance.bytes(8)) : blockIdOf(latest);
  const header: Header = { ...latest, epoch: subject.epoch, view, parent, height: latest.height + 1, time: latest.time + 1, proposerSeat };
  const vote = await signed(hand, { ...subject, kind: 'notarize', view, block: blockIdOf(header) }, proposerSeat);
  return { type: 'proposal', view, header, ids: [], vote, certificates: [] };
}
