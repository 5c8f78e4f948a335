/**
 * `link-device`: a member opens a link for one more device of its own, and the device enters by it. It acts for the same
 * member, within the link's mask: two devices never count as two.
 */
import type { Refusal } from '../../base/result.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import {
  deviceIsNotTheNextKey,
  type EnterLink,
  linkExpiresInTime,
  linkGivesNoMore,
  linkIsOpen,
  linkKeyIsAdmissible,
  linkKeyIsNobodyElses,
  linkOf,
  memberHasRoomForDevice,
  type OpenLink,
  senderHasRoomForDevice,
} from '../checks/devices.ts';
import { senderIsNotSuspended } from '../checks/sender.ts';
import { memberOf } from '../facts.ts';
import { fromMember, fromNewKey, type Turn, take } from './verb.ts';

/** A new link takes the place of the one before: a member has one at most. */
const openLink = fromMember<OpenLink>(
  [senderIsNotSuspended, linkGivesNoMore, linkExpiresInTime, linkKeyIsAdmissible, linkKeyIsNobodyElses, senderHasRoomForDevice],
  ({ draft }, { id }, { key, roleMask, expiry }) => draft.put('device-link', id, { key, roleMask, expiry }),
);

const enterLink = fromNewKey<EnterLink>(2, [linkIsOpen, deviceIsNotTheNextKey, memberHasRoomForDevice], enter);

function enter({ draft, time, transaction }: Turn, { member: id }: EnterLink): void {
  const { sender, sequence } = transaction.unsigned;
  const { roleMask } = linkOf(draft.get('device-link', id));
  const member = memberOf(draft, id);
  draft.delete('device-link', id);
  draft.put('device', sender, { member: id, sequence, roleMask, added: time });
  draft.put('member', id, { ...member, devices: [...member.devices, sender] });
}

export function linkDevice(turn: Turn, { step }: ActionOf<'link-device'>): Refusal | undefined {
  return step.type === 'open' ? take(openLink, turn, step) : take(enterLink, turn, step);
}
