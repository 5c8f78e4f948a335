/** Checks of `relay-receipts` and `spend-token`. That each member signed what it is said to have is checked at the border. */
import { equal, toHex } from '../../base/bytes.ts';
import type { Hash } from '../../base/hash.ts';
import { DAY_MS, LOTS_MAX, RECEIPT_DAYS_MAX, RELAYS_ATTESTED_MAX } from '../../base/limits.ts';
import { invariant, type Refusal } from '../../base/result.ts';
import type { RelayReceipt } from '../../codec/relay-receipt.ts';
import type { ActionOf } from '../../codec/transaction.ts';
import { isOfOneLineage } from '../ancestry.ts';
import { awardsOf } from '../awards.ts';
import { memberOf } from '../facts.ts';
import type { StateReader } from '../state.ts';
import { dayOf } from '../transitions/serve.ts';
import { type Check, no, senderOf } from './check.ts';

type Receipts = ActionOf<'relay-receipts'>;
type ReceiptsCheck = Check<Receipts>;

const refused = (detail: string) => no('receipt-refused', detail);

/** Not while it is suspended, and by a device that acts in the role. */
export const senderRelays: Check = (context) =>
  senderOf(context).roles.includes('relay') ? undefined : no('role-not-held', 'the sender is no relay of this chain');

export const receiptsAreForSender: ReceiptsCheck = (context, { relay }) =>
  equal(relay, senderOf(context).id) ? undefined : refused('the receipts are for another relay');

export const dayIsOver: ReceiptsCheck = ({ time }, { day }) => {
  const today = dayOf(time);
  return day < today && day >= today - RECEIPT_DAYS_MAX
    ? undefined
    : refused(`receipts of day ${day}; told of is one of the ${RECEIPT_DAYS_MAX} before day ${today}`);
};

/** Days are told in order, each once and whole. */
export const dayIsNotTold: ReceiptsCheck = (context, { day }) => {
  const last = context.state.get('service', senderOf(context).id)?.last ?? -1;
  return day > last ? undefined : no('duplicate', `day ${day} is told of: the relay is at day ${last}`);
};

/** Since before the day, so that nobody makes members for it, and now: nothing of who left counts. */
export const attestersWereMembers: ReceiptsCheck = ({ state }, { day, receipts }) =>
  receipts.every(({ node }) => isAttester(state, node, day)) ? undefined : no('member-unknown', 'who signed was no member all that day');

function isAttester(state: StateReader, node: Uint8Array, day: number): boolean {
  const device = state.get('device', node);
  if (device === undefined) return false;
  const { since, suspendedUntil } = memberOf(state, device.member);
  return since <= day * DAY_MS && suspendedUntil === undefined;
}

/** By whichever of its devices, a member signs once. */
export const attestersAreDistinct: ReceiptsCheck = ({ state }, { receipts }) =>
  new Set(membersWhoSigned(state, receipts).map(toHex)).size === receipts.length ? undefined : no('duplicate', 'a member signed twice');

export const attestersAreOfOtherLineage: ReceiptsCheck = (context, { receipts }) => {
  const { id } = senderOf(context);
  return membersWhoSigned(context.state, receipts).some((one) => isOfOneLineage(context.state, one, id))
    ? refused('who signed let the relay in, or came in through it')
    : undefined;
};

export const attestersHaveSignedForFew: ReceiptsCheck = ({ state }, { day, receipts }) =>
  membersWhoSigned(state, receipts).some((id) => relaysAttested(state, id, day) >= RELAYS_ATTESTED_MAX)
    ? refused(`a member signed for ${RELAYS_ATTESTED_MAX} relays of that day already`)
    : undefined;

export const lotsHaveRoom: ReceiptsCheck = ({ state }) =>
  awardsOf(state).lots.length < LOTS_MAX ? undefined : no('too-many-pending', `${LOTS_MAX} days wait for their draw`);

function relaysAttested(state: StateReader, id: Hash, day: number): number {
  return state.get('attester', id)?.days.find((one) => one.day === day)?.relays ?? 0;
}

/** Only after `attestersWereMembers`. */
export function membersWhoSigned(state: StateReader, receipts: readonly RelayReceipt[]): readonly Hash[] {
  return receipts.map(({ node }) => {
    const device = state.get('device', node);
    invariant(device !== undefined, 'attestersWereMembers comes first');
    return device.member;
  });
}

export const senderHoldsToken: Check = (context) =>
  context.state.get('token', senderOf(context).id) === undefined ? no('not-earned', 'the sender has no joining token') : undefined;

/** What the chain would have against a member's receipt, were it told alone; for a relay that gathers them. */
export function receiptProblem(state: StateReader, relay: Hash, day: number, { node }: RelayReceipt): Refusal | undefined {
  const device = state.get('device', node);
  if (device === undefined || !isAttester(state, node, day)) return refused('who signed was no member all that day');
  const isOwn = isOfOneLineage(state, device.member, relay);
  return isOwn || relaysAttested(state, device.member, day) >= RELAYS_ATTESTED_MAX
    ? refused('the receipt is not to be counted')
    : undefined;
}
