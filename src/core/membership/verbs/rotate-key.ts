/**
 * `rotate-key`: the next key takes over, from a device that was lost or a key that was stolen. It is sent by the next key
 * itself, whose digest the member registered before anybody could see it, and names the digest of the one after.
 */
import { equal } from '../../base/bytes.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import {
  nextKeyIsUnseen,
  retiredKeysAreDevices,
  rotatingMemberIsHere,
  rotationHasRoom,
  senderIsTheNextKey,
  stolenKeyIsRetired,
} from '../checks/devices.ts';
import { ALL_ROLES_MASK, memberOf } from '../facts.ts';
import { officeOf } from '../seats.ts';
import { cancelOpen } from '../transitions/cancel-open.ts';
import { forgetOffice, moveOffice, retireKeys } from '../transitions/keys.ts';
import { fromNewKey, type Turn } from './verb.ts';

export const rotateKey = fromNewKey<ActionOf<'rotate-key'>>(
  1,
  [rotatingMemberIsHere, senderIsTheNextKey, retiredKeysAreDevices, stolenKeyIsRetired, rotationHasRoom, nextKeyIsUnseen],
  rotate,
);

function rotate({ draft, time, transaction }: Turn, { member: id, retire, nextKey, stolen }: ActionOf<'rotate-key'>): void {
  const { sender, sequence } = transaction.unsigned;
  const isRetired = (key: Uint8Array) => retire.some((one) => equal(one, key));
  if (stolen) cancelOpen(draft, id, time);
  const office = officeOf(draft, id);
  const member = memberOf(draft, id);
  const devices = [sender, ...member.devices.filter((key) => !isRetired(key))];
  draft.put('member', id, { ...member, devices, nextKey, rotations: member.rotations + 1 });
  draft.put('device', sender, { member: id, sequence, roleMask: ALL_ROLES_MASK, added: time });
  retireKeys(draft, id, retire, time);
  if (office !== undefined && isRetired(office.node)) moveOffice(draft, id, office, sender);
  if (stolen) forgetOffice(draft, id);
}
