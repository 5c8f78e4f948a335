/** A member's keys change: what follows for its seat and its office. */
import { equal } from '../../base/bytes.ts';
import type { Hash } from '../../base/hash.ts';
import type { PublicKey } from '../../base/key.ts';
import type { Office } from '../../codec/records.ts';
import { addToAgenda } from '../agenda.ts';
import { memberOf, trustSetOf } from '../facts.ts';
import { forgetSeats } from '../former-seats.ts';
import { dropAuditor, giveUpSeat, putSeats } from '../seats.ts';
import type { StateDraft } from '../state.ts';

/** Keys of a member act no more. They stay as tombstones. */
export function retireKeys(draft: StateDraft, id: Hash, keys: readonly PublicKey[], time: number): void {
  for (const key of keys) {
    draft.delete('device', key);
    draft.put('retired', key, { member: id, since: time });
  }
}

/** The node that has the member's office, and its seat, is another from now on. */
export function moveOffice(draft: StateDraft, id: Hash, office: Office, node: PublicKey): void {
  draft.put('office', id, { ...office, node });
  const { seats } = trustSetOf(draft);
  if (seats.some(({ member }) => equal(member, id))) {
    putSeats(
      draft,
      seats.map((seat) => (equal(seat.member, id) ? { ...seat, node } : seat)),
    );
  }
}

/**
 * Whoever had a member's node key may have registered vote and note keys of its own: none of them counts any more. The
 * member registers others, and is seated anew when it is ready. The last seat is kept as it is, or the chain would stand
 * still, until its holder registers another vote key.
 */
export function forgetOffice(draft: StateDraft, id: Hash): void {
  dropAuditor(draft, id);
  forgetSeats(draft, id);
  if (trustSetOf(draft).seats.every(({ member }) => equal(member, id))) return;
  giveUpSeat(draft, id);
  if (draft.get('office', id) !== undefined) draft.delete('office', id);
  const { roles, suspendedUntil } = memberOf(draft, id);
  // Who is suspended becomes a candidate when that ends.
  if (roles.includes('validator') && suspendedUntil === undefined) addToAgenda(draft, 'candidates', id);
}
