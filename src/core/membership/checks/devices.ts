/** Checks of `link-device` and `rotate-key`: which keys act for a member. */
import { equal } from '../../base/bytes.ts';
import { isAdmissibleKey, nextKeyDigest } from '../../base/key.ts';
import { DEVICE_LINK_LIFETIME_MS, DEVICES_PER_MEMBER_MAX } from '../../base/limits.ts';
import { invariant, type Refusal } from '../../base/result.ts';
import type { DeviceLink, Member } from '../../codec/records.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import { roleMask } from '../../policy/roles.ts';
import { memberOf } from '../facts.ts';
import { type Check, no, senderOf } from './check.ts';

type Step = ActionOf<'link-device'>['step'];
export type OpenLink = Extract<Step, { readonly type: 'open' }>;
export type EnterLink = Extract<Step, { readonly type: 'enter' }>;
type Rotate = ActionOf<'rotate-key'>;

/** Whatever its member is: a device that came by a link reads and writes. */
const LINKED_ROLES = roleMask(['observer', 'writer']);

// ---------------------------------------------------------------- opening a link

export const linkGivesNoMore: Check<OpenLink> = (context, link) => {
  const mine = senderOf(context).device.roleMask & LINKED_ROLES;
  return link.roleMask !== 0 && (link.roleMask & ~mine) === 0
    ? undefined
    : no('not-allowed', 'a linked device reads or writes, and does no more than the device that links it');
};

export const linkExpiresInTime: Check<OpenLink> = ({ time }, { expiry }) => {
  if (expiry <= time) return no('expired', 'the link would be over already');
  const latest = time + DEVICE_LINK_LIFETIME_MS;
  return expiry <= latest ? undefined : no('expiry-too-far', `the link expires after ${latest}`);
};

export const linkKeyIsAdmissible: Check<OpenLink> = (_, { key }) =>
  isAdmissibleKey(key) ? undefined : no('bad-key', 'the link’s key is not a sound Ed25519 key');

/** Or whoever copied it from the chain could take in the device that comes by it. */
export const linkKeyIsNobodyElses: Check<OpenLink> = (context, { key }) => {
  const { id } = senderOf(context);
  const taken = [...context.state.all('device-link')].some((link) => !equal(link.id, id) && equal(link.value.key, key));
  return taken ? no('duplicate', 'the link’s key is that of another member’s link') : undefined;
};

export const senderHasRoomForDevice: Check = (context) => roomProblem(senderOf(context).member, 0);

// ---------------------------------------------------------------- entering by it

export const linkIsOpen: Check<EnterLink> = ({ state, time }, { member, key }) => {
  const link = state.get('device-link', member);
  const open = link !== undefined && link.expiry > time && equal(link.key, key);
  return open ? undefined : no('link-unknown', 'the member has opened no such link, or it is over');
};

/** It would be spent before it is needed. */
export const deviceIsNotTheNextKey: Check<EnterLink> = ({ state, transaction }, { member }) =>
  equal(nextKeyDigest(transaction.unsigned.sender), memberOf(state, member).nextKey)
    ? no('bad-key', 'the device’s key is the member’s next key')
    : undefined;

export const memberHasRoomForDevice: Check<EnterLink> = ({ state }, { member }) => roomProblem(memberOf(state, member), 0);

/** The link that a check before has found. */
export function linkOf(link: DeviceLink | undefined): DeviceLink {
  invariant(link !== undefined, 'linkIsOpen comes first');
  return link;
}

function roomProblem({ devices }: Member, retired: number): Refusal | undefined {
  return devices.length - retired < DEVICES_PER_MEMBER_MAX
    ? undefined
    : no('too-many-devices', `a member has at most ${DEVICES_PER_MEMBER_MAX} devices`);
}

// ---------------------------------------------------------------- rotating

export const rotatingMemberIsHere: Check<Rotate> = ({ state }, { member }) =>
  state.get('member', member)?.left === false ? undefined : no('member-unknown', 'the chain has no such member');

export const senderIsTheNextKey: Check<Rotate> = ({ state, transaction }, { member }) =>
  equal(nextKeyDigest(transaction.unsigned.sender), memberOf(state, member).nextKey)
    ? undefined
    : no('not-allowed', 'only the next key that the member has registered takes over');

export const retiredKeysAreDevices: Check<Rotate> = ({ state }, { member, retire }) => {
  const { devices } = memberOf(state, member);
  const each = retire.every((key, i) => devices.some((one) => equal(one, key)) && !retire.slice(0, i).some((one) => equal(one, key)));
  return each ? undefined : no('not-allowed', 'a key to retire is none of the member’s, or named twice');
};

/** Or the thief would go on with it. */
export const stolenKeyIsRetired: Check<Rotate> = (_, { stolen, retire }) =>
  stolen && retire.length === 0 ? no('not-allowed', 'a key was stolen, and none is retired') : undefined;

export const rotationHasRoom: Check<Rotate> = ({ state }, { member, retire }) => roomProblem(memberOf(state, member), retire.length);

/** A next key that is seen already would protect nothing. */
export const nextKeyIsUnseen: Check<Rotate> = ({ state, transaction }, { member, nextKey }) =>
  [transaction.unsigned.sender, ...memberOf(state, member).devices].some((key) => equal(nextKeyDigest(key), nextKey))
    ? no('bad-key', 'the next key is a present one')
    : undefined;
