/** Departure: a member is gone. Its keys stay as tombstones and never return; what it left open ends, its seat is free. */
import type { Hash } from '../../base/hash.ts';
import { countMember, memberOf } from '../facts.ts';
import { layDown } from '../seats.ts';
import type { StateDraft } from '../state.ts';
import { cancelOpen } from './cancel-open.ts';
import { forgetDescendant } from './descendants.ts';
import { forgetService } from './serve.ts';

export function depart(draft: StateDraft, id: Hash, time: number): void {
  cancelOpen(draft, id, time);
  const member = memberOf(draft, id);
  draft.put('member', id, { ...member, roles: [] });
  for (const role of member.roles) layDown(draft, id, role);
  draft.put('member', id, { ...member, roles: [], devices: [], suspendedUntil: undefined, left: true });
  draft.delete('office', id);
  forgetService(draft, id);
  for (const key of member.devices) {
    draft.delete('device', key);
    draft.put('retired', key, { member: id, since: time });
  }
  countMember(draft, member.roles, -1);
  if (member.invitation !== undefined) forgetDescendant(draft, member.invitation);
}
