/**
 * `register-vote-key`: the keys with which a member votes and signs checkpoints, made on its machine and never exported.
 * They take the place of those before. A validator that lost its machine goes on with others in the same seat, which
 * begins an epoch; a candidate is ready anew.
 */
import { equal } from '../../base/bytes.ts';
import type { Seat } from '../../codec/records.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import {
  officeEndpointsAreAddresses,
  officeKeysAreAdmissible,
  officeKeysAreApart,
  officeKeysAreNobodyElses,
  officeKeysAreProved,
  seatKeepsAVoteKey,
  senderRunsSomething,
} from '../checks/office.ts';
import { senderIsNotSuspended } from '../checks/sender.ts';
import { type Actor, trustSetOf } from '../facts.ts';
import { followAuditor, putSeats } from '../seats.ts';
import { fromMember, type Turn } from './verb.ts';

type Register = ActionOf<'register-vote-key'>;

export const registerVoteKey = fromMember<Register>(
  [
    senderIsNotSuspended,
    senderRunsSomething,
    officeKeysAreAdmissible,
    officeKeysAreApart,
    officeKeysAreNobodyElses,
    seatKeepsAVoteKey,
    officeKeysAreProved,
    officeEndpointsAreAddresses,
  ],
  register,
);

function register({ draft }: Turn, { id, key: node }: Actor, { vote, note, endpoints }: Register): void {
  const { seats } = trustSetOf(draft);
  const seat = seats.find(({ member }) => equal(member, id));
  if (seat !== undefined && vote !== undefined) changeSeat(draft, seat, { ...seat, node, vote, note });
  draft.put('office', id, { node, vote, note, versions: seat?.software ?? [], ready: seat?.ready ?? 0, endpoints });
  followAuditor(draft, id);
}

function changeSeat(draft: Turn['draft'], before: Seat, seat: Seat): void {
  // New endpoints alone are no new trust set.
  if (equal(before.node, seat.node) && equal(before.vote, seat.vote) && equal(before.note, seat.note)) return;
  const others = trustSetOf(draft).seats.filter((one) => one !== before);
  putSeats(draft, [...others, seat]);
}
