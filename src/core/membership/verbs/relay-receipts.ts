/**
 * `relay-receipts`: what members signed that a relay did for them on one day. It becomes part of the relay's service, and if
 * it has served long enough without a break, a lot in the next draw. One transaction tells all of a day, so that each member
 * counts once a relay and day.
 */
import type { ActionOf } from '../../codec/transaction.ts';
import { awardNumbers } from '../../policy/award.ts';
import {
  attestersAreDistinct,
  attestersAreOfOtherLineage,
  attestersHaveSignedForFew,
  attestersWereMembers,
  dayIsNotTold,
  dayIsOver,
  lotsHaveRoom,
  membersWhoSigned,
  receiptsAreForSender,
  senderRelays,
} from '../checks/receipts.ts';
import { type Actor, rulesOf } from '../facts.ts';
import { enterLot } from '../transitions/award.ts';
import { attestedDay, countAttested, dayOf, serveDay } from '../transitions/serve.ts';
import { fromMember, type Turn } from './verb.ts';

type Receipts = ActionOf<'relay-receipts'>;

export const relayReceipts = fromMember<Receipts>(
  [
    senderRelays,
    receiptsAreForSender,
    dayIsOver,
    dayIsNotTold,
    attestersWereMembers,
    attestersAreDistinct,
    attestersAreOfOtherLineage,
    attestersHaveSignedForFew,
    lotsHaveRoom,
  ],
  serve,
);

function serve({ draft, time, height }: Turn, { id }: Actor, { day, receipts }: Receipts): void {
  const served = attestedDay(draft, receipts);
  countAttested(draft, membersWhoSigned(draft, receipts), day, dayOf(time));
  const streak = serveDay(draft, id, day, served, receipts);
  if (streak >= awardNumbers(rulesOf(draft)).streakDays) enterLot(draft, { member: id, day, weight: served.weight, height });
}
